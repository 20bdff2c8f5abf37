// What a reading that ends properly does to the directory, on a real PostgreSQL.
// The source is a port of the step and is played by the test; packages reading real files are in test/path.
import { describe, expect, test } from '@jest/globals';
import { content, environment, people, ReadingFixture, run } from './reading-fixture.js';

const hr = new ReadingFixture('synchronize');

describe('a reading that ends properly', () => {
  test('loads everything the first time, whatever the thresholds, and marks everybody', async () => {
    const result = await hr.read();
    expect(result).toMatchObject({ state: 'COMPLETED', counters: { read: 200, created: 200, updated: 0, deleted: 0 } });
    expect(await hr.count('resource')).toBe(200);
    expect(await hr.count('dirty_identity')).toBe(200);
    expect(await hr.count('correlation_source')).toBe(200);
    expect(await hr.count('synchronization_session')).toBe(0);
  });

  test('tells what was there at the first load from what came later', async () => {
    await hr.read();
    hr.source.rows.get('person')?.push(content('later'));
    await hr.read();
    expect(await hr.one('select is_pre_existing as first from resource where key = $1', ['p1'])).toEqual({
      first: true,
    });
    expect(await hr.one('select is_pre_existing as first from resource where key = $1', ['later'])).toEqual({
      first: false,
    });
  });

  test('writes no row the second time', async () => {
    await hr.read();
    await hr.settle();
    const before = await hr.digest();
    expect(await hr.read()).toMatchObject({
      state: 'COMPLETED',
      counters: { read: 200, created: 0, updated: 0, deleted: 0 },
    });
    expect(await hr.digest()).toBe(before);
    expect(await hr.dirtyKeys()).toEqual([]);
  });

  test('applies rows and links that are new, changed and gone, and marks whom they concern', async () => {
    hr.source.rows.get('person')?.push(content('linked', {}, ['a', 'b']));
    await hr.read();
    await hr.settle();
    const rows = (hr.source.rows.get('person') ?? [])
      .filter(({ key }) => key !== 'p3')
      .map((row) => (row.key === 'p1' ? content('p1', { site: 'nantes' }) : row));
    hr.source.rows.set('person', [
      ...rows.filter(({ key }) => key !== 'linked'),
      content('linked', {}, ['b', 'c']),
      content('new'),
    ]);
    expect(await hr.read()).toMatchObject({ state: 'COMPLETED', counters: { created: 1, updated: 2, deleted: 1 } });
    expect(await hr.dirtyKeys()).toEqual(['linked', 'new', 'p1', 'p3']);
    const { rows: links } = await hr.database.query<{ target: string }>(
      'select target_key as target from resource_link order by 1',
    );
    expect(links.map(({ target }) => target)).toEqual(['b', 'c']);
    expect(
      await hr.one('select version::int, attributes->>$1 as site from resource where key = $2', ['site', 'p1']),
    ).toEqual({ version: 2, site: 'nantes' });
  });

  test('keeps a person who disappeared until nothing is owned, then lets the row go', async () => {
    await hr.read();
    await hr.settle();
    const identity = await hr.one<{ id: string }>('select id from resource where key = $1', ['p5']);
    const assignmentId = environment.newId();
    await hr.database.query(
      `insert into resource_assignment (id, identity_id, resource_type, resource_key, is_due, expected, expected_hash, workflow_state, provisioning_state)
       values ($1, $2, 'hr-account', 'x', true, '{}', '', 'CALCULATED', 'VERIFIED')`,
      [assignmentId, identity.id],
    );
    hr.source.rows.set(
      'person',
      people(200).filter(({ key }) => key !== 'p5'),
    );
    expect(await hr.read()).toMatchObject({ counters: { deleted: 1 } });
    expect(await hr.dirtyKeys()).toEqual(['p5']);
    expect(await hr.one('select removed_at is not null as gone from resource where key = $1', ['p5'])).toEqual({
      gone: true,
    });
    await hr.read();
    expect(await hr.count('resource')).toBe(200);
    await hr.settle();
    await hr.database.query('delete from resource_assignment');
    await hr.read();
    expect(await hr.count('resource')).toBe(199);
  });

  test('takes a person back who returns', async () => {
    await hr.read();
    hr.source.rows.set(
      'person',
      people(200).filter(({ key }) => key !== 'p5'),
    );
    await hr.read();
    await hr.settle();
    hr.source.rows.set('person', people(200));
    expect(await hr.read()).toMatchObject({ counters: { updated: 1 } });
    expect(await hr.one('select removed_at from resource where key = $1', ['p5'])).toEqual({ removed_at: null });
    expect(await hr.dirtyKeys()).toEqual(['p5']);
  });
});

