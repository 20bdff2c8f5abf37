// A plan that is applied gives exactly its changes, and whoever moved since is refused or left out. Found by chance over a whole town
// on a real database: what the plan says is compared with what stands in the accounts afterwards.
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import fc from 'fast-check';
import type { Actor } from '../../src/domain/actor.js';
import { applyPlan, type ApplyPlanPorts } from '../../src/steps/apply-plan.js';
import { computePlanned, type ComputePlannedPorts } from '../../src/steps/compute-planned.js';
import { planComputer, planRoleModel } from '../../src/steps/plan-role-model.js';
import { candidateStore } from '../../src/store/configuration-candidate.js';
import { configurationStore } from '../../src/store/configuration.js';
import { orderGenerationStore } from '../../src/store/order-generation.js';
import { planStore } from '../../src/store/plan.js';
import { runs, timeLimit } from './run-count.js';
import { type Happening, happening } from './town.js';
import { compiled } from './town-model.js';
import { openTown, outcomeOf, type Town } from './town-world.js';

let town: Town;
beforeAll(async () => {
  town = await openTown('planned');
});
afterAll(() => town.close());

const operator: Actor = {
  kind: 'identity',
  identityId: '00000000-0000-7000-8000-000000000001',
  identifier: 'omar',
  displayName: 'Omar',
  profiles: ['operator'],
};

type PlanPorts = ComputePlannedPorts & ApplyPlanPorts & Parameters<typeof planRoleModel>[0];
function portsOf({ world: { database }, ports }: Town): PlanPorts {
  const stores = {
    ...ports,
    orderGeneration: orderGenerationStore(database),
    plans: planStore(database),
    configurations: configurationStore(database),
    candidates: { ...candidateStore(database), compile: compiled, expire: () => undefined },
  };
  return { ...stores, computer: planComputer(stores) };
}

const linesOf = async (text: string): Promise<readonly string[]> =>
  (await town.world.database.query<{ line: string }>(text)).rows.map(({ line }) => line);
const change = `' ' || resource_type || ' ' || resource_key || ' ' || delta::text`;
const plannedLines = () =>
  linesOf(`select identity_id || ${change} as line from planned_change where kind <> 'ASSOCIATE' order by 1`);
/** Accounts whose row the last transactions wrote, with what waits to be written. */
const writtenLines = (since: string) =>
  linesOf(`select identity_id || ${change} as line from resource_assignment where delta is not null and provisioning_state <> 'ERROR'
           and updated_at > '${since}' order by 1`);
const clock = async (): Promise<string> => (await linesOf('select clock_timestamp()::text as line'))[0] ?? '';

interface Case {
  readonly happenings: readonly Happening[];
  /** What happens between the plan and its writes. */
  readonly moves: readonly Happening[];
  /** Only after the check of the whole plan, before the first transaction. */
  readonly isLate: boolean;
}

async function applied({ happenings, moves, isLate }: Case, ports: PlanPorts): Promise<void> {
  await town.begin();
  for (const what of happenings) await town.happen(what);
  await town.read();
  const { planId, inputsDigest } = await planRoleModel(ports, { scope: { kind: 'all' }, createdBy: 'service:test' });
  const planned = await plannedLines();
  const taken = await applyPlan(ports, operator, { planId, inputsDigest, isConfiguration: false, trigger: 'API' });
  if (!taken.ok) throw new Error(JSON.stringify(taken.refusals));
  const move = async (): Promise<void> => {
    for (const what of moves) await town.happen(what);
    await town.read();
  };
  if (!isLate) await move();
  const before = await outcomeOf(town.world.database);
  let since = await clock();
  const drift: PlanPorts['computer']['drift'] = async (plan, signal) => {
    const found = await ports.computer.drift(plan, signal);
    if (isLate) await move();
    since = await clock();
    return found;
  };
  const request = { planId, executionId: taken.value, appliedBy: 'service:test', isReleased: true };
  const { state, warnings } = await computePlanned({ ...ports, computer: { drift } }, request);
  const isRefused = state === 'ERRORED';
  const isLeftOut = (line: string): boolean =>
    warnings.some((text) => text.includes(`Identity ${line.slice(0, 36)} moved`));
  const wanted = isRefused ? { outcome: before, hasMoved: true } : planned.filter((line) => !isLeftOut(line));
  const found = isRefused
    ? { outcome: await outcomeOf(town.world.database), hasMoved: moves.length > 0 }
    : await writtenLines(since);
  expect(found).toEqual(wanted);
}

const story = fc.array(happening, { minLength: 3, maxLength: 25, size: 'max' });
/** Somebody else's mail address is another wish for whoever has an account. */
const moves = fc.array(
  happening.filter(({ kind }) => kind === 'row' || kind === 'decided' || kind === 'gone' || kind === 'days'),
  { maxLength: 3 },
);
const cases: fc.Arbitrary<Case> = fc.record({ happenings: story, moves, isLate: fc.boolean() });

test(
  'what is written is what was planned, but for whoever moved; nothing, where that was seen before the first write',
  async () => {
    await fc.assert(
      fc.asyncProperty(cases, (one) => applied(one, portsOf(town))),
      runs(12),
    );
  },
  timeLimit,
);

/** What a plan remembers of an identity, as text: plan-input.ts. */
const isPlanText = (text: string): boolean => /^(?:\[\["[0-9a-f-]{36}"|[0-9a-f-]{36}\n)/.test(text);

/** Nobody looks whether anything has moved: neither before the first write nor inside the transactions. */
function withoutDrift(ports: PlanPorts): PlanPorts {
  const nothing = { moved: [], movedCount: 0, identityCount: 0, configurationVersion: null, violations: [] };
  const { digest } = ports.environment;
  return {
    ...ports,
    computer: { ...ports.computer, drift: () => Promise.resolve(nothing) },
    environment: { ...ports.environment, digest: (text) => (isPlanText(text) ? 'as planned' : digest(text)) },
  };
}

test('control: without the check for what moved something else is written than was planned', async () => {
  const result = await fc.check(
    fc.asyncProperty(cases, (one) => applied(one, withoutDrift(portsOf(town)))),
    { numRuns: 40, endOnFailure: true },
  );
  expect(result.failed).toBe(true);
  expect(String(result.errorInstance)).toContain('toEqual');
});
