// `npm run --silent bench -- <question> [options]`: builds, then runs the benchmarks. Build talk goes to stderr, so that
// stdout carries the JSON lines of the benchmark and nothing else.
import { spawnSync } from 'node:child_process';
import { fileURLToPath } from 'node:url';

const root = fileURLToPath(new URL('..', import.meta.url));

const build = spawnSync(process.execPath, ['node_modules/typescript/bin/tsc', '-b', '.', 'bench'], {
  cwd: root,
  stdio: ['ignore', 2, 2],
});
if (build.status !== 0) process.exit(build.status ?? 1);
const bench = spawnSync(process.execPath, ['dist/bench/main.js', ...process.argv.slice(2)], {
  cwd: root,
  stdio: 'inherit',
});
process.exitCode = bench.status ?? 1;
