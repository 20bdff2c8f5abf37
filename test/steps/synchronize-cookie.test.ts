// Incremental readings that cannot be gone on with: everything is read in the same task, and the log says why.
import { expect, test } from '@jest/globals';
import { ConnectorError, cookieRefused } from '@joinery/connector-kit';
import { content, ReadingFixture, run } from './reading-fixture.js';

const hr = new ReadingFixture('cookie');
const change = { upserted: [content('p1', { site: 'nantes' })], deletedKeys: [], cookie: 'c1' };
const siteOf = (key: string) => hr.one(`select attributes ->> 'site' as site from resource where key = $1`, [key]);
const cookie = () => hr.one('select cookie from synchronization_state where entity_type = $1', ['person']);

/** Everything was read once; since then p1 and p2 have moved, of which the package tells one. */
async function moved(): Promise<void> {
  await hr.read(run(), true);
  const rows = hr.source.rows.get('person') ?? [];
  hr.source.rows.set('person', [
    ...rows.filter(({ key }) => key !== 'p1' && key !== 'p2'),
    content('p1', { site: 'nantes' }),
    content('p2', { site: 'nantes' }),
  ]);
  hr.source.changes = change;
  hr.source.listings = 0;
}

test('control: a cookie that holds is gone on from, and nothing is listed', async () => {
  await moved();
  expect(await hr.read(run('INCREMENTAL'), true)).toMatchObject({ state: 'COMPLETED', counters: { read: 1 } });
  expect([hr.source.listings, hr.warnings, await siteOf('p2'), await cookie()]).toEqual([
    0,
    [],
    { site: 'lyon' },
    { cookie: 'c1' },
  ]);
});

test.each([
  ['refuses the cookie after a page', cookieRefused('it is too old'), /because it is too old/],
  [
    'cannot tell changes any more',
    new ConnectorError({ code: 'CAPABILITY_MISSING', message: 'No log is kept.' }),
    /No log is kept/,
  ],
])('a package that %s is read wholly in the same task', async (_what, failure, why) => {
  await moved();
  hr.source.changesFailure = failure;
  expect(await hr.read(run('INCREMENTAL'), true)).toMatchObject({
    state: 'COMPLETED',
    counters: { created: 0, updated: 2, deleted: 0 },
  });
  expect(hr.warnings[0]).toMatch(
    /^Everything of person \(person\) is read, because the changes since the last reading/,
  );
  expect(hr.warnings[0]).toMatch(why);
  expect([await siteOf('p2'), await cookie()]).toEqual([{ site: 'nantes' }, { cookie: 'c0' }]);
});

test('another failure of the changes is a failure of the task, and the cookie stays', async () => {
  await moved();
  hr.source.changesFailure = new ConnectorError({ code: 'UNREACHABLE', message: 'Nobody answers.' });
  expect(await hr.read(run('INCREMENTAL'), true)).toMatchObject({ state: 'ERRORED' });
  expect([hr.source.listings, await siteOf('p1'), await cookie()]).toEqual([0, { site: 'lyon' }, { cookie: 'c0' }]);
});

test('a package that lost the capability is read wholly', async () => {
  await moved();
  expect(await hr.read(run('INCREMENTAL'), false)).toMatchObject({ counters: { updated: 2 } });
  expect(hr.warnings[0]).toContain('tells no changes any more');
  expect(await cookie()).toEqual({ cookie: null });
});

test('a cookie of other settings is not gone on from', async () => {
  await moved();
  hr.source.settings = 'another server';
  expect(await hr.read(run('INCREMENTAL'), true)).toMatchObject({ counters: { updated: 2 } });
  expect(hr.warnings[0]).toContain('are others now');
  hr.warnings = [];
  hr.source.changes = null;
  await hr.read(run('INCREMENTAL'), true);
  expect(hr.warnings).toEqual([]);
});
