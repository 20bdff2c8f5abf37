// What a step of a story does to its world: people act through the API, data changes in the systems, time passes.
// Owns the way from the words of a step to the API's; what was refused is a result, what cannot be done is thrown.
import { setTimeout as delay } from 'node:timers/promises';
import { decideOrders, decideReconciliation, resumeExecution } from './act-decision.js';
import { cancelRequest, decideRequest, submitRequest } from './act-request.js';
import { ApiError } from './api.js';
import { instantOf, later } from './instant.js';
import { type Memory, remember } from './memory.js';
import { type Refusal, refusalOf, refusalsIn, type UserErrors } from './refusal.js';
import { executionOf, identityId, resourceTypeId, roleId, type SeenExecution } from './sight.js';
import type { Step, TableChange } from './shape.js';
import { changed } from './table.js';
import type { World } from './world.js';

export interface Done {
  /** Null: it was done. */
  readonly refused: Refusal | null;
  /** What a raw operation answered. */
  readonly data: unknown;
}

const done: Done = { refused: null, data: null };

/** Does what the step says and waits until all that follows from it by itself has happened. */
export async function act(world: World, memory: Memory, step: Step): Promise<Done> {
  try {
    const result = await perform(world, memory, step);
    // A request that was approved, or an order, is under way now.
    await world.quiet();
    return result;
  } catch (error) {
    const refused = error instanceof ApiError ? refusalOf(error) : null;
    if (refused === null) throw error;
    return { refused, data: null };
  }
}

async function perform(world: World, memory: Memory, step: Step): Promise<Done> {
  if (step.hr !== undefined) return changeData(world, memory, step.hr);
  if (step.target !== undefined) return changeTargets(world, memory, step.target);
  if (step.at !== undefined) return passTime(world, memory, instantOf(step.at, world.zone));
  if (step.after !== undefined) return passTime(world, memory, later(world.clock.now(), step.after, world.zone));
  if (typeof step.run === 'string') return runJob(world, memory, step.run);
  if (step.run !== undefined) return runJob(world, memory, step.run.job, step.run.by);
  if (step.request !== undefined) return refusable(await submitRequest(world, memory, step.request));
  if (step.cancel !== undefined) return refusable(await cancelRequest(world, memory, step.cancel));
  if (step.approve !== undefined) return refusable(await decideRequest(world, memory, step.approve, 'APPROVED'));
  if (step.decline !== undefined) return refusable(await decideRequest(world, memory, step.decline, 'DECLINED'));
  if (step.configure !== undefined) return configure(world, step.configure);
  if (step.resume !== undefined) return refusable(await resumeExecution(world, memory, step.resume));
  if (step.reconcile !== undefined) return refusable(await decideReconciliation(world, step.reconcile));
  if (step.graphql !== undefined) return askRaw(world, memory, step.graphql);
  return refusable(await decideOrders(world, step));
}

const refusable = (refused: Refusal | null): Done => ({ refused, data: null });

async function configure(world: World, overlay: NonNullable<Step['configure']>): Promise<Done> {
  await world.configure(overlay);
  return done;
}

/** People's doings are no changes of the program: what they leave in the systems counts as seen. */
export async function changeData(
  world: World,
  memory: Memory,
  changes: Readonly<Record<string, TableChange>>,
): Promise<Done> {
  for (const [name, change] of Object.entries(changes)) {
    const table = world.targets.table(name);
    const before = await table.read();
    const { rename = {}, ...rest } = table.rename === undefined ? change : { ...change, rename: {} };
    for (const [from, to] of Object.entries(change.rename ?? {})) await table.rename?.(from, to);
    await table.write(changed(await table.read(), { ...rest, rename }), change.header);
    remember(memory, table, before, await table.read());
  }
  return done;
}

async function changeTargets(world: World, memory: Memory, target: NonNullable<Step['target']>): Promise<Done> {
  for (const [name, what] of Object.entries(target)) {
    if (typeof what !== 'string') {
      await changeData(world, memory, { [name]: what });
      continue;
    }
    const connection = world.targets.connection(name);
    if (connection === null) throw new Error(`«${name}» is no connection of a system that stories make or name`);
    await connection.turn(what === 'up');
  }
  return done;
}

async function passTime(world: World, memory: Memory, instant: Date): Promise<Done> {
  await world.clock.moveTo(instant);
  await world.quiet();
  return runJob(world, memory, 'incremental');
}

const endStates = new Set(['COMPLETED', 'WARNING', 'ERRORED', 'BLOCKED', 'ABORTED']);
const deadlineMs = 60_000;

interface Launched {
  readonly jobLaunch: UserErrors & { readonly jobExecution: { readonly id: string } | null };
}

/** `by`: who launches it; null: the onlooker. */
export async function runJob(
  world: World,
  memory: Memory,
  identifier: string,
  by: string | null = null,
): Promise<Done> {
  const { jobLaunch } = await world
    .api()
    .ask<Launched>(
      by,
      'mutation($i: JobLaunchInput!) { jobLaunch(input: $i) { jobExecution { id } userErrors { code message } } }',
      { i: { jobIdentifier: identifier } },
    );
  if (jobLaunch.jobExecution === null) return refusable(refusalsIn(jobLaunch));
  memory.execution = jobLaunch.jobExecution.id;
  await ended(world, memory.execution);
  return done;
}

async function ended(world: World, id: string): Promise<SeenExecution> {
  const deadline = Date.now() + deadlineMs;
  for (;;) {
    const execution = await executionOf(world.api(), id);
    if (endStates.has(execution.state)) return execution;
    if (Date.now() > deadline)
      throw new Error(`the job has not ended within ${deadlineMs / 1000} s (${execution.state})`);
    await delay(25);
  }
}

async function askRaw(world: World, memory: Memory, raw: NonNullable<Step['graphql']>): Promise<Done> {
  const variables = (await resolved(world, memory, raw.variables ?? {})) as Readonly<Record<string, unknown>>;
  const data = await world.api().ask<Readonly<Record<string, unknown>>>(raw.by, raw.query, variables);
  const errors = Object.values(data).flatMap((field) => refusalsIn(field as Partial<UserErrors> | null) ?? []);
  for (const [name, path] of Object.entries(raw.keep ?? {})) memory.kept.set(name, valueAt(data, path));
  return { refused: errors[0] ?? null, data };
}

const valueAt = (data: unknown, path: string): unknown =>
  path.split('.').reduce<unknown>((value, key) => (value as Readonly<Record<string, unknown>> | null)?.[key], data);

/** `{ $identity: camille.roy }` and its like become ids. */
async function resolved(world: World, memory: Memory, value: unknown): Promise<unknown> {
  if (Array.isArray(value)) return Promise.all(value.map((one) => resolved(world, memory, one)));
  if (typeof value !== 'object' || value === null) return value;
  const [[key, name] = [], ...more] = Object.entries(value);
  if (more.length === 0 && typeof name === 'string') {
    if (key === '$identity') return identityId(world.api(), name);
    if (key === '$role') return roleId(world.api(), name);
    if (key === '$resourceType') return resourceTypeId(world.api(), name);
    if (key === '$request') return memory.requests.get(name);
    if (key === '$kept') return memory.kept.get(name);
  }
  const pairs = Object.entries(value).map(async ([field, one]) => [field, await resolved(world, memory, one)] as const);
  return Object.fromEntries(await Promise.all(pairs));
}
