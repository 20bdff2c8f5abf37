// A plan that is applied on a real database: exactly its changes are written, and whatever moved is refused or left out.
import { afterAll, beforeAll, beforeEach, describe, expect, test } from '@jest/globals';
import { celCompiler } from '../../src/adapters/expression.js';
import type { Actor } from '../../src/domain/actor.js';
import { compileModel } from '../../src/domain/role-model/compile.js';
import type { TaskResult } from '../../src/domain/job.js';
import { applyPlan, type ApplyPlanPorts } from '../../src/steps/apply-plan.js';
import { computePlanned, type ComputePlannedPorts } from '../../src/steps/compute-planned.js';
import { openPlan } from '../../src/steps/open-plan.js';
import { planComputer, planRoleModel } from '../../src/steps/plan-role-model.js';
import { candidateStore } from '../../src/store/configuration-candidate.js';
import { configurationStore } from '../../src/store/configuration.js';
import { jobExecutionStore } from '../../src/store/job-execution.js';
import { orderGenerationStore } from '../../src/store/order-generation.js';
import { planStore } from '../../src/store/plan.js';
import { openWorld, outcomeOf, type World } from './role-model-world.js';

let world: World;
let ports: ComputePlannedPorts & ApplyPlanPorts;
beforeAll(async () => {
  world = await openWorld('apply');
  const { database } = world;
  const stores = {
    ...world.ports,
    orderGeneration: orderGenerationStore(database),
    plans: planStore(database),
    configurations: configurationStore(database),
    candidates: {
      ...candidateStore(database),
      compile: (version: number, configuration: Parameters<typeof compileModel>[1]) =>
        compileModel(version, configuration, celCompiler()),
      expire: () => undefined,
    },
  };
  ports = { ...stores, computer: planComputer(stores) };
});
afterAll(() => world.close());
beforeEach(async () => {
  await world.database.query('truncate resource, dirty_identity, event, provisioning_plan, job_execution cascade');
});

const operator: Actor = {
  kind: 'identity',
  identityId: '00000000-0000-7000-8000-000000000001',
  identifier: 'omar',
  displayName: 'Omar',
  profiles: ['operator'],
};
const scope = { kind: 'all' } as const;

const planned = () =>
  planRoleModel(
    { ...ports, roleModel: world.ports.roleModel, orderGeneration: orderGenerationStore(world.database) },
    { scope, createdBy: 'service:test' },
  );

const apply = async (planId: string, inputsDigest: string) =>
  applyPlan(ports, operator, { planId, inputsDigest, isConfiguration: false, trigger: 'API' });

/** Takes the plan and carries it out; `meanwhile` happens between the two. */
async function carriedOut(meanwhile?: () => Promise<unknown>): Promise<TaskResult> {
  const { planId, inputsDigest } = await planned();
  const applied = await apply(planId, inputsDigest);
  if (!applied.ok) throw new Error(JSON.stringify(applied.refusals));
  await meanwhile?.();
  return computePlanned(ports, { planId, executionId: applied.value, appliedBy: 'service:test', isReleased: false });
}

