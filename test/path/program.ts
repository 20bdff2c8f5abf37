// The program as operators start it: a process of its own, whose every word is kept, for tests of what it may never say.
import { spawn } from 'node:child_process';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { waitFor } from '../support/wait-for.js';

export interface Program {
  readonly url: string;
  /** Everything it has written. */
  said(): string;
  stop(): Promise<void>;
}

export interface Ended {
  readonly code: number | null;
  readonly said: string;
}

const main = fileURLToPath(new URL('../../dist/main.js', import.meta.url));
type Variables = Readonly<Record<string, string>>;

function launch(words: readonly string[], variables: Variables) {
  const { PATH = '' } = process.env;
  const child = spawn(process.execPath, [main, ...words], {
    env: { PATH, ...variables },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  let said = '';
  for (const stream of [child.stdout, child.stderr]) stream.on('data', (chunk) => (said += String(chunk)));
  const ended = new Promise<number | null>((resolve) => child.once('close', resolve));
  return { child, ended, said: () => said };
}

/** Resolves when it serves. `variables` must name JOINERY_HOME. */
export async function startProgram(variables: Variables & { readonly JOINERY_HOME: string }): Promise<Program> {
  const { child, ended, said } = launch(['start'], variables);
  const stop = async (): Promise<void> => {
    child.kill('SIGTERM');
    await ended;
  };
  const file = join(variables.JOINERY_HOME, 'server.json');
  try {
    const url = await waitFor(
      async () => {
        if (child.exitCode !== null) return 'ended';
        const named = JSON.parse(await readFile(file, 'utf8')) as { readonly url: string; readonly pid: number };
        return named.pid === child.pid ? named.url : null;
      },
      { what: 'the program serves', deadlineMs: 100_000 },
    );
    if (url === 'ended') throw new Error(`The program ended before it served: ${said()}`);
    return { url, said, stop };
  } catch (error) {
    await stop();
    throw error;
  }
}

/** Runs a command to its end. */
export async function runProgram(words: readonly string[], variables: Variables): Promise<Ended> {
  const { ended, said } = launch(words, variables);
  return { code: await ended, said: said() };
}
