// A script as a process: started without a shell, in a group of its own, with limits, ended with everything it started.
// Owns the process; what goes in and comes out is protocol.ts'.
import { type ChildProcessByStdio, spawn } from 'node:child_process';
import { existsSync } from 'node:fs';
import type { Readable, Writable } from 'node:stream';
import { ConnectorError } from '@joinery/connector-kit';
import type { ScriptSettings } from './settings.js';

/** How long a script has to end by itself after it was asked to, in milliseconds. */
const politeMs = 1_000;
/** What is kept of what a script says on standard error, in bytes. */
const keptErrorBytes = 2_048;

/** How a script ended. */
export interface ScriptEnd {
  /** null when a signal ended it. */
  readonly exitCode: number | null;
  readonly signal: string | null;
  /** The last 2 kB of standard error, without the secret. */
  readonly said: string;
}

export interface RunningScript {
  readonly output: Readable;
  readonly ended: Promise<ScriptEnd>;
  /** Asks it to end, and kills it and all it started when it does not. */
  stop(): void;
}

/** Starts a command with the text on its standard input; the signal stops it. Rejects with UNREACHABLE when it cannot start. */
export async function startScript(
  settings: ScriptSettings,
  command: readonly string[],
  input: string,
  signal: AbortSignal,
): Promise<RunningScript> {
  const [program = '', ...words] = limited(command, settings.memoryBytes);
  const child = spawn(program, words, {
    cwd: settings.folder,
    env: { ...settings.environment },
    stdio: ['pipe', 'pipe', 'pipe'],
    detached: true,
  });
  await begun(child, command[0] ?? '');
  const stop = stopper(child);
  if (signal.aborted) stop();
  signal.addEventListener('abort', stop, { once: true });
  const said = lastWords(child.stderr, settings.secret);
  // A script may end without reading its input; that is its affair.
  child.stdin.on('error', () => undefined);
  child.stdin.end(input);
  const ended = endOf(child).then(({ exitCode, signal: by }) => {
    signal.removeEventListener('abort', stop);
    return { exitCode, signal: by, said: said() };
  });
  return { output: child.stdout, ended, stop };
}

type Child = ChildProcessByStdio<Writable, Readable, Readable>;

const setpriv = ['/usr/bin/setpriv', '/bin/setpriv'].find(existsSync);
const prlimit = ['/usr/bin/prlimit', '/bin/prlimit'].find(existsSync);

// setpriv: the kernel ends the script when we die. prlimit: address space, and no core dumps, which would hold secrets.
function limited(command: readonly string[], memoryBytes: number | null): readonly string[] {
  const tied = setpriv === undefined ? [] : [setpriv, '--pdeathsig', 'SIGKILL', '--'];
  const bytes = memoryBytes === null ? 'unlimited' : String(memoryBytes);
  if (prlimit !== undefined) return [...tied, prlimit, `--as=${bytes}`, '--core=0', '--', ...command];
  const kilobytes = memoryBytes === null ? 'unlimited' : String(Math.floor(memoryBytes / 1024));
  return [...tied, '/bin/sh', '-c', 'ulimit -v "$1" && ulimit -c 0 && shift && exec "$@"', 'sh', kilobytes, ...command];
}

function begun(child: Child, program: string): Promise<void> {
  return new Promise((resolve, reject) => {
    child.once('spawn', resolve);
    child.once('error', (cause: NodeJS.ErrnoException) =>
      reject(
        new ConnectorError(
          {
            code: 'UNREACHABLE',
            message: `Could not run ${program}: the system would not start it.`,
            hint: 'Check the working folder in the settings, and whether the machine has processes and memory left.',
            targetCode: String(cause.code),
          },
          { cause },
        ),
      ),
    );
  });
}

function endOf(child: Child): Promise<{ readonly exitCode: number | null; readonly signal: string | null }> {
  return new Promise((resolve) => {
    // What a script left running holds its output open, and has no business after its end.
    child.once('exit', () => killGroup(child, 'SIGKILL'));
    child.once('close', (exitCode: number | null, signal: string | null) => resolve({ exitCode, signal }));
  });
}

function stopper(child: Child): () => void {
  return () => {
    if (child.exitCode !== null || child.signalCode !== null) return;
    killGroup(child, 'SIGTERM');
    const timer = setTimeout(() => killGroup(child, 'SIGKILL'), politeMs);
    child.once('exit', () => clearTimeout(timer));
    // Nobody reads any more: what waits in the pipe must not keep it from ending.
    child.stdout.destroy();
  };
}

function killGroup(child: Child, signal: NodeJS.Signals): void {
  try {
    if (child.pid !== undefined) process.kill(-child.pid, signal);
  } catch {
    // It has ended.
  }
}

/** Keeps the end of a stream; the secret goes before the text is cut, so that no part of it stays. */
function lastWords(stream: Readable, secret: string | null): () => string {
  // One character a byte, because chunks end within characters, and within the secret.
  const hidden = Buffer.from(secret ?? '').toString('latin1');
  const without = (text: string): string => (hidden === '' ? text : text.replaceAll(hidden, '***'));
  let kept = '';
  let waiting = '';
  stream.setEncoding('latin1').on('data', (chunk: string) => {
    const text = without(waiting + chunk);
    const end = Math.max(0, text.length - Math.max(0, hidden.length - 1));
    kept = (kept + text.slice(0, end)).slice(-keptErrorBytes);
    waiting = text.slice(end);
  });
  return () => {
    const text = (kept + withoutBeginning(waiting, hidden)).slice(-keptErrorBytes);
    return Buffer.from(text, 'latin1').toString('utf8').trim();
  };
}

/** A script may end in the middle of saying the secret. */
function withoutBeginning(text: string, hidden: string): string {
  for (let length = Math.min(text.length, hidden.length - 1); length > 0; length -= 1)
    if (text.endsWith(hidden.slice(0, length))) return text.slice(0, -length);
  return text;
}