describe('applying a plan', () => {
  test('writes exactly what a computation would have written', async () => {
    for (const key of ['ada', 'bea', 'cleo']) await world.person(key);
    const result = await carriedOut();
    expect(result).toMatchObject({ state: 'COMPLETED', warnings: [], counters: { read: 3 } });
    const byPlan = await outcomeOf(world.database);
    await world.compute();
    expect(await outcomeOf(world.database)).toEqual(byPlan);
    expect((await world.database.query('select from dirty_identity')).rows).toHaveLength(0);
  });

  test('is refused when somebody moved, and says who and which account', async () => {
    await world.person('ada');
    const bea = await world.person('bea');
    const { planId, inputsDigest } = await planned();
    await world.person('bea', { email: 'new@acme.example' });
    const applied = await apply(planId, inputsDigest);
    expect(applied).toMatchObject({
      ok: false,
      refusals: [
        { code: 'PLAN_DRIFTED', rule: 'plan.unmoved', message: expect.stringContaining('1 of 2 people moved') },
        { code: 'PLAN_DRIFTED', message: expect.stringContaining('crm-account bea') },
      ],
    });
    expect(JSON.stringify(applied)).toContain(bea.replaceAll('-', ''));
  });

  test('is refused for a person who came, and for one who is gone', async () => {
    const ada = await world.person('ada');
    const { planId, inputsDigest } = await planned();
    await world.person('bea');
    expect(await apply(planId, inputsDigest)).toMatchObject({ ok: false, refusals: [{ code: 'PLAN_DRIFTED' }, {}] });
    await world.database.query(`delete from resource where key = 'bea'`);
    await world.database.query('delete from resource where id = $1', [ada]);
    expect(await apply(planId, inputsDigest)).toMatchObject({ ok: false, refusals: [{ code: 'PLAN_DRIFTED' }] });
  });

  test('is refused under another configuration, another digest, or a second time', async () => {
    await world.person('ada');
    const first = await planned();
    expect(await apply(first.planId, 'something else')).toMatchObject({
      ok: false,
      refusals: [{ rule: 'plan.as-seen' }],
    });
    expect(await apply(first.planId, first.inputsDigest)).toMatchObject({ ok: true });
    expect(await apply(first.planId, first.inputsDigest)).toMatchObject({
      ok: false,
      refusals: [{ code: 'STATE_CONFLICT', rule: 'plan.applied-once' }],
    });
    const second = await planned();
    world.configure({});
    expect(await apply(second.planId, second.inputsDigest)).toMatchObject({
      ok: false,
      refusals: [{ code: 'PLAN_DRIFTED', message: expect.stringContaining('configuration') }],
    });
  });

  test('is refused when it has expired', async () => {
    await world.person('ada');
    const { planId, inputsDigest } = await planned();
    await world.database.query(`update provisioning_plan set expires_at = now() - interval '1 second'`);
    expect(await apply(planId, inputsDigest)).toMatchObject({ ok: false, refusals: [{ code: 'PLAN_EXPIRED' }] });
  });

  test('a mark without a cause moves nothing', async () => {
    await world.person('ada');
    await world.compute();
    await world.carryOut();
    const { planId, inputsDigest } = await planned();
    await world.person('ada');
    expect(await apply(planId, inputsDigest)).toMatchObject({ ok: true });
  });

  test('whose inputs moved before its execution began writes nothing, and cannot be applied any more', async () => {
    await world.person('ada');
    const before = await outcomeOf(world.database);
    const result = await carriedOut(() => world.person('ada', { email: 'late@acme.example' }));
    expect(result).toMatchObject({ state: 'ERRORED', failure: { message: expect.stringContaining('PLAN_DRIFTED') } });
    expect(await outcomeOf(world.database)).toEqual(before);
    expect((await world.database.query('select state from provisioning_plan')).rows).toEqual([{ state: 'EXPIRED' }]);
  });

  test('leaves out who moved between the check and the write, mark included', async () => {
    await world.person('ada');
    const bea = await world.person('bea');
    const honest = ports.computer;
    ports = {
      ...ports,
      computer: {
        drift: async (plan) => {
          const drift = await honest.drift(plan);
          await world.person('bea', { email: 'moved@acme.example' });
          return drift;
        },
      },
    };
    const { planId, inputsDigest } = await planned();
    const applied = await applyPlan({ ...ports, computer: honest }, operator, {
      planId,
      inputsDigest,
      isConfiguration: false,
      trigger: 'API',
    });
    if (!applied.ok) throw new Error(JSON.stringify(applied.refusals));
    const request = { planId, executionId: applied.value, appliedBy: 'service:test', isReleased: false };
    const result = await computePlanned(ports, request);
    ports = { ...ports, computer: honest };
    expect(result).toMatchObject({ state: 'WARNING', warnings: [expect.stringContaining(bea)] });
    const { rows } = await world.database.query<{ key: string }>('select resource_key as key from resource_assignment');
    expect(rows).toEqual([{ key: 'ada' }]);
    expect((await world.database.query('select identity_id as id from dirty_identity')).rows).toEqual([{ id: bea }]);
  });

  test('goes on after a crash with what is left', async () => {
    for (const key of ['ada', 'bea']) await world.person(key);
    const { planId, inputsDigest } = await planned();
    const applied = await apply(planId, inputsDigest);
    if (!applied.ok) throw new Error(JSON.stringify(applied.refusals));
    const request = { planId, executionId: applied.value, appliedBy: 'service:test', isReleased: false };
    const [first] = await ports.plans.identities(planId, null, 1, 'to be written');
    const cut = { ...ports.plans, identities: ports.plans.identities };
    cut.identities = async (id, after, limit, which) =>
      which === 'to be written'
        ? (await ports.plans.identities(id, null, limit, which)).filter((one) => one === first)
        : ports.plans.identities(id, after, limit, which);
    await computePlanned({ ...ports, plans: cut }, request);
    const again = await computePlanned(ports, request);
    expect(again).toMatchObject({ state: 'COMPLETED', counters: { read: 1 } });
    expect((await world.database.query('select from resource_assignment')).rows).toHaveLength(2);
  });

  test('over the loss threshold is blocked before the first write, until it is released', async () => {
    const people = Array.from({ length: 20 }, (_, index) => `person-${index}`);
    for (const key of people) await world.person(key);
    await world.compute();
    await world.carryOut();
    for (const key of people.slice(0, 8)) await world.person(key, { department: 'legal' });
    const before = await outcomeOf(world.database);
    const { planId, inputsDigest } = await planned();
    const applied = await apply(planId, inputsDigest);
    if (!applied.ok) throw new Error(JSON.stringify(applied.refusals));
    const request = { planId, executionId: applied.value, appliedBy: 'service:test' };
    expect(await computePlanned(ports, { ...request, isReleased: false })).toMatchObject({
      state: 'BLOCKED',
      violations: [{ name: 'role-model.loss.percent' }],
    });
    expect(await outcomeOf(world.database)).toEqual(before);
    expect(await computePlanned(ports, { ...request, isReleased: true })).toMatchObject({ state: 'COMPLETED' });
    expect(await outcomeOf(world.database)).not.toEqual(before);
  });
});

