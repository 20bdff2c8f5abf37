// A dry run on a real database: says what the computation would do, and does not do it.
import { afterAll, beforeAll, beforeEach, describe, expect, test } from '@jest/globals';
import { systemActor } from '../../src/domain/actor.js';
import { planner, type PlanPorts, planRoleModel } from '../../src/steps/plan-role-model.js';
import { orderGenerationStore } from '../../src/store/order-generation.js';
import { planStore } from '../../src/store/plan.js';
import { planViews } from '../../src/store/views/plan.js';
import { openWorld, outcomeOf, type World } from './role-model-world.js';

let world: World;
let ports: PlanPorts;
let views: ReturnType<typeof planViews>;
beforeAll(async () => {
  world = await openWorld('plan');
  ports = { ...world.ports, orderGeneration: orderGenerationStore(world.database), plans: planStore(world.database) };
  views = planViews(world.database);
});
afterAll(() => world.close());
beforeEach(async () => {
  await world.database.query('truncate resource, dirty_identity, event, provisioning_plan cascade');
});

const everybody = { scope: { kind: 'all' }, createdBy: 'service:test' } as const;
const page = { first: 50, after: null };

describe('a plan', () => {
  test('says what would be written, and writes nothing', async () => {
    const id = await world.person('ada');
    await world.resource('bea', { attributes: { email: 'bea@acme.example' } });
    await world.person('bea');
    const before = await outcomeOf(world.database);
    const { planId, summary, violations, identityCount } = await planRoleModel(ports, everybody);
    expect(identityCount).toBe(2);
    expect(summary).toEqual({
      createCount: 1,
      updateCount: 0,
      deleteCount: 0,
      associateCount: 1,
      unchangedCount: 0,
      affectedIdentityCount: 2,
      byResourceType: [{ resourceType: 'crm-account', createCount: 1, updateCount: 0, deleteCount: 0 }],
    });
    expect(violations).toEqual([]);
    const [plan] = await views.byIds([planId]);
    expect(plan).toMatchObject({ state: 'READY', summary, createdBy: 'service:test' });
    const { rows } = await views.changes(planId, { kind: ['CREATE'] }, page);
    expect(rows).toMatchObject([
      {
        identityId: id,
        resourceKey: 'ada',
        kind: 'CREATE',
        delta: { scalars: [{ property: 'email', to: 'ada@acme.example' }] },
      },
    ]);
    expect(await outcomeOf(world.database)).toEqual(before);
    expect((await world.database.query('select from dirty_identity')).rows).toHaveLength(2);
    expect((await world.database.query('select from event')).rows).toHaveLength(0);
  });

  test('has a digest that moves with what it was made from, and with nothing else', async () => {
    await world.person('ada');
    await world.compute();
    const digest = async () => (await planRoleModel(ports, everybody)).inputsDigest;
    const first = await digest();
    expect(await digest()).toBe(first);
    await world.person('ada', { email: 'new@acme.example' });
    expect(await digest()).not.toBe(first);
  });

  test('takes requested items as approved', async () => {
    const id = await world.person('ada');
    await world.compute();
    await world.carryOut();
    const planned = await planner(ports).plan(
      {
        identityIds: [id],
        assumedItems: [{ identityId: id, role: 'editor', action: 'ADD', startDate: null, endDate: null }],
      },
      systemActor,
    );
    const { rows } = await views.changes(planned, null, page);
    expect(rows).toMatchObject([{ kind: 'UPDATE', delta: { links: [{ property: 'groups', add: ['editors'] }] } }]);
    expect((await views.byIds([planned]))[0]).toMatchObject({
      createdBy: 'system:joinery',
      summary: { updateCount: 1, unchangedCount: 0 },
    });
    await world.approve(id, 'editor');
    await world.compute();
    await world.carryOut();
    const removal = await planner(ports).plan(
      {
        identityIds: [id],
        assumedItems: [{ identityId: id, role: 'editor', action: 'REMOVE', startDate: null, endDate: null }],
      },
      systemActor,
    );
    expect((await views.changes(removal, { destructiveOnly: true }, page)).rows).toMatchObject([
      { delta: { links: [{ remove: ['editors'] }] } },
    ]);
    const later = await planner(ports).plan(
      {
        identityIds: [id],
        assumedItems: [{ identityId: id, role: 'viewer', action: 'ADD', startDate: '2031-06-01', endDate: null }],
      },
      systemActor,
    );
    expect(await views.countChanges(later, null)).toBe(0);
  });

  test('reports the limits that carrying it out would pass', async () => {
    const people = Array.from({ length: 20 }, (_, index) => `person-${index}`);
    for (const name of people) await world.person(name);
    await world.compute();
    await world.carryOut();
    for (const name of people.slice(0, 8)) await world.person(name, { department: 'legal' });
    const { violations } = await planRoleModel(ports, everybody);
    expect(violations.map(({ name, actual }) => [name, actual])).toEqual([
      ['role-model.loss.percent', 40],
      ['orders.delete.percent', 40],
    ]);
  });

  test('that cannot be computed is kept as failed', async () => {
    await world.person('ada');
    const broken: PlanPorts = {
      ...ports,
      roleModel: { ...ports.roleModel, preview: () => Promise.reject(new Error('broken')) },
    };
    await expect(planRoleModel(broken, everybody)).rejects.toThrow('broken');
    const { rows } = await world.database.query('select state from provisioning_plan');
    expect(rows).toEqual([{ state: 'FAILED' }]);
  });
});
