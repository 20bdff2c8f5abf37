// Holds what an expectation says against what is seen. Answers differences with the path in the expectation, so that each is
// shown at its line; asking and looking is sight.ts'.
import { type Difference, difference, isWay, shown, type Situation, wayOf } from './difference.js';
import { expectedOrders } from './expect-order.js';
import { expectedRows } from './expect-table.js';
import { requestNamed } from './act-request.js';
import type { Refusal } from './refusal.js';
import {
  assignmentsOf,
  executionOf,
  explanationOf,
  nameOf,
  reconciliationItemsIn,
  requestOf,
  type SeenAssignment,
  type SeenCondition,
  type SeenItem,
  valuesOf,
} from './sight.js';
import type { Expectation } from './shape.js';
import type { Passed, World } from './world.js';

export async function differences(situation: Situation, expected: Expectation): Promise<readonly Difference[]> {
  const found = [
    await expectedAssignments(situation, expected.assignments ?? {}),
    await expectedOrders(situation, expected),
    await expectedRows(situation, expected),
    await expectedRequest(situation, expected.request),
    await expectedExplanations(situation, expected.explanation),
    await expectedExecution(situation, expected.execution),
    await expectedItems(situation, expected.reconciliation),
    expected.data === undefined || holds(situation.data, expected.data)
      ? []
      : [difference(['data'], expected.data, situation.data)],
  ];
  return found.flat();
}

/** Null: as expected. */
export function refusalDifference(expected: string | undefined, refused: Refusal | null): Difference | null {
  if (expected === undefined) return refused === null ? null : { path: [], message: `was refused: ${refused.message}` };
  if (refused === null) return difference(['expect', 'refused'], expected, 'not refused');
  return refused.codes.includes(expected) ? null : difference(['expect', 'refused'], expected, refused.message);
}

async function expectedAssignments(
  { world, memory }: Situation,
  people: NonNullable<Expectation['assignments']>,
): Promise<readonly Difference[]> {
  const all: Difference[] = [];
  const passed = world.assignments().slice(memory.passedAssignments);
  for (const [person, things] of Object.entries(people)) {
    const seen = await assignmentsOf(world.api(), person);
    for (const [thing, states] of Object.entries(things)) {
      const candidates = seen.filter((one) => nameOf(one) === thing);
      const found = await Promise.all(
        (candidates.length === 0 ? [undefined] : candidates).map((one) => stateDifferences(world, one, states, passed)),
      );
      // An identity may have several accounts of a type: one that fits is enough.
      const best = found.toSorted((left, right) => left.length - right.length)[0] ?? [];
      all.push(...best.map(({ path, message }) => ({ path: ['assignments', person, thing, ...path], message })));
    }
  }
  return all;
}

type States = NonNullable<Expectation['assignments']>[string][string];

async function stateDifferences(
  world: World,
  found: SeenAssignment | undefined,
  states: States,
  passed: readonly Passed[],
): Promise<readonly Difference[]> {
  const both = found === undefined ? 'absent' : `${found.workflowState}/${found.provisioningState}`;
  if (typeof states === 'string') return fitsStates(both, states) ? [] : [difference([], states, both)];
  if (found === undefined) return [difference([], 'an assignment', 'absent')];
  const way = wayOf(passed, found.id);
  return [
    ...differs(['workflow'], states.workflow, found.workflowState),
    ...differs(['provisioning'], states.provisioning, found.provisioningState),
    ...differs(['from'], states.from, found.startDate),
    ...differs(['until'], states.until, found.endDate),
    ...(states.passed === undefined || isWay(way, states.passed) ? [] : [difference(['passed'], states.passed, way)]),
    ...(states.values === undefined ? [] : await valueDifferences(world, found, states.values)),
  ];
}

/** `VERIFIED` alone is not enough to say: WORKFLOW or WORKFLOW/PROVISIONING. */
const fitsStates = (found: string, expected: string): boolean =>
  found === expected || (!expected.includes('/') && found.startsWith(`${expected}/`));

const differs = (path: Difference['path'], expected: unknown, found: unknown): readonly Difference[] =>
  expected === undefined || expected === found ? [] : [difference(path, expected, found)];

async function valueDifferences(
  world: World,
  { id }: SeenAssignment,
  values: Readonly<Record<string, string>>,
): Promise<readonly Difference[]> {
  const seen = await valuesOf(world.api(), id);
  return Object.entries(values).flatMap(([name, states]) => {
    const found = seen.filter(({ property }) => property.identifier === name);
    const texts = found.map((value) => `${value.workflowState}/${value.provisioningState}`);
    const isSo = texts.length === 0 ? states === 'absent' : texts.some((text) => fitsStates(text, states));
    return isSo ? [] : [difference(['values', name], states, texts.join(', ') || 'absent')];
  });
}

