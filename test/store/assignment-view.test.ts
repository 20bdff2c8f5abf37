// Assignments as they are shown: the states that the domain says, filters, pages, and what each reader may see.
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import type { ReadScope } from '../../src/domain/permission.js';
import { provisioningStateNames } from '../../src/domain/provisioning-state.js';
import { hasEffects, shownRole } from '../../src/domain/role-model/role-state.js';
import type { AssignmentFilter, AssignmentView } from '../../src/steps/ports/assignment.js';
import { assignmentViews } from '../../src/store/views/assignment.js';
import { openWorld, type World } from '../steps/role-model-world.js';

let world: World;
let views: ReturnType<typeof assignmentViews>;
let ada: string;
let bea: string;
beforeAll(async () => {
  world = await openWorld('assignment_view');
  views = assignmentViews(world.database, world.ports.models);
  ada = await world.person('ada');
  bea = await world.person('bea', { department: 'legal' });
  await world.approve(ada, 'lead', { endDate: '2031-12-31' });
  await world.approve(bea, 'editor', { startDate: '2031-06-01' });
  await world.compute();
});
afterAll(() => world.close());

const all = (filter: AssignmentFilter | null = null, scope: ReadScope = 'all') => ({ filter, scope });
const first = { first: 100, after: null };
const named = (view: AssignmentView): string =>
  `${view.identityId === ada ? 'ada' : 'bea'} ${view.kind === 'role' ? view.role : view.resourceType} ${view.workflowState}/${view.provisioningState}`;
const shownTo = async (filter: AssignmentFilter | null, scope?: ReadScope) =>
  (await views.page(all(filter, scope), [], first)).rows.map(named);

describe('a list', () => {
  test('has roles and accounts, person by person', async () => {
    const inOrder = [ada, bea].sort();
    const each = await Promise.all(inOrder.map((id) => shownTo({ identityId: { eq: id } })));
    expect(await shownTo(null)).toEqual(each.flat());
    expect(await shownTo({ identityId: { eq: ada } })).toEqual([
      'ada editor GIVEN_BY_A_ROLE/PENDING',
      'ada lead APPROVED/PENDING',
      'ada seller CALCULATED/PENDING',
      'ada viewer GIVEN_BY_A_ROLE/PENDING',
      'ada crm-account GIVEN_BY_A_ROLE/PENDING',
    ]);
    expect(await shownTo({ identityId: { eq: bea } })).toEqual(['bea editor APPROVED/NONE']);
  });

  test.each<[string, AssignmentFilter, readonly string[]]>([
    ['roleId', { roleId: { eq: 'editor' } }, ['ada editor', 'bea editor']],
    ['roleId nin', { roleId: { nin: ['editor', 'lead', 'viewer'] } }, ['ada crm-account', 'ada seller']],
    ['resourceTypeId', { resourceTypeId: { in: ['crm-account'] } }, ['ada crm-account']],
    ['resourceTypeId isNull', { resourceTypeId: { isNull: false } }, ['ada crm-account']],
    ['workflowState', { workflowState: ['APPROVED'] }, ['ada lead', 'bea editor']],
    ['provisioningState', { provisioningState: ['NONE'] }, ['bea editor']],
    ['isAutomatic', { isAutomatic: false }, ['ada lead', 'bea editor']],
    ['endDate', { endDate: { gte: '2031-12-31' } }, ['ada lead']],
    ['endDate isNull', { endDate: { isNull: true }, isAutomatic: false }, ['bea editor']],
    ['updatedAt', { updatedAt: { lt: new Date('2020-01-01') } }, []],
    ['and, or, not', { and: [{ identityId: { eq: 'ada' } }] }, []],
    ['or', { or: [{ roleId: { eq: 'seller' } }, { roleId: { eq: 'viewer' } }] }, ['ada seller', 'ada viewer']],
    ['not', { not: { workflowState: ['GIVEN_BY_A_ROLE', 'CALCULATED'] } }, ['ada lead', 'bea editor']],
    ['no ids of ours', { identityId: { eq: 'nobody' } }, []],
  ])('filters by %s', async (_, filter, expected) => {
    const found = (await shownTo(filter)).map((text) => text.replace(/ \S+\/\S+$/, ''));
    expect(found.sort()).toEqual(expected);
    expect(await views.count(all(filter))).toBe(expected.length);
  });

  test.each(['ROLE_NAME', 'PROVISIONING_STATE', 'UPDATED_AT', 'END_DATE'] as const)(
    'sorts by %s, and pages meet without gaps',
    async (field) => {
      for (const direction of ['ASC', 'DESC'] as const) {
        const order = [{ field, direction }];
        const whole = (await views.page(all(), order, first)).rows.map(named);
        const walked: string[] = [];
        let after: Awaited<ReturnType<typeof views.page>>['keys'][number] | null = null;
        do {
          const page = await views.page(all(), order, { first: 2, after });
          walked.push(...page.rows.map(named));
          after = page.hasNextPage ? (page.keys.at(-1) ?? null) : null;
        } while (after !== null);
        expect(walked).toEqual(whole);
        expect(whole).toHaveLength(6);
      }
    },
  );
});

