// `npm run check`: everything that can be said about the code without running it. Builds first, because the layer
// check and the type-aware rules follow imports of packages into their output. Prints only what failed.
import { spawn } from 'node:child_process';
import { fileURLToPath } from 'node:url';

const root = fileURLToPath(new URL('..', import.meta.url));
const only = process.argv.slice(2);
const tool = (path) => `node_modules/${path}`;

const builds = [
  ['types', tool('typescript/bin/tsc'), '-b'],
  ['types of tests', tool('typescript/bin/tsc'), '-b', 'test', 'bench'],
];

const checks = [
  ['format', tool('@biomejs/biome/bin/biome'), 'format'],
  ['lint', tool('oxlint/bin/oxlint'), '--type-aware', '--deny-warnings'],
  [
    'layers',
    tool('dependency-cruiser/bin/dependency-cruise.mjs'),
    '--config',
    '.dependency-cruiser.cjs',
    '--output-type',
    'err-long',
    'src',
    'connectors',
    'test',
    'bench',
  ],
  ['house', 'scripts/check-house.mjs'],
  ['schema', 'scripts/print-schema.mjs', '--check'],
  ['reference', 'scripts/print-reference.mjs', '--check'],
  ['dead code', tool('knip/bin/knip.js'), '--no-progress'],
];

function run([name, ...nodeArguments]) {
  const started = performance.now();
  const child = spawn(process.execPath, nodeArguments, { cwd: root, stdio: ['ignore', 'pipe', 'pipe'] });
  let output = '';
  child.stdout.on('data', (chunk) => (output += chunk));
  child.stderr.on('data', (chunk) => (output += chunk));
  return new Promise((resolve) => {
    child.on('close', (code) =>
      resolve({ name, ok: code === 0, output, seconds: (performance.now() - started) / 1000 }),
    );
  });
}

function report({ name, ok, output, seconds }) {
  process.stdout.write(`${ok ? 'ok    ' : 'FAILED'} ${name} (${seconds.toFixed(1)} s)\n`);
  if (!ok) process.stdout.write(`${output.trimEnd()}\n\n`);
  return ok;
}

const chosen = (list) => list.filter(([name]) => only.length === 0 || only.includes(name));
const results = [];
// A build at a time: they share their output. The rest reads only.
for (const build of chosen(builds)) results.push(report(await run(build)));
results.push(...(await Promise.all(chosen(checks).map(async (check) => report(await run(check))))));
const failed = results.filter((ok) => !ok).length;
process.stdout.write(failed === 0 ? 'All checks passed.\n' : `${failed} of ${results.length} checks failed.\n`);
process.exitCode = failed === 0 ? 0 : 1;
