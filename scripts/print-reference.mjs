// `npm run reference:print`: writes docs/reference/states.md from the tables of states. `--check` only compares.
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { dirname } from 'node:path';
import { fileURLToPath } from 'node:url';
import { statesPage } from '../dist/adapters/state-documentation.js';

const file = fileURLToPath(new URL('../docs/reference/states.md', import.meta.url));
const text = statesPage();
if (!process.argv.includes('--check')) {
  mkdirSync(dirname(file), { recursive: true });
  writeFileSync(file, text);
} else if (readFileSync(file, 'utf8') !== text) {
  process.stderr.write('docs/reference/states.md is not what the code says. Run npm run reference:print.\n');
  process.exitCode = 1;
}