async function expectedRequest(
  { world, memory }: Situation,
  expected: Expectation['request'],
): Promise<readonly Difference[]> {
  if (expected === undefined) return [];
  const found = await requestOf(world.api(), requestNamed(memory, expected.name), null);
  const waiting = found.waitingOn.flatMap(({ actor }) => actor.identifier ?? []).toSorted();
  const warnings = found.items.flatMap((item) => item.warnings.map(({ kind }) => kind)).toSorted();
  return [
    ...differs(['request', 'state'], expected.state, found.state),
    ...listDiffers(['request', 'waiting-on'], expected['waiting-on'], waiting),
    ...listDiffers(['request', 'warnings'], expected.warnings, warnings),
  ];
}

const listDiffers = (
  path: Difference['path'],
  expected: readonly string[] | undefined,
  found: readonly string[],
): readonly Difference[] =>
  expected === undefined || expected.toSorted().join() === found.join() ? [] : [difference(path, expected, found)];

async function expectedExplanations(
  { world }: Situation,
  expected: Expectation['explanation'],
): Promise<readonly Difference[]> {
  const list = expected === undefined ? [] : Array.isArray(expected) ? expected : [expected];
  const all: Difference[] = [];
  for (const [index, one] of list.entries()) {
    const path = Array.isArray(expected) ? ['explanation', index] : ['explanation'];
    const found = await explanationOf(world.api(), one.for, one.of);
    const steps = found.paths.flatMap((way) => way.steps);
    const misses = found.nearMisses.flatMap(({ rule, failed }) => [rule.summary, ...failed.map(shownCondition)]);
    const conditions = steps.flatMap((step) => step.conditions.map(shownCondition));
    const labels = steps.map(({ label, decidedBy, comment }) =>
      [label, decidedBy?.displayName ?? '', comment ?? ''].filter((part) => part !== '').join(', '),
    );
    const text = [found.summary, ...labels, ...conditions, ...misses].join('\n');
    all.push(...differs([...path, 'verdict'], one.verdict, found.verdict));
    const says = one.says === undefined ? [] : [one.says].flat();
    const missing = says.filter((words) => !text.includes(words));
    if (missing.length > 0) all.push(difference([...path, 'says'], missing.join('\n'), text));
  }
  return all;
}

const shownCondition = ({ expression, actualValue }: SeenCondition): string => `${expression} (${shown(actualValue)})`;

async function expectedExecution(
  { world, memory }: Situation,
  expected: Expectation['execution'],
): Promise<readonly Difference[]> {
  if (expected === undefined) return [];
  if (memory.execution === null) return [difference(['execution'], 'an execution', 'none ran before this step')];
  const found = await executionOf(world.api(), memory.execution);
  const failed = found.tasks.filter(({ error }) => error !== null);
  const reasons = failed.map(({ identifier, error }) => `${identifier}: ${error?.message}`).join('\n');
  const state = reasons === '' ? found.state : `${found.state} (${reasons})`;
  return [
    ...(expected.state === undefined || expected.state === found.state
      ? []
      : [difference(['execution', 'state'], expected.state, state)]),
    ...listDiffers(
      ['execution', 'violations'],
      expected.violations,
      found.thresholdViolations.map(({ name }) => name).toSorted(),
    ),
    ...listDiffers(['execution', 'errors'], expected.errors, failed.map(({ identifier }) => identifier).toSorted()),
  ];
}

async function expectedItems(
  { world }: Situation,
  expected: Expectation['reconciliation'],
): Promise<readonly Difference[]> {
  if (expected === undefined) return [];
  const rest = (await reconciliationItemsIn(world.api())).map(plainItem);
  const missing = expected.filter((item) => {
    const index = rest.findIndex((one) => holds(one, item));
    if (index >= 0) rest.splice(index, 1);
    return index < 0;
  });
  if (missing.length === 0 && rest.length === 0) return [];
  return [{ path: ['reconciliation'], message: `not found: ${shown(missing)}\nfound besides: ${shown(rest)}` }];
}

const plainItem = (item: SeenItem) => ({
  kind: item.kind,
  for: item.identity?.identifier,
  resource: item.resource?.externalId ?? item.resource?.displayName,
  property: item.property?.identifier,
  current: item.currentValue,
  expected: item.expectedValue,
  suggestion: item.suggestion,
});

/** The found value has at least what is expected: objects by key, lists in the same order and length. */
function holds(found: unknown, expected: unknown): boolean {
  if (Array.isArray(expected))
    return (
      Array.isArray(found) &&
      found.length === expected.length &&
      expected.every((one, index) => holds(found[index], one))
    );
  if (typeof expected !== 'object' || expected === null) return found === expected;
  if (typeof found !== 'object' || found === null) return false;
  return Object.entries(expected).every(([key, value]) =>
    holds((found as Readonly<Record<string, unknown>>)[key], value),
  );
}
