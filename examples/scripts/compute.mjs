// Starts the computation of the role model, safely repeated, waits for its end and exits by its state:
//   node examples/scripts/compute.mjs [idempotency key]
// Exit 0 completed, 3 finished with errors, 4 blocked by a threshold, 1 aborted, 5 refused.
import { randomUUID } from 'node:crypto';
import { setTimeout as delay } from 'node:timers/promises';
import { ask, refuse, signIn } from './session.mjs';

const key = process.argv[2] ?? `compute-${randomUUID()}`;
const exits = { COMPLETED: 0, WARNING: 0, ERRORED: 3, BLOCKED: 4, ABORTED: 1 };
const token = await signIn(process.env.JOINERY_TOKEN ? undefined : 'omar.benali');

const first = await start();
const again = await start();
process.stdout.write(`${first.number} started with the key ${key}; the same key again answers ${again.number}\n`);
if (first.id !== again.id) {
  process.stderr.write('A repeat with the same key started a second execution.\n');
  process.exit(1);
}
process.exitCode = exits[(await end(first.id)).state];

async function start() {
  const {
    roleModelCompute: { jobExecution, userErrors },
  } = await ask(
    token,
    `mutation Compute($key: String!) {
    roleModelCompute(input: { dryRun: false, fulfill: true }) @idempotent(key: $key) {
      jobExecution { id number state queueBoardUrl } userErrors { code message hint }
    }
  }`,
    { key },
  );
  refuse(userErrors);
  return jobExecution;
}

async function end(id) {
  for (let shown = ''; ; await delay(200)) {
    const { jobExecution } = await ask(
      token,
      `query Poll($id: ID!) {
      jobExecution(id: $id) { number state warningCount errorCount counters { read created updated deleted errored } tasks { kind state } }
    }`,
      { id },
    );
    const line = `${jobExecution.number} ${jobExecution.state} ${jobExecution.tasks.map(({ kind, state }) => `${kind}:${state}`).join(' ')}`;
    if (line !== shown) process.stdout.write(`${line}\n`);
    shown = line;
    if (jobExecution.state in exits) {
      process.stdout.write(`${JSON.stringify(jobExecution.counters)}\n`);
      return jobExecution;
    }
  }
}
