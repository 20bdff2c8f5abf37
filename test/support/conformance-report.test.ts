// The report of a conformance run counts what Jest says, names why cases were skipped, and never loses a broken file.
import { describe, expect, test } from '@jest/globals';
import { type JestResult, reportOf, tableOf } from './conformance-report.mjs';

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
});
