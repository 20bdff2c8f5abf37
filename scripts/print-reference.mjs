// `npm run reference:print`: writes the pages of docs/reference from what the program runs by: states from their tables,
// connectors from the packages. `--check` only compares.
import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { dirname } from 'node:path';
import { fileURLToPath } from 'node:url';
import { connectorsPage } from '../dist/adapters/connector-documentation.js';
import { statesPage } from '../dist/adapters/state-documentation.js';

const at = (path) => fileURLToPath(new URL(`../${path}`, import.meta.url));

/** Packages in the order of the workspaces. */
async function definitions() {
  const { workspaces } = JSON.parse(readFileSync(at('package.json'), 'utf8'));
  const found = [];
  for (const workspace of workspaces) {
    const { name } = JSON.parse(readFileSync(at(`${workspace}/package.json`), 'utf8'));
    const short = /^@joinery\/connector-(?!kit$)(.+)$/.exec(name)?.[1];
    if (short !== undefined) found.push((await import(name)).default);
  }
  return found;
}

const pages = [
  ['docs/reference/states.md', statesPage()],
  ['docs/reference/connectors.md', connectorsPage(await definitions())],
];

for (const [path, text] of pages) {
  const file = at(path);
  if (!process.argv.includes('--check')) {
    mkdirSync(dirname(file), { recursive: true });
    writeFileSync(file, text);
  } else if (!existsSync(file) || readFileSync(file, 'utf8') !== text) {
    process.stderr.write(`${path} is not what the code says. Run npm run reference:print.\n`);
    process.exitCode = 1;
  }
}
