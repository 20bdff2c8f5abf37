// Makes a managed system of the demo company fail and recover:
//   node examples/scripts/target.mjs stop|start crm|expense
// CRM: its PostgreSQL goes down and up. Expense: its folder is moved away and back.
import { existsSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { connect } from 'node:net';
import { join, resolve } from 'node:path';

const [action, target] = process.argv.slice(2);
const demo = join(resolve(process.env.JOINERY_HOME ?? '.joinery'), 'demo');
const targets = { crm: turnCrm, expense: turnExpense };

if (!['stop', 'start'].includes(action) || !(target in targets)) fail('Usage: node examples/scripts/target.mjs stop|start crm|expense', 2);
if (!existsSync(demo)) fail(`There is no demo company in ${demo}: start it with npm start, or set JOINERY_HOME.`, 1);
await targets[target](action);
process.stdout.write(`${target} ${action === 'stop' ? 'is down' : 'is up'}\n`);

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
