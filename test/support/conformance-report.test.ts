// The report of a conformance run counts what Jest says, names why cases were skipped, and never loses a broken file.
import { describe, expect, test } from '@jest/globals';
import { withConformance } from './conformance-readme.mjs';
import { type JestResult, type PackageReport, reportFrom, reportOf, tableOf } from './conformance-report.mjs';

const now = '2026-01-02T03:04:05.000Z';
const passed = (variant: string, title: string) => ({
  ancestorTitles: [variant],
  title,
  status: 'passed',
  duration: 12,
  failureMessages: [],
});
const file = (assertionResults: JestResult['testResults'][number]['assertionResults'], message = '') => ({
  name: '/x/connectors/sql/test/conformance.test.ts',
  message,
  assertionResults,
});

const result: JestResult = {
  testResults: [
    file([
      passed('sql on PostgreSQL', 'reads (really)'),
      { ...passed('sql on PostgreSQL', 'hangs (skipped: it (never) hangs)'), status: 'pending' },
      {
        ...passed('sql on MariaDB', 'reads'),
        status: 'failed',
        failureMessages: ['\u001b[31mno\u001b[0m\n    at x.ts'],
      },
      passed('something else', 'is no case'),
    ]),
  ],
};

describe('the report of a conformance run', () => {
  test('counts packages and variants, with the reason of each skipped case', () => {
    const report = reportOf(result, { sql: '0.1.0' }, now);
    expect(report).toMatchObject({ date: now, passed: 1, failed: 1, skipped: 1 });
    const [sql] = report.packages;
    expect(sql).toMatchObject({ package: 'sql', version: '0.1.0', passed: 1, failed: 1, skipped: 1 });
    expect(sql?.variants.map(({ variant, skips }) => [variant, skips])).toEqual([
      ['on PostgreSQL', [{ reason: 'it (never) hangs', cases: ['hangs'] }]],
      ['on MariaDB', []],
    ]);
    expect(sql?.variants[1]?.cases).toEqual([{ name: 'reads', result: 'failed', reason: 'no', durationMs: 12 }]);
  });

  test('names a file that could not be started as failed', () => {
    const broken = { testResults: [file([], 'Cannot find module')] };
    expect(reportOf(broken, { sql: '0.1.0' }, now)).toMatchObject({ passed: 0, failed: 1 });
  });

  test('is a table for people', () => {
    expect(tableOf(reportOf(result, { sql: '0.1.0' }, now)).split('\n')).toEqual([
      '| package | version | variant       | passed | failed | skipped | seconds |',
      '|---------|---------|---------------|--------|--------|---------|---------|',
      '| sql     | 0.1.0   | on PostgreSQL | 1      | 0      | 1       | 0.0     |',
      '| sql     | 0.1.0   | on MariaDB    | 0      | 1      | 0       | 0.0     |',
      '',
      '- sql on PostgreSQL: 1 skipped, it (never) hangs',
      '',
      '- FAILED sql on MariaDB: reads',
      '  no',
    ]);
  });

  test('names the packages without a suite, and why', () => {
    const report = reportOf(result, { sql: '0.1.0' }, now, [people]);
    expect(report).toMatchObject({ passed: 1, failed: 1, skipped: 1, notRun: [people] });
    const lines = tableOf(report).split('\n');
    expect(lines).toContain('| ticket  | 0.1.0   | not run       |        |        |         |         |');
    expect(lines).toContain('- ticket: not run, people do it');
  });

  test('can be put together from those of earlier runs', () => {
    const [first] = reportOf(result, { sql: '0.1.0' }, now).packages;
    const earlier = { ...first, package: 'csv', date: '2026-01-01T00:00:00.000Z' } as PackageReport;
    const report = reportFrom([earlier, first as PackageReport], [people]);
    expect(report).toMatchObject({ date: now, passed: 2, failed: 2, skipped: 2, notRun: [people] });
    expect(report.packages.map((one) => one.package)).toEqual(['csv', 'sql']);
  });
});

const people = { package: 'ticket', version: '0.1.0', reason: 'people do it' };

describe('the section of a README', () => {
  const skipped = (variant: string, title: string) => ({ ...passed(variant, title), status: 'pending' });
  const results = [
    passed('sql on PostgreSQL', 'reads'),
    passed('sql on Maria|DB', 'reads'),
    skipped('sql on Maria|DB', 'writes (skipped: it costs $& much)'),
    skipped('sql on Maria|DB', 'hangs (skipped: it never hangs)'),
    skipped('sql on PostgreSQL', 'hangs (skipped: it never hangs)'),
  ];
  const reportOn = (assertions: typeof results): PackageReport =>
    reportOf({ testResults: [file(assertions)] }, { sql: '0.1.0' }, now).packages[0] as PackageReport;
  const section = [
    '<!-- conformance -->',
    '',
    'Version 0.1.0, 2026-01-02, `npm run conformance -- sql`:',
    '',
    '| variant | passed | failed | skipped |',
    '|---|---|---|---|',
    String.raw`| on Maria\|DB | 1 | 0 | 2 |`,
    '| on PostgreSQL | 1 | 0 | 1 |',
    '',
    'Why cases were skipped, and how many:',
    '',
    '- it never hangs: 2',
    '- it costs $& much: 1',
    '',
    '<!-- /conformance -->',
  ].join('\n');

  test('is added at the end, and replaced from then on', () => {
    const first = withConformance('# sql\n', reportOn(results));
    expect(first).toBe(`# sql\n\n## Conformance\n\n${section}\n`);
    expect(withConformance(first, reportOn(results))).toBe(first);
    const moved = `# sql\n\n<!-- conformance -->\nold\n<!-- /conformance -->\n\n## More\n`;
    expect(withConformance(moved, reportOn(results))).toBe(`# sql\n\n${section}\n\n## More\n`);
  });

  test('is the same in whatever order the tests ended', () => {
    expect(withConformance('', reportOn(results.toReversed()))).toBe(withConformance('', reportOn(results)));
  });

  test('says that the suite is not run', () => {
    expect(withConformance('# ticket\n', people)).toContain(
      'Version 0.1.0. The suite is not run, because people do it.',
    );
  });

  test('is refused where one marker is missing', () => {
    expect(() => withConformance('<!-- conformance -->', people)).toThrow('Mend it by hand');
    expect(() => withConformance('<!-- /conformance -->', people)).toThrow('Mend it by hand');
  });
});
