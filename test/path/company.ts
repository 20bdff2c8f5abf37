// The demo company as a running program for journeys: started as `joinery start` starts it, asked over HTTP and graphql-ws.
import { cp, mkdtemp, readFile, rename, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { createClient } from 'graphql-ws';
import WebSocket from 'ws';
import { startJoinery } from '../../src/program.js';
import { readConfig } from '../../src/config.js';
import { createTestDatabase } from '../support/database.js';
import { testRedisUrl } from '../support/redis.js';
import { waitFor } from '../support/wait-for.js';

export const backends = ['Redis', 'PostgreSQL'] as const;
export type Backend = (typeof backends)[number];

export interface Company {
  readonly url: string;
  /** To look at the rows, and for further processes of the same company. */
  readonly databaseUrl: string;
  readonly home: string;
  signIn(person: string): Promise<string>;
  /** Throws the first GraphQL error. */
  ask<T>(person: string, query: string, variables?: Readonly<Record<string, unknown>>): Promise<T>;
  /** Items as they come, kept in the returned list; `stop` ends the subscription. */
  watch<T>(
    person: string,
    query: string,
    variables?: Readonly<Record<string, unknown>>,
  ): Promise<{ readonly items: readonly T[]; stop(): Promise<void> }>;
  editHr(change: (text: string) => string): Promise<void>;
  readExpense(): Promise<string>;
  /** Moves the Expense folder away or back. */
  turnExpense(isUp: boolean): Promise<void>;
  /** Asks for the CRM to be down or up, as target.mjs does. */
  turnCrm(isUp: boolean): Promise<void>;
  stop(): Promise<void>;
}

const source = fileURLToPath(new URL('../../examples/acme/configuration', import.meta.url));

/**
 * The demo's, without schedules: a job that starts by the clock between two lines of a test takes what the test's own run should find
 * (the incremental job holds back the changes, and the run after it ends WARNING, not BLOCKED).
 */
export async function writeConfiguration(directory: string): Promise<void> {
  await cp(source, directory, { recursive: true });
  const operations = join(directory, 'operations.yaml');
  const text = await readFile(operations, 'utf8');
  await writeFile(operations, text.replaceAll(/^ *schedule: .*\n/gm, ''));
}

export async function startCompany(backend: Backend): Promise<Company> {
  const home = await mkdtemp(join(tmpdir(), 'joinery-path-'));
  const configuration = join(home, 'configuration');
  await writeConfiguration(configuration);
  const database = await createTestDatabase('path');
  const environment = {
    DATABASE_URL: database.url,
    JOINERY_DEMO: '1',
    JOINERY_HOME: home,
    JOINERY_CONFIGURATION: configuration,
    JOINERY_PORT: '0',
    JOINERY_LOG_LEVEL: 'error',
    ...(backend === 'Redis' ? { REDIS_URL: await testRedisUrl() } : {}),
  };
  const running = await startJoinery(readConfig(environment), () => undefined);
  const url = running.url ?? '';
  const stop = async (): Promise<void> => {
    await running.stop();
    await database.drop();
    await rm(home, { recursive: true, force: true });
  };
  return { ...files(home), ...client(url), url, databaseUrl: database.url, home, stop };
}

function files(home: string): Pick<Company, 'editHr' | 'readExpense' | 'turnExpense' | 'turnCrm'> {
  const demo = join(home, 'demo');
  const people = join(demo, 'hr', 'people.csv');
  return {
    editHr: async (change) => writeFile(people, change(await readFile(people, 'utf8'))),
    readExpense: () => readFile(join(demo, 'expense', 'expense.csv'), 'utf8'),
    turnExpense: (isUp) =>
      isUp
        ? rename(join(demo, 'expense.away'), join(demo, 'expense'))
        : rename(join(demo, 'expense'), join(demo, 'expense.away')),
    turnCrm: (isUp) => (isUp ? rm(join(demo, 'crm', 'stopped')) : writeFile(join(demo, 'crm', 'stopped'), '')),
  };
}

/** Asks a server as its clients do. */
export function client(url: string): Pick<Company, 'signIn' | 'ask' | 'watch'> {
  const tokens = new Map<string, string>();
  const signIn = async (person: string): Promise<string> => {
    const token = tokens.get(person) ?? ((await post(`${url}/demo/token`, {}, { person })).token as string);
    tokens.set(person, token);
    return token;
  };
  return {
    signIn,
    ask: async <T>(person: string, query: string, variables: Readonly<Record<string, unknown>> = {}): Promise<T> => {
      const answer = await post(
        `${url}/graphql`,
        { authorization: `Bearer ${await signIn(person)}` },
        { query, variables },
      );
      if (answer.errors !== undefined) throw new Error(JSON.stringify(answer.errors));
      return answer.data as T;
    },
    watch: async <T>(person: string, query: string, variables: Readonly<Record<string, unknown>> = {}) =>
      follow<T>(url, await signIn(person), query, variables),
  };
}

async function post(
  url: string,
  headers: Readonly<Record<string, string>>,
  body: unknown,
): Promise<Readonly<Record<string, unknown>>> {
  const answer = await fetch(url, {
    method: 'POST',
    headers: { 'content-type': 'application/json', ...headers },
    body: JSON.stringify(body),
  });
  return (await answer.json()) as Readonly<Record<string, unknown>>;
}

async function follow<T>(url: string, token: string, query: string, variables: Readonly<Record<string, unknown>>) {
  const socket = createClient({
    url: `${url.replace(/^http/, 'ws')}/graphql`,
    webSocketImpl: WebSocket,
    connectionParams: { authorization: `Bearer ${token}` },
  });
  const items: T[] = [];
  const iteration = socket.iterate<Record<string, T>>({ query, variables: { ...variables } });
  const reading = (async () => {
    for await (const { data, errors } of iteration) {
      if (errors !== undefined) throw new Error(JSON.stringify(errors));
      items.push(...Object.values(data ?? {}));
    }
  })();
  // Told to the test that waits for items; here it only must not end the process.
  reading.catch((error: unknown) => items.push({ __typename: 'Failed', message: String(error) } as T));
  return {
    items,
    stop: async () => {
      await iteration.return?.();
      await socket.dispose();
    },
  };
}

/** Launches a job as the operator and waits for its end. */
export async function runToEnd(
  company: Company,
  identifier: string,
): Promise<{ readonly state: string; readonly id: string }> {
  const { jobLaunch } = await company.ask<{
    jobLaunch: { jobExecution: { id: string } | null; userErrors: readonly { code: string }[] };
  }>(
    'omar.benali',
    'mutation($i: JobLaunchInput!) { jobLaunch(input: $i) { jobExecution { id } userErrors { code message } } }',
    { i: { jobIdentifier: identifier } },
  );
  const id = jobLaunch.jobExecution?.id;
  if (id === undefined) throw new Error(JSON.stringify(jobLaunch.userErrors));
  return endOf(company, id);
}

export function endOf(company: Company, id: string): Promise<{ readonly state: string; readonly id: string }> {
  return waitFor(
    async () => {
      const { jobExecution } = await company.ask<{
        jobExecution: { id: string; state: string; finishedAt: string | null };
      }>('omar.benali', 'query($id: ID!) { jobExecution(id: $id) { id state finishedAt } }', { id });
      return jobExecution.finishedAt === null ? null : jobExecution;
    },
    { what: `execution ${id} has ended`, deadlineMs: 60_000 },
  );
}
