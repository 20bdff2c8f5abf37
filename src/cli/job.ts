// `joinery job run`: launches a job, follows it to its end, and turns the end state into the exit code.
import { randomUUID } from 'node:crypto';
import { setTimeout as delay } from 'node:timers/promises';
import { z } from 'zod';
import type { Config } from '../config.js';
import { ask, type Client, connect } from './client.js';
import { type ExitCode, exitCodes, Failure } from './exit.js';

export interface RunOptions {
  readonly dryRun?: boolean;
  readonly watch?: boolean;
  readonly json?: boolean;
  readonly as?: string;
}

const executionFields = `id number state isDryRun warningCount errorCount
  counters { read created updated deleted skipped errored }
  tasks { identifier kind state progress { done total } error { code message hint } counters { read created updated deleted skipped errored } }
  rootFailure { identifier error { code message hint } }
  thresholdViolations { name limit actual }`;

const counters = z.object({
  read: z.number(),
  created: z.number(),
  updated: z.number(),
  deleted: z.number(),
  skipped: z.number(),
  errored: z.number(),
});
const taskError = z.object({ code: z.string(), message: z.string(), hint: z.string().nullable() }).nullable();
const execution = z.object({
  id: z.string(),
  number: z.string(),
  state: z.string(),
  isDryRun: z.boolean(),
  warningCount: z.number(),
  errorCount: z.number(),
  counters,
  tasks: z.array(
    z.object({
      identifier: z.string(),
      kind: z.string(),
      state: z.string(),
      error: taskError,
      counters,
      progress: z.object({ done: z.number(), total: z.number().nullable() }),
    }),
  ),
  rootFailure: z.object({ identifier: z.string(), error: taskError }).nullable(),
  thresholdViolations: z.array(z.object({ name: z.string(), limit: z.number(), actual: z.number() })),
});
type Execution = z.infer<typeof execution>;

const launched = z.object({
  jobLaunch: z.object({
    jobExecution: z.object({ id: z.string() }).nullable(),
    userErrors: z.array(z.object({ code: z.string(), message: z.string(), hint: z.string().nullable() })),
  }),
});

export async function runJob(config: Config, identifier: string, options: RunOptions): Promise<void> {
  const client = await connect(config, options.as);
  const id = await launch(client, identifier, options.dryRun === true);
  const end = await follow(client, id, options.watch === true);
  process.stdout.write(options.json === true ? `${JSON.stringify(end, null, 2)}\n` : report(end));
  process.exitCode = exitCodeOf(end);
}

async function launch(client: Client, identifier: string, dryRun: boolean): Promise<string> {
  const mutation = `mutation Launch($input: JobLaunchInput!, $key: String!) {
    jobLaunch(input: $input) @idempotent(key: $key) { jobExecution { id } userErrors { code message hint } } }`;
  const { jobLaunch } = await ask(
    client,
    mutation,
    { input: { jobIdentifier: identifier, dryRun }, key: randomUUID() },
    launched,
  );
  if (jobLaunch.jobExecution !== null) return jobLaunch.jobExecution.id;
  const refusal = jobLaunch.userErrors[0];
  throw new Failure(
    exitCodes.refused,
    refusal === undefined
      ? `The job ${identifier} was not launched.`
      : [refusal.message, refusal.hint ?? ''].join(' ').trim(),
  );
}

const endStates: Readonly<Record<string, ExitCode>> = {
  COMPLETED: exitCodes.ok,
  WARNING: exitCodes.ok,
  ERRORED: exitCodes.finishedWithErrors,
  BLOCKED: exitCodes.blocked,
  ABORTED: exitCodes.failure,
};
/** What was not written is an error for scripts, though the run itself came to its end; other warnings are none. */
export function exitCodeOf(run: Ended): ExitCode {
  if (run.state === 'WARNING' && hasErrored(run)) return exitCodes.finishedWithErrors;
  return endStates[run.state] ?? exitCodes.failure;
}

export type Ended = Pick<Execution, 'state' | 'errorCount'> & {
  readonly tasks: readonly { readonly kind: string; readonly counters: { readonly errored: number } }[];
};

const hasErrored = ({ errorCount, tasks }: Ended): boolean =>
  errorCount > 0 || tasks.some(({ kind, counters: { errored } }) => kind === 'FULFILL' && errored > 0);

export async function follow(client: Client, id: string, isWatched: boolean): Promise<Execution> {
  let shown = '';
  for (;;) {
    const { jobExecution } = await ask(
      client,
      `query Execution($id: ID!) { jobExecution(id: $id) { ${executionFields} } }`,
      { id },
      z.object({ jobExecution: execution }),
    );
    const line = progressLine(jobExecution);
    if (isWatched && line !== shown) process.stderr.write(`${line}\n`);
    shown = line;
    if (jobExecution.state in endStates) return jobExecution;
    await delay(250);
  }
}

function progressLine(run: Execution): string {
  const task = run.tasks.find(({ state }) => state === 'RUNNING');
  if (task === undefined) return `${run.number} ${run.state}`;
  return `${run.number} ${run.state}  ${task.identifier} ${task.progress.done}/${task.progress.total ?? '…'}`;
}

export function report(run: Execution): string {
  const rows = run.tasks.map((task) => {
    const { read, created, updated, deleted, errored } = task.counters;
    return `  ${task.identifier.padEnd(36)} ${task.state.padEnd(10)} read ${read}, created ${created}, updated ${updated}, deleted ${deleted}, errored ${errored}`;
  });
  const violations = run.thresholdViolations.map(
    ({ name, limit, actual }) => `  over the limit ${name}: ${actual}, allowed ${limit}`,
  );
  const failure = run.rootFailure?.error;
  const reason = failure
    ? [`  ${run.rootFailure?.identifier}: ${failure.message}${failure.hint === null ? '' : ` ${failure.hint}`}`]
    : [];
  return [`${run.number} ${run.state}${run.isDryRun ? ' (dry run)' : ''}`, ...rows, ...violations, ...reason, ''].join(
    '\n',
  );
}