describe('opening a plan', () => {
  const open = (input: Partial<Parameters<typeof openPlan>[2]>) =>
    openPlan(
      {
        ...ports,
        plans: ports.plans,
        roleModel: world.ports.roleModel,
        executions: jobExecutionStore(world.database),
        computer: planComputer({
          ...ports,
          roleModel: world.ports.roleModel,
          orderGeneration: orderGenerationStore(world.database),
        }),
      },
      operator,
      {
        identityIds: null,
        resourceTypes: null,
        assumed: [],
        trigger: 'API',
        ...input,
      },
    );

  test('with requests taken as approved can be read and not applied', async () => {
    const ada = await world.person('ada');
    const item = { identityId: ada, role: 'editor', action: 'ADD', startDate: null, endDate: null } as const;
    const opened = await open({ assumed: [{ beneficiaryId: ada, isOpen: true, items: [item] }] });
    if (!opened.ok) throw new Error(JSON.stringify(opened.refusals));
    const plan = await ports.plans.load(opened.value.planId);
    expect(plan).toMatchObject({ state: 'READY', summary: { createCount: 1 } });
    expect(await apply(opened.value.planId, plan?.inputsDigest ?? '')).toMatchObject({
      ok: false,
      refusals: [{ rule: 'plan.assumes-nothing' }],
    });
  });

  test('refuses what is not there', async () => {
    expect(await open({ identityIds: [null] })).toMatchObject({
      ok: false,
      refusals: [{ field: ['input', 'identityIds', '0'] }],
    });
    expect(await open({ resourceTypes: ['nothing'] })).toMatchObject({ ok: false });
    expect(await open({ assumed: [null] })).toMatchObject({ ok: false });
  });

  test('for more than 500 people goes through an execution that writes nothing', async () => {
    await world.database.query(
      `insert into resource (id, entity_type, key, attributes, hash, seen_at)
       select gen_random_uuid(), 'person', 'p' || n, '{"login": "x", "department": "sales"}', n::text, now() from generate_series(1, 501) n`,
    );
    const opened = await open({});
    if (!opened.ok) throw new Error(JSON.stringify(opened.refusals));
    expect(opened.value.executionId).not.toBeNull();
    const { rows } = await world.database.query(
      `select e.is_dry_run as "isDryRun", e.plan_id = p.id as "isShown", p.state from job_execution e, provisioning_plan p`,
    );
    expect(rows).toEqual([{ isDryRun: true, isShown: true, state: 'COMPUTING' }]);
  });
});
