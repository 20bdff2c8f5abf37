// A database of PostgreSQL as shipped; against psql with one file of the statements the package sends: a transaction that
// looks at the row, then writes it.
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import pg from 'pg';
import { startEmbeddedPostgres } from '#src/embedded/postgres.js';
import { type BenchSystem, type Round, runTool, systemFile, type Values } from './connector-system.js';

type ProgramModule = typeof import('../test/systems/program.mjs');

export async function startShop(folder: string): Promise<BenchSystem> {
  const { ensurePrograms } = (await import(systemFile('program'))) as ProgramModule;
  ensurePrograms('The benchmark of connectors', { psql: 'postgresql-client' });
  const server = await startEmbeddedPostgres({ dataDir: join(folder, 'shop'), log: () => undefined });
  await makeTable(server.url);
  const { hostname, port, username, password, pathname } = new URL(server.url);
  return {
    name: 'shop',
    package: 'sql',
    settings: {
      engine: 'postgresql',
      host: hostname,
      port: Number(port),
      database: pathname.slice(1),
      user: decodeURIComponent(username),
      password: decodeURIComponent(password),
      ssl: 'off',
      objectTypes: [{ name: 'clerks', table: 'clerk', key: 'id' }],
    },
    objectType: 'clerks',
    key: 'id',
    properties: { id: 'id', name: 'name', email: 'email' },
    control: 'one psql with one file: begin, select, insert or update, commit',
    values,
    change: async (names, round) => {
      const file = join(folder, `${round}.sql`);
      await writeFile(file, names.map((name) => transaction(name, round)).join('\n'));
      await runTool(['psql', '--no-psqlrc', '--quiet', '--set=ON_ERROR_STOP=1', `--file=${file}`, server.url]);
    },
    stop: () => server.stop(),
  };
}

async function makeTable(url: string): Promise<void> {
  const client = new pg.Client({ connectionString: url });
  await client.connect();
  await client.query('create table clerk (id text primary key, name text, email text)');
  await client.end();
}

const values = (name: string, round: Round): Values => ({
  name: `${round} ${name}`,
  email: `${name}.${round}@example.org`,
});

function transaction(name: string, round: Round): string {
  const { name: shown, email } = values(name, round);
  const look = `select name is not distinct from '${shown}', email is not distinct from '${email}' from clerk where id = '${name}'`;
  const lines =
    round === 'create'
      ? [`${look};`, `insert into clerk (id, name, email) values ('${name}', '${shown}', '${email}');`]
      : [`${look} for update;`, `update clerk set name = '${shown}', email = '${email}' where id = '${name}';`];
  return ['begin;', ...lines, 'commit;'].join('\n');
}
