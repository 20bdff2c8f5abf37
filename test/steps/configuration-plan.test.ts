// A plan of a changed configuration on a real database: bound to what was looked at, judged by the stricter limits, and
// refused with what moved.
import { afterAll, beforeAll, beforeEach, describe, expect, test } from '@jest/globals';
import { celCompiler } from '../../src/adapters/expression.js';
import type { Actor } from '../../src/domain/actor.js';
import type { Configuration } from '../../src/domain/configuration.js';
import { compileModel } from '../../src/domain/role-model/compile.js';
import { applyPlan } from '../../src/steps/apply-plan.js';
import { computePlanned } from '../../src/steps/compute-planned.js';
import { openConfigurationPlan } from '../../src/steps/open-plan.js';
import { planComputer } from '../../src/steps/plan-role-model.js';
import type { PlanView } from '../../src/steps/ports/plan.js';
import { candidateStore } from '../../src/store/configuration-candidate.js';
import { configurationStore } from '../../src/store/configuration.js';
import { jobExecutionStore } from '../../src/store/job-execution.js';
import { orderGenerationStore } from '../../src/store/order-generation.js';
import { planStore } from '../../src/store/plan.js';
import { company } from '../domain/role-model/company.js';
import { openWorld, type World } from './role-model-world.js';

let world: World;
beforeAll(async () => {
  world = await openWorld('configuration-plan');
});
afterAll(() => world.close());
beforeEach(async () => {
  await world.database.query('truncate resource, dirty_identity, event, provisioning_plan, job_execution cascade');
});

const administrator: Actor = {
  kind: 'identity',
  identityId: '00000000-0000-7000-8000-000000000001',
  identifier: 'ada',
  displayName: 'Ada',
  profiles: ['administrator'],
};

/** The files are read already: what they say is given. */
function portsFor(configuration: Configuration) {
  const { database } = world;
  const stores = {
    ...world.ports,
    orderGeneration: orderGenerationStore(database),
    plans: planStore(database),
    configurations: configurationStore(database),
    executions: jobExecutionStore(database),
    candidates: {
      ...candidateStore(database),
      compile: (version: number, next: Configuration) => compileModel(version, next, celCompiler()),
      expire: () => undefined,
    },
    configurationReader: { read: () => Promise.resolve({ ok: true, configuration } as const) },
  };
  return { ...stores, computer: planComputer(stores) };
}

async function planOf(changes: Partial<Configuration>): Promise<PlanView> {
  const ports = portsFor({ ...company, ...changes });
  const opened = await openConfigurationPlan(ports, administrator, { files: [], trigger: 'API' });
  if (!opened.ok) throw new Error(JSON.stringify(opened.refusals));
  const plan = await ports.plans.load(opened.value.planId);
  if (plan === null) throw new Error('The plan is not there.');
  return plan;
}

const apply = ({ id }: PlanView, inputsDigest: string) =>
  applyPlan(portsFor(company), administrator, { planId: id, inputsDigest, isConfiguration: true, trigger: 'API' });

const withAdministrator = (person: string): Partial<Configuration> => ({
  profiles: [{ profile: 'administrator', people: [person] }],
});

