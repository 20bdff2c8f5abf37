// Runs stories: each in a world of its own, several at a time, step by step until the first difference.
// Owns the order of a story and its result; how a result is printed is the command's.
import { performance } from 'node:perf_hooks';
import { setTimeout as delay } from 'node:timers/promises';
import { act, changeData, runJob } from './act.js';
import { companyOf } from './company.js';
import type { Difference, Situation } from './difference.js';
import { differences, refusalDifference } from './expect.js';
import { problemAt, readStory, type StoryFile, type StoryProblem, written } from './file.js';
import type { StoryGround } from './ground.js';
import { shownInstant } from './instant.js';
import { lookAround, type Memory, newMemory } from './memory.js';
import { executionOf } from './sight.js';
import type { Step } from './shape.js';
import { startWorld, type World } from './world.js';

export interface StoryResult {
  /** Relative to where the command runs. */
  readonly file: string;
  /** Null for a file that is no story. */
  readonly title: string | null;
  readonly isPassed: boolean;
  readonly problems: readonly StoryProblem[];
  readonly durationMs: number;
}

export interface RunOptions {
  readonly ground: StoryGround;
  /** Absolute paths of story files. */
  readonly files: readonly string[];
  /** Folder with configuration/ and data/ for stories that name no company. */
  readonly fallback: string;
  readonly concurrency: number;
  /** Where `{ $env: NAME }` of company files is looked up. */
  readonly variable: (name: string) => string | undefined;
  /** As soon as a story has ended. */
  readonly onResult: (result: StoryResult) => void;
}

/** Results in the order of the files. */
export async function runStories(options: RunOptions): Promise<readonly StoryResult[]> {
  const results: StoryResult[] = [];
  const waiting = [...options.files.entries()];
  const lane = async (): Promise<void> => {
    for (let next = waiting.shift(); next !== undefined; next = waiting.shift()) {
      const [index, file] = next;
      const result = await runStory(options, file);
      results[index] = result;
      options.onResult(result);
    }
  };
  await Promise.all(Array.from({ length: Math.max(1, options.concurrency) }, lane));
  return results;
}

async function runStory(options: RunOptions, path: string): Promise<StoryResult> {
  const startedAt = performance.now();
  const result = (file: string, title: string | null, problems: readonly StoryProblem[]): StoryResult => ({
    file,
    title,
    problems,
    isPassed: problems.length === 0,
    durationMs: Math.round(performance.now() - startedAt),
  });
  const reading = await readStory(path);
  if (!reading.ok) return result(reading.problems[0]?.file ?? path, null, reading.problems);
  const file = reading.value;
  const problems = await told(options, file).catch((error: unknown) => [
    problemAt(file.name, file.place([]), `the story cannot be run: ${messageOf(error)}`),
  ]);
  return result(file.name, file.story.title, problems);
}

async function told({ ground, fallback, variable }: RunOptions, file: StoryFile): Promise<readonly StoryProblem[]> {
  const company = await companyOf(file, fallback, variable);
  if (!company.ok) return company.problems;
  const world = await startWorld(ground, company.value);
  try {
    const memory = newMemory();
    if (file.story.data !== undefined) await changeData(world, memory, file.story.data);
    if (file.story.load !== false) await load(world, memory);
    await lookAround(world, memory);
    for (const [index, step] of file.story.steps.entries()) {
      const found = await tell(world, memory, step);
      if (found.length > 0) return found.map((one) => stepProblem(file, world, index, one));
    }
    return [];
  } finally {
    await world.stop();
  }
}

/** A story begins with what the company holds being known, and with nothing left to do. */
async function load(world: World, memory: Memory): Promise<void> {
  await runJob(world, memory, 'complete');
  await world.quiet();
  const { state, tasks } = await executionOf(world.api(), memory.execution ?? '');
  if (state === 'COMPLETED' || state === 'WARNING') return;
  const reasons = tasks.flatMap(({ identifier, error }) => (error === null ? [] : `${identifier}: ${error.message}`));
  throw new Error(`the first run of the job complete ended ${state}. ${reasons.join(' ')}`);
}

/** Differences by path within the step. */
async function tell(world: World, memory: Memory, step: Step): Promise<readonly Difference[]> {
  const outcome = await act(world, memory, step).catch((error: unknown) => messageOf(error));
  if (typeof outcome === 'string') return [{ path: [], message: outcome }];
  const refusal = refusalDifference(step.expect?.refused, outcome.refused);
  if (refusal !== null) return [refusal];
  if (step.expect === undefined) return [];
  const found = await differencesInTime({ world, memory, data: outcome.data }, step.expect);
  await lookAround(world, memory);
  return found.map(({ path, message }) => ({ path: ['expect', ...path], message }));
}

const patienceMs = 5_000;

/** What is not yet so may become so in a moment: a stream is behind, a system that is back is probed once a second. */
async function differencesInTime(
  situation: Situation,
  expected: NonNullable<Step['expect']>,
): Promise<readonly Difference[]> {
  const deadline = Date.now() + patienceMs;
  for (;;) {
    const found = await look(situation, expected);
    if (found.length === 0 || Date.now() > deadline) return found;
    await delay(100);
    await situation.world.quiet();
  }
}

const look = (situation: Situation, expected: NonNullable<Step['expect']>): Promise<readonly Difference[]> =>
  differences(situation, expected).catch((error: unknown) => [{ path: [], message: messageOf(error) }]);

function stepProblem({ name, place }: StoryFile, world: World, index: number, found: Difference): StoryProblem {
  const path = ['steps', index, ...found.path];
  const when = shownInstant(world.clock.now(), world.zone);
  return problemAt(name, place(path), `${written(path)} (${when} in the story):\n${found.message}`);
}

const messageOf = (error: unknown): string =>
  error instanceof AggregateError
    ? error.errors.map(messageOf).join('; ')
    : error instanceof Error
      ? error.message
      : String(error);
