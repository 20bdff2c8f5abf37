// Starts a server of its own for first-day.mjs: a company in a temporary folder, and what its systems hold.
import { cpSync, mkdirSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { startProgram } from './program.mjs';

const root = fileURLToPath(new URL('../../', import.meta.url));
const example = join(root, 'examples/first-day');
const files = {
  hr: ['people.csv', 'departments.csv'],
  directory: ['directory-accounts.csv', 'directory-groups.csv'],
  sales: ['sales-users.csv', 'sales-teams.csv'],
};

/** `configuration`: another folder of rules than the example's. */
export async function startCompany(configuration = join(example, 'configuration')) {
  const home = mkdtempSync(join(tmpdir(), 'joinery-first-day-'));
  for (const [system, names] of Object.entries(files)) {
    mkdirSync(join(home, system));
    for (const name of names) cpSync(join(example, 'data', name), join(home, system, name));
  }
  const program = await startProgram({ home, configuration });
  return {
    url: program.url,
    /** What a system holds now, and what it held at the start, by key. */
    accounts: (system) => ({
      before: linesOf(join(example, 'data', files[system][0])),
      now: linesOf(join(home, system, files[system][0])),
    }),
    ask: program.ask,
    stop: async () => {
      await program.stop();
      rmSync(home, { recursive: true, force: true });
    },
  };
}

const linesOf = (path) =>
  new Map(
    readFileSync(path, 'utf8')
      .trimEnd()
      .split('\n')
      .slice(1)
      .map((line) => [line.slice(0, line.indexOf(',')), line.trimEnd()]),
  );
