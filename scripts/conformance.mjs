// `npm run conformance [-- <package> …] [--json] [--readme] [--from-reports]`: builds, then runs the whole conformance suite of
// the packages, slow cases included, against their real systems. Prints a table, or with --json one JSON document; other talk
// goes to stderr. Leaves a report in connectors/<package>/conformance.json; --from-reports runs nothing and takes those that
// are there. --readme writes the result into the packages' READMEs. Exit code 1 when a case failed, 2 for a wrong call.
import { spawnSync } from 'node:child_process';
import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { withConformance } from '../test/support/conformance-readme.mjs';
import { reportFrom, reportOf, tableOf } from '../test/support/conformance-report.mjs';

const root = fileURLToPath(new URL('..', import.meta.url));
const testFile = /^conformance.*\.test\.ts$/;
/** Packages that have no suite, and why. One that is missing here and has no test either is an error. */
const withoutSuite = { ticket: 'nothing can be called: its orders are carried out by people' };
const flags = ['--json', '--readme', '--from-reports'];
const [json, readme, fromReports] = flags.map((flag) => process.argv.includes(flag));
const named = process.argv.slice(2).filter((argument) => !flags.includes(argument));

function run(environment, ...nodeArguments) {
  const { status } = spawnSync(process.execPath, nodeArguments, {
    cwd: root,
    stdio: ['ignore', 2, 2],
    env: { ...process.env, ...environment },
  });
  return status ?? 1;
}

const folderOf = (name) => join(root, 'connectors', name);
const manifestOf = (name) => JSON.parse(readFileSync(join(folderOf(name), 'package.json'), 'utf8'));
const versionOf = (name) => manifestOf(name).version;

/** What a configuration can name: neither the kit nor the client libraries. */
function connectorPackages() {
  return readdirSync(join(root, 'connectors'))
    .filter((name) => existsSync(join(folderOf(name), 'package.json')) && name !== 'kit')
    .filter((name) => manifestOf(name).name.startsWith('@joinery/connector-'));
}

function hasTest(name) {
  const folder = join(folderOf(name), 'test');
  return existsSync(folder) && readdirSync(folder).some((file) => testFile.test(file));
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

/** Why this call cannot be served, or null. */
function problemOf(all, tested) {
  const silent = all.filter((name) => !tested.includes(name) && withoutSuite[name] === undefined);
  if (silent.length > 0)
    return `No conformance test, and no reason why, for ${silent.join(', ')}. Write the test, or the reason into withoutSuite in scripts/conformance.mjs.`;
  const unknown = named.filter((name) => !all.includes(name));
  if (unknown.length > 0) return `No package ${unknown.join(', ')}. Packages: ${all.join(', ')}.`;
  const unread = fromReports ? named.filter((name) => tested.includes(name) && !existsSync(reportFile(name))) : [];
  return unread.length === 0 ? null : `No report of ${unread.join(', ')} yet. Run the suite without --from-reports.`;
}

const reportFile = (name) => join(folderOf(name), 'conformance.json');

function earlierReport(packages, notRun) {
  const missing = packages.filter((name) => !existsSync(reportFile(name)));
  if (missing.length > 0) process.stderr.write(`No report yet, and left as they are: ${missing.join(', ')}.\n`);
  const there = packages.filter((name) => !missing.includes(name));
  return reportFrom(
    there.map((name) => JSON.parse(readFileSync(reportFile(name), 'utf8'))),
    notRun,
  );
}

function freshReport(packages, notRun) {
  // A neighbour's unfinished package must not keep this one from being tested; Jest compiles on its own.
  if (run({}, 'node_modules/typescript/bin/tsc', '-b') !== 0)
    process.stderr.write('The build has errors (above); running the suite nevertheless.\n');
  const versions = Object.fromEntries(packages.map((name) => [name, versionOf(name)]));
  const report = reportOf(jestResult(packages), versions, new Date().toISOString(), notRun);
  for (const one of report.packages) writeFileSync(reportFile(one.package), `${JSON.stringify(one, null, 2)}\n`);
  return report;
}

function writeReadmes({ packages, notRun }) {
  for (const one of [...packages, ...notRun]) {
    const file = join(folderOf(one.package), 'README.md');
    writeFileSync(file, withConformance(readFileSync(file, 'utf8'), one));
  }
}

function main() {
  const all = connectorPackages();
  const tested = all.filter(hasTest);
  const problem = problemOf(all, tested);
  if (problem !== null) {
    process.stderr.write(`${problem}\n`);
    return 2;
  }
  const wanted = named.length > 0 ? all.filter((name) => named.includes(name)) : all;
  const packages = wanted.filter((name) => tested.includes(name));
  const notRun = wanted
    .filter((name) => !tested.includes(name))
    .map((name) => ({ package: name, version: versionOf(name), reason: withoutSuite[name] }));
  // Without packages Jest would run all there is.
  const report = fromReports || packages.length === 0 ? earlierReport(packages, notRun) : freshReport(packages, notRun);
  if (readme) writeReadmes(report);
  process.stdout.write(`${json ? JSON.stringify(report, null, 2) : tableOf(report)}\n`);
  return report.failed > 0 || (report.passed === 0 && packages.length > 0) ? 1 : 0;
}

process.exitCode = main();
