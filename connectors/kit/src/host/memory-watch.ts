// Ends a process that holds too much outside of JavaScript's heap: buffers and compiled code, which
// `--max-old-space-size` does not count.
import process from 'node:process';

const everyMs = 500;

/** Looks as long as the process lives; keeps it from nothing. */
export function watchMemory(memoryMb: number): void {
  const most = memoryMb * 1024 * 1024;
  const look = (): void => {
    if (process.memoryUsage().external <= most) return;
    process.stderr.write(`More than ${memoryMb} MB are held in buffers: the process ends itself.\n`);
    process.kill(process.pid, 'SIGABRT');
  };
  setInterval(look, everyMs).unref();
}
