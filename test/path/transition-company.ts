// A company made for walking through states: people and systems in memory, one resource type that is written at once, one that
// a person reviews, one that a person carries out. Started as a whole program and asked over HTTP.
import { randomUUID } from 'node:crypto';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type MemoryTarget, memoryTarget } from '@joinery/connector-memory';
import { stringify } from 'yaml';
import { readConfig } from '../../src/config.js';
import { startJoinery } from '../../src/program.js';
import { createTokens } from '../../src/server/token.js';
import { createTestDatabase } from '../support/database.js';
import { testRedisUrl } from '../support/redis.js';
import { waitFor } from '../support/wait-for.js';

export interface Walkers {
  readonly hr: MemoryTarget;
  readonly crm: MemoryTarget;
  readonly databaseUrl: string;
  /** As a person of the company or `service:script`. Throws the first GraphQL error. */
  ask<T>(who: string, query: string, variables?: Readonly<Record<string, unknown>>): Promise<T>;
  /** Changes the mail of a person in HR. */
  moveMail(person: string, mail: string): void;
  runJob(identifier: string): Promise<void>;
  stop(): Promise<void>;
}

const secret = 'a-key-for-walking-through-states-0123456789';
export const people = Array.from({ length: 40 }, (_, index) => `w${String(index).padStart(2, '0')}`);

export async function startWalkers(): Promise<Walkers> {
  const home = await mkdtemp(join(tmpdir(), 'joinery-walk-'));
  const names = { hr: `hr-${randomUUID()}`, crm: `crm-${randomUUID()}` };
  const [hr, crm] = [memoryTarget(names.hr), memoryTarget(names.crm)];
  for (const person of ['boss', 'ada', 'omar', ...people]) hr.put(personRow(person, `${person}@acme.test`));
  await writeFile(join(home, 'company.yaml'), stringify(configuration(names.hr, names.crm)));
  const database = await createTestDatabase('walk');
  const running = await startJoinery(
    readConfig({
      DATABASE_URL: database.url,
      REDIS_URL: await testRedisUrl(),
      JOINERY_DEMO: '0',
      JOINERY_HOME: home,
      JOINERY_CONFIGURATION: home,
      JOINERY_PORT: '0',
      JOINERY_LOG_LEVEL: 'error',
      JOINERY_TOKEN_SECRET: secret,
    }),
    () => undefined,
  );
  const ask = client(running.url ?? '');
  const walkers: Walkers = {
    hr,
    crm,
    databaseUrl: database.url,
    ask,
    moveMail: (person, mail) => hr.put(personRow(person, mail)),
    runJob: (identifier) => runJob(ask, identifier),
    stop: async () => {
      await running.stop();
      await database.drop();
      await rm(home, { recursive: true, force: true });
    },
  };
  await walkers.runJob('complete');
  return walkers;
}

const personRow = (identifier: string, mail: string) => ({
  objectType: 'person',
  key: identifier,
  attributes: { identifier, mail, manager: identifier === 'boss' ? null : 'boss' },
  links: {},
});

function client(url: string): Walkers['ask'] {
  const tokens = createTokens({ secret, oidc: null });
  return async <T>(who: string, query: string, variables: Readonly<Record<string, unknown>> = {}): Promise<T> => {
    const answer = await fetch(`${url}/graphql`, {
      method: 'POST',
      headers: { 'content-type': 'application/json', authorization: `Bearer ${await tokens.sign(who, 3600)}` },
      body: JSON.stringify({ query, variables }),
    });
    const body = (await answer.json()) as { readonly data?: unknown; readonly errors?: unknown };
    if (body.errors !== undefined) throw new Error(JSON.stringify(body.errors));
    return body.data as T;
  };
}

async function runJob(ask: Walkers['ask'], identifier: string): Promise<void> {
  const { jobLaunch } = await ask<{
    jobLaunch: { jobExecution: { id: string } | null; userErrors: readonly unknown[] };
  }>(
    'service:script',
    'mutation($i: JobLaunchInput!) { jobLaunch(input: $i) { jobExecution { id } userErrors { code message } } }',
    { i: { jobIdentifier: identifier } },
  );
  const id = jobLaunch.jobExecution?.id;
  if (id === undefined) throw new Error(JSON.stringify(jobLaunch.userErrors));
  await waitFor(
    async () => {
      const { jobExecution } = await ask<{ jobExecution: { state: string; finishedAt: string | null } }>(
        'service:script',
        'query($id: ID!) { jobExecution(id: $id) { state finishedAt } }',
        { id },
      );
      if (['ERRORED', 'BLOCKED'].includes(jobExecution.state)) throw new Error(`The job ended ${jobExecution.state}.`);
      return jobExecution.finishedAt === null ? null : jobExecution;
    },
    { what: `the job ${identifier} has ended`, deadlineMs: 60_000 },
  );
}

