// The company of the published measurements, 1s-50m-5t-100a: one source, fifty value rules on five kinds of account,
// a hundred roles a person. `rich` says the same through contexts with criteria, a time offset, a query and a unique value.
// Owns its configuration and how its rows come to be.
import type { Configuration } from '#src/domain/configuration.js';
import type { Database } from '#src/store/database.js';
import { configurationOf } from './configuration.js';

const roleCount = 100;
const accountKinds = ['mail', 'erp', 'crm', 'files', 'badge'] as const;
const policy = 'bench';

const personProperties = [
  'login',
  'firstName',
  'lastName',
  'email',
  'department',
  'site',
  'jobTitle',
  'phone',
  'startDate',
  'endDate',
];

/** A quarter reads one attribute with few values, a half two attributes, a quarter what is different for everybody. */
const values: readonly (readonly [string, string])[] = [
  ['login', 'person.login'],
  ['mail', 'person.email'],
  ['displayName', 'person.firstName + " " + person.lastName'],
  ['sortName', 'person.lastName + ", " + person.firstName'],
  ['department', 'person.department'],
  ['office', 'person.site + "/" + person.department'],
  ['title', 'person.jobTitle + " (" + person.department + ")"'],
  ['country', 'person.site.startsWith("s1") ? "FR" : "DE"'],
  ['folder', '"/home/" + person.department + "/" + person.login'],
  ['phone', 'person.phone == "" ? "none" : person.phone'],
];

const conditions = [
  'person.department.startsWith("d")',
  'person.site != "" && person.department != ""',
  'person.jobTitle != "intern" && person.site.startsWith("s")',
  'person.site in ["s0", "s1", "s2", "s3", "s4", "s5", "s6", "s7", "s8", "s9"]',
];

const entityType = (identifier: string, properties: readonly string[]) => ({
  identifier,
  displayName: identifier,
  connection: 'bench',
  objectType: identifier,
  key: 'key',
  properties: ['key', ...properties].map((name) => ({ identifier: name })),
});

const roleNames = Array.from({ length: roleCount }, (_, index) => `role-${String(index).padStart(3, '0')}`);

export const models = ['rich', 'plain'] as const;
export type ModelName = (typeof models)[number];

const named = (identifier: string) => ({ identifier, displayName: identifier });

const roleRules = roleNames.map((role, index) => ({
  identifier: `rule-${role}`,
  role,
  when: conditions[index % conditions.length],
}));

const typeRules = accountKinds.map((kind, index) => ({
  identifier: `give-${kind}`,
  resourceType: `${kind}-account`,
  role: roleNames[index * 20],
}));

const scalarRules = accountKinds.flatMap((kind) =>
  values.map(([property, value]) => ({
    identifier: `${kind}-${property}`,
    resourceType: `${kind}-account`,
    property,
    value,
  })),
);

const plain = {
  policies: [named(policy)],
  connectors: [named('bench')],
  connections: [{ ...named('bench'), connector: 'bench', package: 'memory' }],
  entityTypes: [
    {
      ...entityType('person', personProperties),
      identity: {
        firstName: 'firstName',
        lastName: 'lastName',
        email: 'email',
        jobTitle: 'jobTitle',
        startDate: 'startDate',
        endDate: 'endDate',
        department: 'department',
      },
    },
    ...accountKinds.map((kind) =>
      entityType(
        kind,
        values.map(([name]) => name),
      ),
    ),
  ],
  singleRoles: roleNames.map(named),
  resourceTypes: accountKinds.map((kind) => ({
    ...named(`${kind}-account`),
    sourceEntityType: 'person',
    targetEntityType: kind,
    blockProvisioning: false,
    key: `"${kind}-" + person.login`,
  })),
  roleRules,
  typeRules,
  scalarRules,
};

const numbered = (letter: string, count: number): readonly string[] =>
  Array.from({ length: count }, (_, index) => `${letter}${index}`);

/** Half of the role rules ask the context instead of the person, the mail account comes a week early, its login is unique. */
const rich = {
  ...plain,
  dimensions: ['department', 'site'].map(named),
  contextRules: [
    { identifier: 'where-people-work', dimensions: { department: 'person.department', site: 'person.site' } },
  ],
  roleRules: roleRules.map((rule, index) => {
    if (index % 2 === 1) return rule;
    const context = index % 4 === 0 ? { department: numbered('d', 10) } : { site: numbered('s', 7) };
    return { identifier: rule.identifier, role: rule.role, context };
  }),
  typeRules: typeRules.map((rule, index) => (index === 0 ? { ...rule, timeOffset: { before: -7 } } : rule)),
  scalarRules: scalarRules.map((rule) =>
    rule.identifier === 'mail-login'
      ? { ...rule, value: 'attempt == 0 ? person.login : person.login + string(attempt)', uniqueness: 'KEEP' }
      : rule,
  ),
};

export const configurations: Readonly<Record<ModelName, Configuration>> = {
  plain: configurationOf(plain),
  rich: configurationOf(rich),
};

export async function makePeople(database: Database, count: number): Promise<void> {
  await database.query(
    `insert into resource (id, entity_type, key, attributes, hash, seen_at)
     select gen_random_uuid(), 'person', 'person' || n, a.attributes, md5(a.attributes::text), clock_timestamp()
     from generate_series(1, $1::int) as n cross join lateral (select jsonb_build_object('key', 'person' || n, 'login', 'person' || n,
       'firstName', 'First' || n, 'lastName', 'Last' || n, 'email', 'person' || n || '@acme.example', 'department', 'd' || n % 10,
       'site', 's' || n % 7, 'jobTitle', 'clerk ' || n % 30, 'phone', '+33 1 ' || n, 'startDate', '2020-01-01', 'endDate', null) as attributes) a`,
    [count],
  );
  await database.query('analyze resource');
}

/** Every account as if it had been written and read back. */
export async function carryOut(database: Database): Promise<void> {
  await database.query(
    `insert into resource (id, entity_type, key, attributes, hash, seen_at)
     select gen_random_uuid(), replace(a.resource_type, '-account', ''), a.resource_key, v.attributes, md5(v.attributes::text), clock_timestamp()
     from resource_assignment a cross join lateral (
       select jsonb_object_agg(e.key, e.value -> 'value') as attributes from jsonb_each(a.expected -> 'values') e) v order by a.identity_id`,
  );
  await database.query(
    `update resource_assignment a set resource_id = r.id, observed_hash = r.hash, base_hash = r.hash, provisioning_state = 'VERIFIED', delta = null,
       pending_roles = '{}' from resource r where r.entity_type = replace(a.resource_type, '-account', '') and r.key = a.resource_key`,
  );
  await database.query('truncate provisioning_order, outbox, event');
  for (const table of ['resource', 'resource_assignment', 'identity_state'])
    await database.query(`vacuum (full, analyze) ${table}`);
}

/** Changes something that reaches two values of each account, and marks the people. */
export async function touchPeople(database: Database, count: number): Promise<void> {
  await database.query(
    `with touched as (
       update resource set attributes = attributes || jsonb_build_object('department', 'd9x'), hash = md5(hash)
       where id in (select id from resource where entity_type = 'person' order by md5(key) limit $1) returning id)
     insert into dirty_identity (identity_id, reason) select id, 'bench' from touched`,
    [count],
  );
}