describe('a plan of a changed configuration', () => {
  test('that concerns nobody has another digest for another configuration, and says what it changes', async () => {
    const reviewed = await planOf(withAdministrator('ada'));
    const another = await planOf(withAdministrator('eve'));
    expect(reviewed).toMatchObject({ state: 'READY', summary: { affectedIdentityCount: 0 } });
    expect(another.inputsDigest).not.toBe(reviewed.inputsDigest);
    expect((await planOf(withAdministrator('ada'))).inputsDigest).toBe(reviewed.inputsDigest);
    expect(await apply(another, reviewed.inputsDigest)).toMatchObject({
      ok: false,
      refusals: [{ code: 'PLAN_DRIFTED', message: 'The files are not those that were planned.' }],
    });
    expect(another.configurationChanges).toMatchObject([
      { kind: 'profiles', identifier: 'administrator', change: 'ADDED', after: { people: ['eve'] } },
    ]);
  });

  test('whose stored configuration is another one by now is refused, by the step and by its execution', async () => {
    const reviewed = await planOf(withAdministrator('ada'));
    const ports = portsFor(company);
    const before = await planOf(withAdministrator('ada'));
    const taken = await apply(before, before.inputsDigest);
    if (!taken.ok) throw new Error(JSON.stringify(taken.refusals));
    const eve = JSON.stringify({ ...company, ...withAdministrator('eve') });
    await world.database.query('update configuration_candidate set document = $1', [eve]);
    expect(await apply(reviewed, reviewed.inputsDigest)).toMatchObject({
      ok: false,
      refusals: [{ rule: 'plan.candidate-as-planned' }],
    });
    const request = { planId: before.id, executionId: taken.value, appliedBy: 'service:test', isReleased: true };
    expect(await computePlanned(ports, request)).toMatchObject({
      state: 'ERRORED',
      failure: { message: expect.stringContaining('not the one that was planned') },
    });
    expect((await world.database.query('select from configuration_version')).rows).toEqual([]);
  });

  test('is judged by the limits in force where its own are higher', async () => {
    const people = Array.from({ length: 20 }, (_, index) => `person-${index}`);
    for (const name of people) await world.person(name);
    await world.compute();
    await world.carryOut();
    const thresholds = { percent: 100, percentFloor: 1_000, absolute: null };
    const resourceTypes = company.resourceTypes.map((type) => ({ ...type, thresholds }));
    const { violations, summary } = await planOf({ resourceTypes, typeRules: [], roleRules: [] });
    expect(summary.deleteCount).toBe(20);
    expect(violations.map(({ name, limit }) => [name, limit])).toContainEqual(['orders.delete.percent', 30]);
  });
});

describe('another plan than was agreed to', () => {
  const changed: Partial<Configuration> = { typeRules: [] };
  /** Everybody is computed, and nothing comes out otherwise. */
  const reworded: Partial<Configuration> = {
    singleRoles: company.singleRoles.map((role) => ({ ...role, description: 'In other words' })),
  };
  const undecided = (identityId: string) =>
    world.database.query(
      `insert into role_assignment (identity_id, role, workflow_state, request_item_id) values ($1, 'editor', 'PENDING_APPROVAL', gen_random_uuid())`,
      [identityId],
    );

  test('is refused with the people who moved', async () => {
    await world.person('ada');
    const bea = await world.person('bea');
    const agreed = await planOf(changed);
    await world.person('bea', { email: 'new@acme.example' });
    const now = await planOf(changed);
    expect(now.inputsDigest).not.toBe(agreed.inputsDigest);
    const applied = await apply(now, agreed.inputsDigest);
    expect(applied).toMatchObject({
      ok: false,
      refusals: [{ rule: 'plan.as-seen', message: expect.stringMatching(/1 of 2 people moved.*bea/) }, {}],
    });
    expect(JSON.stringify(applied)).toContain(bea.replaceAll('-', ''));
  });

  test('of nothing that anybody planned is refused as such', async () => {
    expect(await apply(await planOf(changed), 'something else')).toMatchObject({
      ok: false,
      refusals: [{ message: expect.stringContaining('something else was looked at') }],
    });
  });

  test('is the same plan where a request came that nobody has decided', async () => {
    const ada = await world.person('ada');
    const agreed = await planOf(reworded);
    expect(agreed.summary.createCount).toBe(1);
    await undecided(ada);
    expect((await planOf(reworded)).inputsDigest).toBe(agreed.inputsDigest);
    await world.approve(ada, 'editor');
    expect((await planOf(reworded)).inputsDigest).not.toBe(agreed.inputsDigest);
  });
});