test('ids of roles and accounts find them, and only within what is asked', async () => {
  const rows = (await views.page(all(), [], first)).rows;
  const found = await views.byIds(
    rows.map(({ id }) => id),
    all(),
  );
  expect([...found.values()].map(named).sort()).toEqual(rows.map(named).sort());
  expect(
    (
      await views.byIds(
        rows.map(({ id }) => id),
        all({ roleId: { eq: 'seller' } }),
      )
    ).size,
  ).toBe(1);
  expect((await views.byIds(['nonsense', `${ada}:nothing`, "x'; drop table resource"], all())).size).toBe(0);
  expect(await views.matching(all(), 3)).toHaveLength(4);
});

describe('a reader', () => {
  const reader = { identityId: '', identifier: 'ada', own: true, reports: false, ownedRoles: false, candidate: false };

  test('sees what the scope says', async () => {
    expect(await shownTo(null, 'none')).toEqual([]);
    expect((await shownTo(null, { ...reader, identityId: bea })).map((text) => text.slice(0, 3))).toEqual(['bea']);
    expect(await shownTo({ identityId: { eq: ada } }, { ...reader, identityId: bea })).toEqual([]);
  });

  test('sees the roles they own', async () => {
    const owned = { ...reader, own: false, ownedRoles: true };
    expect(await shownTo(null, owned)).toEqual([]);
    world.configure({
      singleRoles: (await world.ports.models.current()).configuration.singleRoles.map((role) => ({
        ...role,
        owner: role.identifier === 'editor' ? 'ada' : null,
      })),
    });
    expect((await shownTo(null, owned)).map((text) => text.slice(4, 10))).toEqual(['editor', 'editor']);
  });
});

test('every combination of row, reason and account shows what the domain says', async () => {
  const model = await world.ports.models.current();
  const others = [
    'NON_CONFORMING',
    'PROLONGED',
    'DECLINED',
    'INACTIVE',
    'SUGGESTED',
    'REQUESTED_MISSING_PARAMETERS',
  ] as const;
  const rowStates = [null, 'APPROVED', 'CANCELLATION', 'PENDING_APPROVAL', ...others] as const;
  const reasons = [[], ['rule:r'], ['role:lead'], ['request:i'], ['role:lead', 'rule:r'], ['found:x'], ['grace:r']];
  const accountStates = [null, ...provisioningStateNames];
  for (const role of ['editor', 'plain']) {
    for (const row of rowStates) {
      for (const held of reasons) {
        const states = await Promise.all(
          accountStates.map(async (state) => [state, await shownState(role, row, held, state)] as const),
        );
        for (const [state, shown] of states) {
          const expected = shownRole({
            row,
            reasons: held.map((text) => ({ kind: text.split(':')[0] as 'rule', cause: text.split(':')[1] ?? '' })),
            pending: state === null ? [] : [state],
            hasEffects: hasEffects(model, role),
          });
          expect({ role, row, held, state, shown }).toEqual({ role, row, held, state, shown: expected });
        }
      }
    }
  }
});

/** Writes the facts for one person and reads what is shown, in a transaction that is rolled back. */
async function shownState(
  role: string,
  row: string | null,
  reasons: readonly string[],
  account: string | null,
): Promise<unknown> {
  const rolledBack = new Error('rolled back');
  let shown: unknown = null;
  const work = world.database.transaction(async (sql) => {
    await sql.query('delete from role_assignment where identity_id = $1', [bea]);
    await sql.query('update identity_state set roles = $2, reasons = $3 where identity_id = $1', [
      bea,
      reasons.map(() => role),
      reasons,
    ]);
    if (row !== null)
      await sql.query('insert into role_assignment (identity_id, role, workflow_state) values ($1, $2, $3)', [
        bea,
        role,
        row,
      ]);
    if (account !== null) {
      await sql.query(
        `insert into resource_assignment (id, identity_id, resource_type, resource_key, is_due, expected, expected_hash, workflow_state, provisioning_state, pending_roles)
         values (gen_random_uuid(), $1, 'crm-account', 'bea', true, '{}', '', 'CALCULATED', $2, $3)`,
        [bea, account, [role]],
      );
    }
    const inside = assignmentViews({ ...world.database, query: sql.query }, world.ports.models);
    const view = (await inside.byIds([`${bea}:${role}`], all())).get(`${bea}:${role}`);
    shown =
      view === undefined ? null : { workflowState: view.workflowState, provisioningState: view.provisioningState };
    throw rolledBack;
  });
  await expect(work).rejects.toBe(rolledBack);
  return shown;
}
