// Actors from rows and configuration, with the rights of the moment, and the index that keeps the question cheap.
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { indexPeople } from '../../../src/store/identity-index.js';
import { actorDirectory } from '../../../src/store/views/actor.js';
import { type Company, openCompany } from '../../steps/request-fixture.js';

let company: Company;
beforeAll(async () => {
  company = await openCompany();
});
afterAll(() => company.close());

const directory = () => actorDirectory(company.database, company.ports.models, company.ports.environment);
const set = (key: string, attributes: object) =>
  company.database.query(`update resource set attributes = attributes || $2::jsonb where key = $1`, [
    key,
    JSON.stringify(attributes),
  ]);

describe('the actor directory', () => {
  test.each([
    ['camille.roy', ['employee']],
    ['ines.aubry', ['employee', 'manager']],
    ['paul.martin', ['employee', 'application-owner']],
    ['omar.benali', ['employee', 'role-officer']],
  ])('gives %s the profiles %j', async (key, profiles) => {
    expect(await directory().person(key)).toMatchObject({
      ok: true,
      value: { kind: 'identity', identityId: company.id(key), profiles },
    });
  });

  test('knows service accounts by configuration alone', async () => {
    expect(await directory().service('ci')).toMatchObject({
      ok: true,
      value: { kind: 'service', profiles: ['script'] },
    });
    expect(await directory().service('nobody')).toMatchObject({ ok: false, refusals: [{ rule: 'actor.known' }] });
  });

  test('refuses nobody, and one whose row is no person', async () => {
    expect(await directory().person('no.body')).toMatchObject({ ok: false, refusals: [{ code: 'NOT_FOUND' }] });
  });

  test('refuses one who left, in the time zone of the people', async () => {
    await set('lea.stone', { end: '2031-05-09' });
    expect(await directory().person('lea.stone')).toMatchObject({ ok: false, refusals: [{ rule: 'actor.active' }] });
    await set('lea.stone', { end: '2031-05-10' });
    expect(await directory().person('lea.stone')).toMatchObject({ ok: true });
  });

  test('takes a right away between two questions', async () => {
    const before = await company.actor('ines.aubry');
    expect(before.profiles).toContain('manager');
    for (const report of ['camille.roy', 'camille.two']) await set(report, { manager: 'zoe.klein' });
    expect(await directory().again(before)).toMatchObject({ ok: true, value: { profiles: ['employee'] } });
    await company.database.query(`update resource set removed_at = now() where key = 'ines.aubry'`);
    expect(await directory().again(before)).toMatchObject({ ok: false, refusals: [{ rule: 'actor.active' }] });
  });
});

test('finds out whether somebody has reports, or colleagues, without reading all people', async () => {
  const { identityType } = await company.ports.models.current();
  const type = { ...identityType, identity: identityType.identity && { ...identityType.identity, department: 'team' } };
  await indexPeople(company.database, type);
  await indexPeople(company.database, type);
  await company.database.query(
    `insert into resource (id, entity_type, key, attributes, hash, seen_at)
     select gen_random_uuid(), 'person', 'p' || n, jsonb_build_object('manager', 'p' || n / 10), 'h', now() from generate_series(1, 5000) n`,
  );
  await company.database.query('analyze resource');
  // As the directory asks: the property is a bound parameter.
  const { rows } = await company.database.query<{ readonly 'QUERY PLAN': string }>(
    `explain select exists (select from resource r where r.entity_type = $1 and r.attributes ->> $3::text = $2 and r.removed_at is null)`,
    ['person', 'p7', 'manager'],
  );
  expect(rows.map((row) => row['QUERY PLAN']).join('\n')).toContain('resource_manager_');
  const { rows: colleagues } = await company.database.query<{ readonly 'QUERY PLAN': string }>(
    `explain select count(*) from resource peer where peer.entity_type = $1 and peer.attributes ->> 'team' = $2`,
    ['person', 'none'],
  );
  expect(colleagues.map((row) => row['QUERY PLAN']).join('\n')).toContain('resource_manager_');
});