describe('a reference to a row that is not there', () => {
  const owned = (count: number) =>
    Array.from({ length: count }, (_, index) => content(`a${index}`, { owner: index === 0 ? 'p1' : `gone${index}` }));

  test('is told of once, counted, the first five by name', async () => {
    hr.source.rows.set('account', owned(8));
    const { state, warnings } = await hr.read();
    expect([state, warnings.length]).toEqual(['WARNING', 1]);
    expect(warnings[0]).toMatch(
      /^Human Resources: 7 values point to rows that are not there: account "a1": owner is "gone1"/,
    );
    expect(warnings[0]).toMatch(/account "a5": owner is "gone5", no person has that key; and 2 more\.$/);
    expect(await hr.read()).toMatchObject({ state: 'COMPLETED', warnings: [] });
  });
});

describe('accounts', () => {
  const own = async (personKey: string, accountKey: string, state: string, observed: string | null) => {
    const identity = await hr.one<{ id: string }>('select id from resource where key = $1', [personKey]);
    const owned = await hr.database.query<{ id: string; hash: string }>(
      'select id, hash from resource where key = $1',
      [accountKey],
    );
    await hr.database.query(
      `insert into resource_assignment (id, identity_id, resource_type, resource_key, resource_id, is_due, expected, expected_hash, observed_hash, workflow_state, provisioning_state)
       values ($1, $2, 'hr-account', $3, $4, true, '{}', '', $5, 'CALCULATED', $6)`,
      [
        environment.newId(),
        identity.id,
        accountKey,
        owned.rows[0]?.id ?? null,
        observed === null ? null : (owned.rows[0]?.hash ?? observed),
        state,
      ],
    );
  };

  test('that change or vanish mark their owner and are no longer known to be as expected', async () => {
    hr.source.rows.set('account', [content('a1'), content('a2'), content('a3')]);
    await hr.read();
    await own('p1', 'a1', 'VERIFIED', 'h');
    await own('p2', 'a2', 'VERIFIED', 'h');
    await own('p3', 'a3', 'VERIFIED', 'h');
    await hr.settle();
    hr.source.rows.set('account', [content('a1', { mail: 'other' }), content('a3')]);
    await hr.read();
    expect(await hr.dirtyKeys()).toEqual(['p1', 'p2']);
    const { rows } = await hr.database.query(
      'select resource_key, observed_hash is null as unknown, resource_id is null as lost from resource_assignment order by 1',
    );
    expect(rows).toEqual([
      { resource_key: 'a1', unknown: true, lost: false },
      { resource_key: 'a2', unknown: true, lost: true },
      { resource_key: 'a3', unknown: false, lost: false },
    ]);
  });

  test('that appear mark whom they may belong to, by key and by correlation', async () => {
    await hr.read();
    await own('p1', 'a1', 'PENDING', null);
    await hr.settle();
    hr.source.rows.set('account', [
      content('a1', { mail: 'nobody' }),
      content('a2', { mail: 'p2@acme.example' }),
      content('a3', { mail: '' }),
    ]);
    await hr.read();
    expect(await hr.dirtyKeys()).toEqual(['p1', 'p2']);
  });

  test('are correlated anew when the rule changes, though no row did', async () => {
    hr.source.rows.set('account', [content('a1', { mail: 'none', badge: 'b1' })]);
    hr.source.rows.set('person', [...people(200), content('badged', { badge: 'b1' })]);
    await hr.read();
    await hr.settle();
    hr.correlation = 'badge';
    expect(await hr.read()).toMatchObject({ counters: { created: 0, updated: 0 } });
    expect(await hr.dirtyKeys()).toEqual(['badged']);
    expect(await hr.one('select count(*)::int as n, min(value) as value from correlation_key')).toEqual({
      n: 1,
      value: 'b1',
    });
  });

  const execute = async (personKey: string, accountKey: string, mail: string) => {
    await own(personKey, accountKey, 'EXECUTED', null);
    const expected = { key: accountKey, rule: 'r', values: { mail: { value: mail, rule: 'r' } }, links: {} };
    const delta = {
      kind: 'CREATE',
      key: accountKey,
      scalars: [{ property: 'mail', from: null, to: mail, rule: 'r' }],
      links: [],
    };
    await hr.database.query(
      `with account as (update resource_assignment set expected = $2, delta = $3 where resource_key = $1 returning *)
       insert into provisioning_order (id, assignment_id, identity_id, resource_type, connection, target, kind, delta, expected_hash, state, desired_version, executed_at)
       select $4, id, identity_id, resource_type, 'hr-file', $1, 'CREATE', delta, '', 'EXECUTED', desired_version, clock_timestamp() from account`,
      [accountKey, expected, delta, environment.newId()],
    );
  };

  test('found as they were written are verified, with the reading as the evidence', async () => {
    await hr.read();
    await execute('p1', 'a1', 'a1@acme.example');
    await execute('p2', 'a2', 'wished');
    hr.source.rows.set('account', [content('a1'), content('a2')]);
    await hr.read();
    const { rows } = await hr.database.query(
      `select a.resource_key, a.provisioning_state, a.resource_id is not null as linked, a.delta is null as settled, o.state, o.evidence->>'how' as how
       from resource_assignment a join provisioning_order o on o.assignment_id = a.id order by 1`,
    );
    expect(rows).toEqual([
      {
        resource_key: 'a1',
        provisioning_state: 'VERIFIED',
        linked: true,
        settled: true,
        state: 'VERIFIED',
        how: 'synchronization',
      },
      {
        resource_key: 'a2',
        provisioning_state: 'EXECUTED',
        linked: false,
        settled: false,
        state: 'EXECUTED',
        how: null,
      },
    ]);
  });

  test('are verified some hundreds a transaction: locks of identities are not without number', async () => {
    hr.source.rows.set('person', people(1_201));
    hr.source.rows.set('account', people(1_201));
    await hr.read();
    await hr.database.query(
      `with account as (
         insert into resource_assignment (id, identity_id, resource_type, resource_key, is_due, expected, expected_hash, workflow_state, provisioning_state, delta)
         select gen_random_uuid(), id, 'hr-account', key, true, jsonb_build_object('key', key, 'rule', 'r', 'values', '{}'::jsonb, 'links', '{}'::jsonb), '',
           'CALCULATED', 'EXECUTED', jsonb_build_object('kind', 'CREATE', 'key', key, 'scalars', '[]'::jsonb, 'links', '[]'::jsonb)
         from resource where entity_type = 'person' returning *)
       insert into provisioning_order (id, assignment_id, identity_id, resource_type, connection, target, kind, delta, expected_hash, state, desired_version, executed_at)
       select gen_random_uuid(), id, identity_id, resource_type, 'hr-file', resource_key, 'CREATE', delta, '', 'EXECUTED', desired_version, clock_timestamp() from account`,
    );
    expect(await hr.read()).toMatchObject({ state: 'COMPLETED' });
    const { rows } = await hr.database.query(
      `select count(*)::int as n from provisioning_order where state = 'VERIFIED' group by xmin order by 1 desc`,
    );
    expect(rows).toEqual([{ n: 500 }, { n: 500 }, { n: 201 }]);
  });

  test('written after the reading began are not verified by it', async () => {
    await hr.read();
    hr.source.rows.set('account', [content('a1')]);
    hr.source.during = async () => {
      if ((await hr.count('provisioning_order')) === 0) await execute('p1', 'a1', 'a1@acme.example');
    };
    await hr.read();
    expect(await hr.one('select state from provisioning_order')).toEqual({ state: 'EXECUTED' });
  });

  test('read back while the listing was under way are left as the fresher reading found them', async () => {
    hr.source.rows.set('account', [content('a1', { mail: 'old' })]);
    await hr.read();
    hr.source.rows.set('person', people(200));
    let isDone = false;
    hr.source.during = async () => {
      if (isDone) return;
      isDone = true;
      await hr.database.query(
        `update resource set attributes = '{"mail":"fresh"}', hash = 'fresh', seen_at = clock_timestamp() where key = 'a1'`,
      );
      await hr.database.query(
        `insert into resource (id, entity_type, key, attributes, hash, seen_at) values (gen_random_uuid(), 'account', 'a2', '{}', 'x', clock_timestamp())`,
      );
    };
    await hr.read();
    expect(await hr.one('select hash from resource where key = $1', ['a1'])).toEqual({ hash: 'fresh' });
    expect(await hr.count(`resource where key = 'a2'`)).toBe(1);
  });
});

test('a package that tells changes is listed once and then asked for changes only', async () => {
  await hr.read(run(), true);
  await hr.settle();
  const listings = hr.source.listings;
  hr.source.changes = { upserted: [content('p1', { site: 'nantes' })], deletedKeys: ['p2', 'unknown'], cookie: 'c1' };
  expect(await hr.read(run('INCREMENTAL'), true)).toMatchObject({
    state: 'COMPLETED',
    counters: { read: 3, created: 0, updated: 1, deleted: 1 },
  });
  expect(hr.source.listings).toBe(listings);
  expect(await hr.dirtyKeys()).toEqual(['p1', 'p2']);
  expect(await hr.one('select cookie from synchronization_state where entity_type = $1', ['person'])).toEqual({
    cookie: 'c1',
  });
});
