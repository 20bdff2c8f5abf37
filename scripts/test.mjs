// `npm test [-- <jest arguments>]`: builds, because some tests start the real programs, then runs Jest in ESM mode.
// The whole suite begins with the check (`npm run check`): a rule of the house that is broken is a failed test. It ends with the
// stories (`npm run stories`): what should happen when something happens, in the words of users.
import { spawnSync } from 'node:child_process';
import { fileURLToPath } from 'node:url';

const root = fileURLToPath(new URL('..', import.meta.url));
const jestArguments = process.argv.slice(2);

function run(...nodeArguments) {
  const { status } = spawnSync(process.execPath, nodeArguments, { cwd: root, stdio: 'inherit' });
  return status ?? 1;
}

const built = run('node_modules/typescript/bin/tsc', '-b');
// A chosen test may run beside an unfinished neighbour; the whole suite may not.
if (built !== 0 && jestArguments.length === 0) process.exit(built);
if (built !== 0) process.stderr.write('The build has errors (above); running the chosen tests nevertheless.\n');

const checked = jestArguments.length === 0 ? run('scripts/check.mjs') : 0;
const tested = run(
  '--experimental-vm-modules',
  '--disable-warning=ExperimentalWarning',
  'node_modules/jest/bin/jest.js',
  // Node 20 can spin for ever in its own clean-up after the last test (Environment::CleanupHandles, seen with gdb once
  // in three full runs); leaving by exit() does not enter it. Everything the tests started is stopped before.
  '--forceExit',
  ...jestArguments,
);
const told = jestArguments.length === 0 ? run('scripts/stories.mjs') : 0;
process.exitCode = [checked, tested, told].find((status) => status !== 0) ?? 0;
