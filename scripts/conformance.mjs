// `npm run conformance [-- <package> …] [--json]`: builds, then runs the whole conformance suite of the packages, slow
// cases included, against their real systems. Prints a table, or with --json one JSON document; other talk goes to
// stderr. Leaves a report in connectors/<package>/conformance.json. Exit code 1 when a case failed, 2 for a wrong call.
import { spawnSync } from 'node:child_process';
import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { reportOf, tableOf } from '../test/support/conformance-report.mjs';

const root = fileURLToPath(new URL('..', import.meta.url));
const testFile = /^conformance.*\.test\.ts$/;
const json = process.argv.includes('--json');
const named = process.argv.slice(2).filter((argument) => argument !== '--json');

function run(environment, ...nodeArguments) {
  const { status } = spawnSync(process.execPath, nodeArguments, {
    cwd: root,
    stdio: ['ignore', 2, 2],
    env: { ...process.env, ...environment },
  });
  return status ?? 1;
}

/** Packages with a conformance test. */
function testedPackages() {
  return readdirSync(join(root, 'connectors')).filter((name) => {
    const folder = join(root, 'connectors', name, 'test');
    return existsSync(folder) && readdirSync(folder).some((file) => testFile.test(file));
  });
}

function versionOf(name) {
  return JSON.parse(readFileSync(join(root, 'connectors', name, 'package.json'), 'utf8')).version;
}

function jestResult(packages) {
  const folder = mkdtempSync(join(tmpdir(), 'joinery-conformance-'));
  try {
    const outputFile = join(folder, 'result.json');
    run(
      { JOINERY_CONFORMANCE: 'full' },
      '--experimental-vm-modules',
      '--disable-warning=ExperimentalWarning',
      'node_modules/jest/bin/jest.js',
      '--forceExit',
      '--json',
      `--outputFile=${outputFile}`,
      ...packages.map((name) => `connectors/${name}/test/conformance`),
    );
    if (!existsSync(outputFile)) throw new Error('The tests ended without a result, see above. Was the run stopped?');
    return JSON.parse(readFileSync(outputFile, 'utf8'));
  } finally {
    rmSync(folder, { recursive: true });
  }
}

function main() {
  const tested = testedPackages();
  const unknown = named.filter((name) => !tested.includes(name));
  if (unknown.length > 0) {
    process.stderr.write(`No conformance test for ${unknown.join(', ')}. Packages with one: ${tested.join(', ')}.\n`);
    return 2;
  }
  // A neighbour's unfinished package must not keep this one from being tested; Jest compiles on its own.
  if (run({}, 'node_modules/typescript/bin/tsc', '-b') !== 0)
    process.stderr.write('The build has errors (above); running the suite nevertheless.\n');
  const packages = named.length > 0 ? named : tested;
  const versions = Object.fromEntries(packages.map((name) => [name, versionOf(name)]));
  const report = reportOf(jestResult(packages), versions, new Date().toISOString());
  for (const one of report.packages)
    writeFileSync(join(root, 'connectors', one.package, 'conformance.json'), `${JSON.stringify(one, null, 2)}\n`);
  process.stdout.write(`${json ? JSON.stringify(report, null, 2) : tableOf(report)}\n`);
  return report.failed > 0 || report.passed === 0 ? 1 : 0;
}

process.exitCode = main();
