// A reading that shows what our own orders wrote, on real PostgreSQL: no surprise, so thresholds do not count it.
import { describe, expect, test } from '@jest/globals';
import type { ResourceDelta } from '../../src/domain/assignment.js';
import type { ResourceContent } from '../../src/domain/resource.js';
import { content, environment, ReadingFixture, run } from './reading-fixture.js';

const hr = new ReadingFixture('own');
const many = 40;
const keys = Array.from({ length: many }, (_, index) => `a${index}`);
const accounts = (make: (key: string) => ResourceContent) => keys.map(make);

const delta = (kind: ResourceDelta['kind'], key: string, mail: string): ResourceDelta => ({
  kind,
  key,
  scalars: kind === 'DELETE' ? [] : [{ property: 'mail', from: null, to: mail, rule: 'r' }],
  links: kind === 'UPDATE' ? [{ property: 'groups', add: ['staff'], remove: ['guests'], rules: {} }] : [],
});

/** One order an account, written and never looked at. */
async function write(kind: ResourceDelta['kind'], state = 'EXECUTED', extra = '') {
  for (const [index, key] of keys.entries()) {
    const assignment = environment.newId();
    await hr.database.query(
      `with account as (
         insert into resource_assignment (id, identity_id, resource_type, resource_key, is_due, expected, expected_hash, workflow_state, provisioning_state, delta)
         select $1, id, 'hr-account', $2, $5, '{"values": {}, "links": {}}', '', 'CALCULATED', 'PENDING', $4 from resource where key = $3 returning *)
       insert into provisioning_order (id, assignment_id, identity_id, resource_type, connection, target, kind, delta, expected_hash, state, desired_version, executed_at)
       select gen_random_uuid(), id, identity_id, resource_type, 'hr-file', $2, $6, delta, '', $7, desired_version,
         case when $7 = 'EXECUTED' then clock_timestamp() end from account`,
      [assignment, key, `p${index}`, delta(kind, key, `${key}@new.example`), kind !== 'DELETE', kind, state],
    );
  }
  if (extra !== '') await hr.database.query(`update provisioning_order set ${extra}`);
}

const known = (key: string) => content(key, {}, ['guests']);
const written = (key: string) => content(key, { mail: `${key}@new.example` }, ['staff']);

async function readAfter(
  before: readonly ResourceContent[],
  now: readonly ResourceContent[],
  prepare: () => Promise<void>,
) {
  hr.source.rows.set('account', [...before]);
  await hr.read();
  await prepare();
  hr.source.rows.set('account', [...now]);
  return hr.read(run());
}

const created = (key: string) => content(key, { mail: `${key}@new.example`, madeAt: 'today' });

describe('accounts that our orders created', () => {
  test('are read without a threshold counting them', async () => {
    const result = await readAfter([], accounts(created), () => write('CREATE'));
    expect(result).toMatchObject({ state: 'COMPLETED', violations: [], counters: { created: many } });
    expect(await hr.count(`provisioning_order where state = 'VERIFIED'`)).toBe(many);
  });

  test.each([
    ['a try that may have written them', 'PENDING', 'is_uncertain = true'],
    ['a worker that is at it', 'PENDING', `lease_until = clock_timestamp() + interval '1 hour'`],
    ['a person who has the ticket', 'TRANSMITTED', ''],
  ])('are ours also for %s', async (_whom, state, extra) => {
    const result = await readAfter([], accounts(created), () => write('CREATE', state, extra));
    expect(result).toMatchObject({ state: 'COMPLETED', violations: [] });
  });

  test.each([
    ['nobody has begun with', 'PENDING', ''],
    ['were superseded before anything was sent', 'INACTIVE', ''],
    ['were to become something else', 'EXECUTED', `delta = jsonb_set(delta, '{scalars,0,to}', '"other"')`],
  ])('are counted where the orders %s: the control', async (_why, state, extra) => {
    const result = await readAfter([], accounts(created), () => write('CREATE', state, extra));
    expect(result).toMatchObject({ state: 'BLOCKED', violations: [{ name: 'synchronization.insert.percent' }] });
  });
});

describe('accounts that our orders changed', () => {
  test('are read without a threshold counting their rows and links', async () => {
    const result = await readAfter(accounts(known), accounts(written), () => write('UPDATE'));
    expect(result).toMatchObject({ state: 'COMPLETED', violations: [], counters: { updated: many } });
  });

  test('are ours after two orders, of which the newer replaced the older', async () => {
    const result = await readAfter(accounts(known), accounts(written), async () => {
      await write('UPDATE');
      await hr.database.query(
        `with older as (update provisioning_order set delta = jsonb_set(delta, '{scalars}', '[]'), state = 'INACTIVE' returning *)
         insert into provisioning_order (id, assignment_id, identity_id, resource_type, connection, target, kind, delta, expected_hash, state, desired_version, executed_at)
         select gen_random_uuid(), assignment_id, identity_id, resource_type, connection, target, kind,
           jsonb_build_object('kind', 'UPDATE', 'key', target, 'links', '[]'::jsonb, 'scalars',
             jsonb_build_array(jsonb_build_object('property', 'mail', 'from', null, 'to', target || '@new.example', 'rule', 'r'))),
           '', 'EXECUTED', desired_version, clock_timestamp() from older`,
      );
    });
    expect(result).toMatchObject({ state: 'COMPLETED', violations: [] });
  });

  test.each([
    ['another value', (key: string) => content(key, { mail: `${key}@new.example`, site: 'moved' }, ['staff'])],
    ['another link', (key: string) => content(key, { mail: `${key}@new.example` }, ['staff', 'admins'])],
    ['a lost link', (key: string) => content(key, { mail: `${key}@new.example` })],
  ])('are counted when %s changed with it: the control', async (_what, now) => {
    const result = await readAfter(accounts(known), accounts(now), () => write('UPDATE'));
    expect(result).toMatchObject({ state: 'BLOCKED' });
    expect(result.violations.map(({ name }) => name)).toContain('synchronization.update.percent');
  });
});

describe('accounts that our orders deleted', () => {
  test('are gone without a threshold counting them; others count: the control', async () => {
    const others = Array.from({ length: many }, (_, index) => content(`other${index}`));
    const result = await readAfter([...accounts(known), ...others], others, () => write('DELETE'));
    expect(result).toMatchObject({ state: 'COMPLETED', violations: [], counters: { deleted: many } });
    hr.source.rows.set('account', []);
    expect(await hr.read(run())).toMatchObject({
      state: 'BLOCKED',
      violations: [{ name: 'synchronization.delete.percent', actual: expect.any(Number) }],
    });
  });
});
