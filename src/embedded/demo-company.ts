// The demo company's managed systems: HR and Expense as files, CRM as a PostgreSQL instance of its own.
// Owns making them at the first start and letting `examples/scripts/target.mjs` stop the CRM alone; the rules are
// examples/acme/configuration, what happens with the data is the engine's business.
import { randomBytes } from 'node:crypto';
import { existsSync } from 'node:fs';
import { copyFile, mkdir, readFile, rename, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { parse } from 'csv-parse/sync';
import { stringify } from 'csv-stringify/sync';
import pg from 'pg';
import { type EmbeddedPostgres, startEmbeddedPostgres } from './postgres.js';

const dataFolder = fileURLToPath(new URL('../../examples/acme/data/', import.meta.url));
const watchEveryMs = 250;

export interface DemoCompany {
  /** Stops the CRM and the watch over it. */
  stop(): Promise<void>;
}

export interface DemoOptions {
  /** Absolute path of the data folder. */
  readonly home: string;
  /** ISO calendar day that the relative dates of the HR file count from. */
  readonly today: string;
  readonly log: (line: string) => void;
}

/** Makes the company when it is not there yet, starts its CRM, and keeps to what target.mjs asks. */
export async function startDemoCompany(options: DemoOptions): Promise<DemoCompany> {
  const folder = join(options.home, 'demo');
  if (!existsSync(join(folder, 'hr'))) await makeFiles(folder, options.today);
  const crm = join(folder, 'crm');
  await rm(join(crm, 'stopped'), { force: true });
  const instance = await startCrm(crm, options.log);
  if (!existsSync(join(crm, 'filled'))) await fillCrm(instance.url, crm);
  return superviseCrm(crm, instance, options.log);
}

/** Written beside and renamed, so that a start cut short begins again from nothing. */
async function makeFiles(folder: string, today: string): Promise<void> {
  const draft = join(folder, 'hr.draft');
  await mkdir(draft, { recursive: true });
  await mkdir(join(folder, 'expense'), { recursive: true });
  await copyFile(join(dataFolder, 'expense.csv'), join(folder, 'expense', 'expense.csv'));
  for (const name of ['departments.csv', 'sites.csv']) await copyFile(join(dataFolder, name), join(draft, name));
  await writeFile(
    join(draft, 'people.csv'),
    datedPeople(await readFile(join(dataFolder, 'people.csv'), 'utf8'), today),
  );
  await rename(draft, join(folder, 'hr'));
}

type Row = Readonly<Record<string, string>>;
const rowsOf = (text: string): readonly Row[] => parse(text, { columns: true }) as readonly Row[];

function datedPeople(text: string, today: string): string {
  const dated = rowsOf(text).map((row) => ({
    ...row,
    startDate: dayAfter(today, row.startDate ?? ''),
    endDate: dayAfter(today, row.endDate ?? ''),
  }));
  return stringify([...dated], { header: true });
}

function dayAfter(today: string, offset: string): string {
  if (offset === '') return '';
  const day = new Date(`${today}T00:00:00Z`);
  day.setUTCDate(day.getUTCDate() + Number(offset));
  return day.toISOString().slice(0, 10);
}

async function startCrm(crm: string, log: (line: string) => void): Promise<EmbeddedPostgres> {
  await mkdir(crm, { recursive: true });
  const kept = await readFile(join(crm, 'port'), 'utf8').catch(() => '');
  const password = await keptPassword(join(crm, 'password'));
  const options = { dataDir: join(crm, 'data'), user: 'crm', password, log };
  const instance = await startEmbeddedPostgres(kept === '' ? options : { ...options, port: Number(kept) });
  // The connection's settings read port and password from these files.
  await writeFile(join(crm, 'port'), String(instance.port));
  return instance;
}

async function keptPassword(path: string): Promise<string> {
  const kept = await readFile(path, 'utf8').catch(() => '');
  if (kept !== '') return kept;
  const made = randomBytes(24).toString('base64url');
  await writeFile(path, made, { mode: 0o600 });
  return made;
}

const crmTables = `
  create table account (login text primary key, email text not null, display_name text not null);
  create table crm_group (name text primary key, description text not null);
  create table membership (
    login text not null references account (login) on delete cascade,
    group_name text not null references crm_group (name),
    primary key (login, group_name)
  );`;
const crmInserts = [
  [
    'crm-accounts.csv',
    'insert into account select login, email, display_name from json_populate_recordset(null::account, $1)',
  ],
  [
    'crm-groups.csv',
    'insert into crm_group select name, description from json_populate_recordset(null::crm_group, $1)',
  ],
  [
    'crm-memberships.csv',
    'insert into membership select login, group_name from json_populate_recordset(null::membership, $1)',
  ],
] as const;

async function fillCrm(url: string, crm: string): Promise<void> {
  const client = new pg.Client({ connectionString: url });
  await client.connect();
  try {
    await client.query('begin');
    await client.query(`drop table if exists membership, crm_group, account; ${crmTables}`);
    for (const [file, insert] of crmInserts) {
      await client.query(insert, [JSON.stringify(rowsOf(await readFile(join(dataFolder, file), 'utf8')))]);
    }
    await client.query('commit');
  } finally {
    await client.end();
  }
  await writeFile(join(crm, 'filled'), '');
}

/** The file `stopped` asks for the CRM to be down. It stays this process's child, so that no orphan can be left. */
function superviseCrm(crm: string, first: EmbeddedPostgres, log: (line: string) => void): DemoCompany {
  let running: EmbeddedPostgres | null = first;
  let turning = Promise.resolve();
  const turn = async (): Promise<void> => {
    const isAskedDown = existsSync(join(crm, 'stopped'));
    if (isAskedDown && running !== null) {
      await running.stop();
      running = null;
    }
    if (!isAskedDown && running === null) running = await startCrm(crm, log);
  };
  const report = (error: unknown): void => log(`The demo's CRM cannot be turned on or off: ${String(error)}`);
  const watch = setInterval(() => {
    turning = turning.then(turn).catch(report);
  }, watchEveryMs);
  return {
    stop: async () => {
      clearInterval(watch);
      await turning;
      await running?.stop();
    },
  };
}
