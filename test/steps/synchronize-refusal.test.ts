// Readings that must change nothing: broken listings, passed thresholds, dry runs, overtaken readings.
import { describe, expect, test } from '@jest/globals';
import { ConnectorError } from '@joinery/connector-kit';
import { content, people, ReadingFixture, run, thresholds } from './reading-fixture.js';

const hr = new ReadingFixture('synchronize_refusal');

describe('a reading that is refused changes nothing', () => {
  test.each([
    [
      'half of it came',
      () => {
        hr.source.failure = {
          after: 100,
          error: new ConnectorError({
            code: 'CONSTRAINT_VIOLATION',
            message: 'people.csv line 101: the file ends in the middle of a line.',
          }),
        };
      },
      'people.csv line 101',
    ],
    [
      'the system does not answer',
      () => {
        hr.source.failure = {
          after: 0,
          error: new ConnectorError({ code: 'UNREACHABLE', message: 'The folder is not there.' }),
        };
      },
      'The folder is not there',
    ],
    [
      'a key is twice in one page',
      () => {
        hr.source.rows.set('person', [...people(10), content('p3')]);
      },
      '"p3" is there more than once',
    ],
    [
      'a key is twice in two pages',
      () => {
        hr.source.rows.set('person', [...people(120), content('p3')]);
      },
      '"p3" is there more than once',
    ],
    [
      'a value is no text',
      () => {
        hr.source.rows.set('person', [content('p0', { site: 'a\0b' })]);
      },
      'characters in "site" that are not text',
    ],
    [
      'a row has no key',
      () => {
        hr.source.rows.set('person', [content('')]);
      },
      'has no key',
    ],
  ])('when %s', async (_name, spoil, message) => {
    await hr.read();
    await hr.settle();
    const before = await hr.digest();
    spoil();
    const result = await hr.read();
    expect(result.state).toBe('ERRORED');
    expect(result.failure?.message).toContain(message);
    expect(result.failure?.message).toContain('person (person) of Human Resources (hr)');
    expect(await hr.digest()).toBe(before);
    expect(await hr.count('dirty_identity')).toBe(0);
    expect(await hr.count('synchronization_row')).toBe(0);
  });

  test('when a threshold is passed: the changes are parked, and an incremental job leaves the connector out', async () => {
    await hr.read();
    const before = await hr.digest();
    hr.source.rows.set('person', people(100));
    expect(await hr.read()).toMatchObject({
      state: 'BLOCKED',
      violations: [
        { name: 'synchronization.delete.percent', limit: 5, actual: 50, scope: 'hr', scopeKind: 'connector' },
      ],
    });
    expect(await hr.digest()).toBe(before);
    expect(await hr.count('synchronization_row')).toBe(100);
    const listings = hr.source.listings;
    const leftOut = await hr.read(run('INCREMENTAL'));
    expect(leftOut.state).toBe('WARNING');
    expect(leftOut.warnings[0]).toContain('left out');
    expect(hr.source.listings).toBe(listings);
  });

  test('control: without thresholds the same reading removes them', async () => {
    await hr.read();
    hr.source.rows.set('person', people(100));
    const spared = { ...thresholds };
    Object.assign(thresholds, { rows: 100_000, percent: 100 });
    try {
      expect(await hr.read()).toMatchObject({ state: 'COMPLETED', counters: { deleted: 100 } });
    } finally {
      Object.assign(thresholds, spared);
    }
  });

  test('when the source is whole again, a complete reading lifts the park', async () => {
    await hr.read();
    hr.source.rows.set('person', people(100));
    await hr.read();
    hr.source.rows.set('person', people(200));
    expect(await hr.read()).toMatchObject({ state: 'COMPLETED', counters: { deleted: 0 } });
    expect(await hr.read(run('INCREMENTAL'))).toMatchObject({ state: 'COMPLETED' });
  });

  test('when it is a dry run, though it is reported', async () => {
    await hr.read();
    const before = await hr.digest();
    hr.source.rows.set('person', people(100));
    const result = await hr.read(run('COMPLETE', true));
    expect(result).toMatchObject({
      state: 'WARNING',
      counters: { deleted: 100 },
      violations: [{ name: 'synchronization.delete.percent' }],
    });
    expect(await hr.digest()).toBe(before);
  });

  test('when it is a dry run, with a warning only if something differs', async () => {
    await hr.read();
    expect(await hr.read(run('COMPLETE', true))).toMatchObject({ state: 'COMPLETED', warnings: [] });
    hr.source.rows.set('person', people(199));
    const { state, warnings } = await hr.read(run('COMPLETE', true));
    expect([state, warnings]).toEqual([
      'WARNING',
      [
        expect.stringMatching(
          /^Dry run: 1 row of .+ differs and was not applied; the plan is of what was read before\.$/,
        ),
      ],
    ]);
  });

  test('when a younger reading was applied meanwhile', async () => {
    await hr.read();
    let isDone = false;
    hr.source.rows.set('person', people(199));
    hr.source.during = async () => {
      if (isDone) return;
      isDone = true;
      const now = hr.source.rows.get('person') ?? [];
      hr.source.rows.set('person', people(200));
      await hr.read();
      hr.source.rows.set('person', now);
    };
    const result = await hr.read(await hr.registered(run()));
    expect(result.warnings[0]).toContain('younger reading');
    expect(await hr.count('resource where removed_at is null')).toBe(200);
  });
});
