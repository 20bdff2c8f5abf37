// Makes a managed system of the demo company fail and recover:
//   node examples/scripts/target.mjs stop|start crm|expense
//   node examples/scripts/target.mjs show crm|expense <login>
// CRM: its PostgreSQL goes down and up. Expense: its folder is moved away and back. `show` prints what the system holds.
import { existsSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { connect } from 'node:net';
import { join, resolve } from 'node:path';
import pg from 'pg';

const [action, target, login] = process.argv.slice(2);
const demo = join(resolve(process.env.JOINERY_HOME ?? '.joinery'), 'demo');
const targets = { crm: turnCrm, expense: turnExpense };

const shows = { crm: showCrm, expense: showExpense };

if (!['stop', 'start', 'show'].includes(action) || !(target in targets)) {
  fail('Usage: node examples/scripts/target.mjs stop|start crm|expense, or show crm|expense <login>', 2);
}
if (!existsSync(demo)) fail(`There is no demo company in ${demo}: start it with npm start, or set JOINERY_HOME.`, 1);
if (action === 'show') await shows[target](login);
else await turn();

async function turn() {
  await targets[target](action);
  process.stdout.write(`${target} ${action === 'stop' ? 'is down' : 'is up'}\n`);
}

function showExpense() {
  const [header, ...lines] = readFileSync(join(demo, 'expense', 'expense.csv'), 'utf8').split('\n');
  const found = lines.find((line) => line.startsWith(`${login},`));
  process.stdout.write(`expense.csv: ${header}\n             ${found ?? `(no line of ${login})`}\n`);
}

async function showCrm() {
  const [port, password] = ['port', 'password'].map((name) => readFileSync(join(demo, 'crm', name), 'utf8'));
  const client = new pg.Client({ host: '127.0.0.1', port: Number(port), user: 'crm', database: 'postgres', password });
  await client.connect();
  const { rows } = await client.query(
    `select a.login, a.email, a.display_name, array_remove(array_agg(m.group_name order by m.group_name), null) as groups
     from account a left join membership m using (login) where a.login = $1 group by a.login`,
    [login],
  );
  process.stdout.write(`crm: ${rows.length === 0 ? `(no account of ${login})` : JSON.stringify(rows[0])}\n`);
  await client.end();
}

function turnExpense() {
  const [here, away] = [join(demo, 'expense'), join(demo, 'expense.away')];
  const [from, to] = action === 'stop' ? [here, away] : [away, here];
  if (existsSync(from)) renameSync(from, to);
}

async function turnCrm() {
  const marker = join(demo, 'crm', 'stopped');
  if (action === 'stop') writeFileSync(marker, '');
  else rmSync(marker, { force: true });
  const port = Number(readFileSync(join(demo, 'crm', 'port'), 'utf8'));
  const deadline = Date.now() + 30_000;
  while ((await answers(port)) !== (action === 'start')) {
    if (Date.now() > deadline) fail(`The CRM on port ${port} did not ${action} in 30 s. Is the server running?`, 1);
    await new Promise((done) => setTimeout(done, 100));
  }
}

function answers(port) {
  return new Promise((done) => {
    const socket = connect(port, '127.0.0.1');
    socket.once('connect', () => done(true)).once('error', () => done(false));
    socket.once('connect', () => socket.destroy());
  });
}

function fail(message, code) {
  process.stderr.write(`${message}\n`);
  process.exit(code);
}
