// `joinery connector test`: runs the conformance suite of the kit on a package and a system of the caller's.
// Owns running the cases one after the other and telling what came out.
import { writeFileSync } from 'node:fs';
import { conformanceCases, type ConformanceCase } from '@joinery/connector-kit';
import { z } from 'zod';
import { assertSettings, packageAt, readPlaced } from './connector-package.js';
import { ownSystem, testPlan } from './connector-target.js';
import { exitCodes, Failure } from './exit.js';

export interface ConnectorTestOptions {
  readonly settings: string;
  readonly json?: boolean;
  readonly quick?: boolean;
  readonly only?: string;
  readonly report?: string;
}

const settingsFile = z.strictObject({ settings: z.record(z.string(), z.unknown()), test: testPlan });

interface CaseResult {
  readonly name: string;
  readonly result: 'passed' | 'failed' | 'skipped';
  /** Why it was skipped or failed. */
  readonly reason?: string;
  readonly durationMs: number;
}

/** `environment`: where `{ $env: NAME }` of the settings file is looked up. */
export async function runConnectorTest(
  name: string,
  options: ConnectorTestOptions,
  environment: (name: string) => string | undefined,
): Promise<void> {
  const connector = await packageAt(name);
  const file = settingsFile.safeParse(readPlaced(options.settings, environment));
  if (!file.success) throw new Failure(exitCodes.usage, `${options.settings}: ${z.prettifyError(file.error)}`);
  assertSettings(connector, file.data.settings);
  const system = await ownSystem(connector, file.data.settings, file.data.test);
  try {
    const cases = conformanceCases(system.target).filter(
      (each) => (options.quick !== true || each.isSlow !== true) && each.name.includes(options.only ?? ''),
    );
    const results = await runCases(cases, options.json === true ? () => undefined : printResult);
    tell({ package: connector.name, version: connector.version, ...countsOf(results), cases: results }, options);
  } finally {
    await system.close();
  }
}

async function runCases(
  cases: readonly ConformanceCase[],
  onResult: (result: CaseResult) => void,
): Promise<readonly CaseResult[]> {
  const results: CaseResult[] = [];
  for (const each of cases) {
    const result = await runCase(each);
    onResult(result);
    results.push(result);
  }
  return results;
}

async function runCase({ name, skipped, run }: ConformanceCase): Promise<CaseResult> {
  if (skipped !== undefined) return { name, result: 'skipped', reason: skipped, durationMs: 0 };
  const started = performance.now();
  const durationMs = (): number => Math.round(performance.now() - started);
  try {
    await run();
    return { name, result: 'passed', durationMs: durationMs() };
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error);
    return { name, result: 'failed', reason, durationMs: durationMs() };
  }
}

const marks = { passed: 'ok     ', failed: 'FAILED ', skipped: 'skipped' } as const;

function printResult({ name, result, reason, durationMs }: CaseResult): void {
  const time = result === 'skipped' ? '' : `  (${durationMs} ms)`;
  process.stdout.write(`${marks[result]} ${name}${time}\n`);
  if (reason !== undefined) process.stdout.write(`        ${reason.split('\n').slice(0, 4).join('\n        ')}\n`);
}

const countsOf = (results: readonly CaseResult[]) => ({
  passed: results.filter(({ result }) => result === 'passed').length,
  failed: results.filter(({ result }) => result === 'failed').length,
  skipped: results.filter(({ result }) => result === 'skipped').length,
});

type Report = ReturnType<typeof countsOf> & {
  readonly package: string;
  readonly version: string;
  readonly cases: readonly CaseResult[];
};

function tell(report: Report, options: ConnectorTestOptions): void {
  const text = `${JSON.stringify(report, null, 2)}\n`;
  if (options.report !== undefined) writeFileSync(options.report, text);
  const { passed, failed, skipped } = report;
  const verdict = failed === 0 ? 'It is a connector.' : 'It is no connector yet: a package that passes is one.';
  process.stdout.write(
    options.json === true ? text : `${passed} passed, ${failed} failed, ${skipped} skipped. ${verdict}\n`,
  );
  process.exitCode = failed === 0 ? exitCodes.ok : exitCodes.failure;
}