const text = (...names: readonly string[]) => names.map((name) => ({ name, type: 'string' }));
const properties = (...names: readonly string[]) =>
  names.map((identifier) => ({ identifier, displayName: identifier }));

/** Three kinds of accounts in one system: `account` at once, `safe` after a review, `badge` by hand. */
const kinds = ['account', 'safe', 'badge'] as const;

function configuration(hr: string, crm: string) {
  const system = (identifier: string) => ({ identifier, displayName: identifier });
  return {
    connectors: [system('hr'), system('crm')],
    connections: [
      {
        ...system('hr-store'),
        connector: 'hr',
        package: 'memory',
        settings: {
          store: hr,
          objectTypes: [{ name: 'person', key: 'identifier', attributes: text('identifier', 'mail', 'manager') }],
        },
      },
      {
        ...system('crm-store'),
        connector: 'crm',
        package: 'memory',
        settings: {
          store: crm,
          objectTypes: kinds.map((name) => ({ name, key: 'login', attributes: text('login', 'mail') })),
        },
      },
      { ...system('desk'), connector: 'crm', package: 'manual', settings: { instructions: 'Ask the desk.' } },
    ],
    entityTypes: [
      {
        ...system('person'),
        connection: 'hr-store',
        objectType: 'person',
        key: 'identifier',
        properties: properties('identifier', 'mail', 'manager'),
        identity: { email: 'mail', manager: 'manager' },
      },
      ...kinds.map((kind) => ({
        ...system(kind),
        connection: 'crm-store',
        objectType: kind,
        key: 'login',
        properties: properties('login', 'mail'),
      })),
    ],
    policies: [system('main')],
    singleRoles: [
      ...kinds.map((kind) => role(`${kind}-user`, { approvalWorkflow: 'NONE' })),
      role('lead', { approvalWorkflow: 'ONE_APPROVAL', approvers: ['manager'] }),
    ],
    resourceTypes: kinds.map((kind) => ({
      ...system(`${kind}-type`),
      sourceEntityType: 'person',
      targetEntityType: kind,
      connection: kind === 'badge' ? 'desk' : 'crm-store',
      blockProvisioning: kind === 'safe',
      key: 'person.identifier',
    })),
    typeRules: [
      ...kinds.map((kind) => ({ identifier: `${kind}-of-user`, resourceType: `${kind}-type`, role: `${kind}-user` })),
      { identifier: 'account-of-lead', resourceType: 'account-type', role: 'lead' },
    ],
    scalarRules: kinds.map((kind) => ({
      identifier: `${kind}-mail`,
      resourceType: `${kind}-type`,
      property: 'mail',
      value: 'person.mail',
    })),
    jobs: [{ ...system('complete'), mode: 'COMPLETE', steps: steps() }],
    profiles: [
      { profile: 'administrator', people: ['ada'] },
      { profile: 'operator', people: ['omar'] },
    ],
    serviceAccounts: [{ ...system('script'), profiles: ['script'] }],
  };
}

const role = (identifier: string, more: Readonly<Record<string, unknown>>) => ({
  identifier,
  displayName: identifier,
  description: `What a ${identifier} may do.`,
  isRequestable: true,
  ...more,
});

const steps = () => [
  { identifier: 'read-hr', kind: 'SYNCHRONIZE', connector: 'hr', level: 1 },
  { identifier: 'read-crm', kind: 'SYNCHRONIZE', connector: 'crm', level: 1 },
  { identifier: 'compute', kind: 'COMPUTE_ROLE_MODEL', level: 2 },
  { identifier: 'order', kind: 'GENERATE_PROVISIONING_ORDERS', level: 3 },
  { identifier: 'fulfill', kind: 'FULFILL', level: 4 },
];
