// The company of the published measurements, 1s-50m-5t-100a: one source, fifty value rules on five kinds of account,
// a hundred roles a person. Owns its configuration and how its rows come to be.
import type { Configuration, EntityTypeDefinition } from '#src/domain/configuration.js';
import type { Database } from '#src/store/database.js';

const roleCount = 100;
const accountKinds = ['mail', 'erp', 'crm', 'files', 'badge'] as const;
const text = 'string' as const;
const policy = 'bench';

const property = (identifier: string) => ({
  identifier,
  displayName: identifier,
  attribute: identifier,
  type: text,
  references: null,
  isMultivalued: false,
  isSecret: false,
});

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

const entityType = (identifier: string, properties: readonly string[]): EntityTypeDefinition => ({
  identifier,
  displayName: identifier,
  connector: 'bench',
  connection: 'bench',
  objectType: identifier,
  key: 'key',
  displayProperty: 'key',
  properties: ['key', ...properties].map(property),
  identity: null,
});

const roleNames = Array.from({ length: roleCount }, (_, index) => `role-${String(index).padStart(3, '0')}`);

export const configuration: Configuration = {
  connectors: [],
  connections: [],
  policies: [],
  categories: [],
  compositeRoles: [],
  correlationRules: [],
  navigationRules: [],
  jobs: [],
  profiles: [],
  serviceAccounts: [],
  entityTypes: [
    {
      ...entityType('person', personProperties),
      identity: {
        firstName: 'firstName',
        lastName: 'lastName',
        email: 'email',
        jobTitle: 'jobTitle',
        kind: null,
        startDate: 'startDate',
        endDate: 'endDate',
        department: 'department',
        manager: null,
        timeZone: null,
      },
    },
    ...accountKinds.map((kind) =>
      entityType(
        kind,
        values.map(([name]) => name),
      ),
    ),
  ],
  singleRoles: roleNames.map((identifier) => ({
    identifier,
    displayName: identifier,
    description: null,
    category: null,
    policy,
    owner: null,
    isRequestable: false,
    isPrivileged: false,
    approvalWorkflow: 'NONE',
    approvers: [],
    maxDurationDays: null,
  })),
  roleRules: roleNames.map((role, index) => ({
    identifier: `rule-${role}`,
    policy,
    role,
    when: conditions[index % conditions.length] ?? null,
    isDenied: false,
    priority: 100,
  })),
  resourceTypes: accountKinds.map((kind) => ({
    identifier: `${kind}-account`,
    displayName: kind,
    sourceEntityType: 'person',
    targetEntityType: kind,
    policy,
    connection: 'bench',
    blockProvisioning: false,
    allowAdd: true,
    allowUpdate: true,
    allowRemove: true,
    key: `"${kind}-" + person.login`,
    thresholds: { percent: 30, percentFloor: 5, absolute: null },
    dependsOn: [],
  })),
  typeRules: accountKinds.map((kind, index) => ({
    identifier: `give-${kind}`,
    policy,
    when: null,
    resourceType: `${kind}-account`,
    role: roleNames[index * 20] ?? null,
  })),
  scalarRules: accountKinds.flatMap((kind) =>
    values.map(([name, value]) => ({
      identifier: `${kind}-${name}`,
      policy,
      when: null,
      resourceType: `${kind}-account`,
      property: name,
      role: null,
      value,
      priority: 100,
    })),
  ),
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
