// What people do in tests of requests, said in one word each, on a company that starts every test without requests.
import { afterAll, beforeAll, beforeEach } from '@jest/globals';
import type { Actor } from '../../src/domain/actor.js';
import type { ApprovalDecision } from '../../src/domain/approval.js';
import { type ReviewPorts, reviewRequests } from '../../src/steps/review-request.js';
import { delegate } from '../../src/steps/delegate.js';
import { type SubmitInput, submitRequest } from '../../src/steps/submit-request.js';
import type { LoadedRequest } from '../../src/steps/ports/request.js';
import { advanceRequests } from '../../src/store/request-progress.js';
import { type Company, openCompany } from './request-fixture.js';

/** One company for the whole test file. */
export function useCompany() {
  const state: { company: Company | null } = { company: null };
  const present = (): Company => {
    if (state.company === null) throw new Error('The company is opened before the first test.');
    return state.company;
  };
  beforeAll(async () => {
    state.company = await openCompany();
  });
  afterAll(() => present().close());
  beforeEach(async () => {
    present().reset();
    await present().database.query(
      `truncate assignment_request, request_item, approval, approval_vote, delegation, role_assignment, identity_state, resource_assignment, dirty_identity, outbox, event, audit_entry, provisioning_plan cascade`,
    );
  });
  return { present, ...actsOf(present), ...rowsOf(present), ...computationOf(present) };
}

export const add = (role: string, changes: object = {}) => ({
  action: 'ADD' as const,
  role,
  startDate: null,
  endDate: null,
  parameters: null,
  ...changes,
});

function actsOf(present: () => Company) {
  const submit = async (who: string, items: SubmitInput['items'], beneficiary = who, isDryRun = false) =>
    submitRequest(present().ports, await present().actor(who), {
      beneficiaryId: present().id(beneficiary),
      items,
      justification: 'for work',
      isDryRun,
    });
  return {
    submit,
    submitted: async (who: string, items: SubmitInput['items'], beneficiary = who): Promise<string> => {
      const decision = await submit(who, items, beneficiary);
      if (!decision.ok) throw new Error(decision.refusals[0]?.message);
      return decision.value.kind === 'request' ? decision.value.requestId : '';
    },
    delegate: async (who: string, to: string, changes: object = {}, by: Actor | null = null) =>
      delegate(present().ports, by ?? (await present().actor(who)), {
        delegatorId: present().id(who),
        delegateId: present().id(to),
        startDate: '2031-05-10',
        endDate: '2031-05-20',
        reason: 'away',
        ...changes,
      }),
    review: async (
      who: string,
      requestId: string,
      decision: ApprovalDecision = 'APPROVED',
      seenDigest: string | null = null,
      ports: ReviewPorts = present().ports,
    ) => {
      const comment = decision === 'DECLINED' ? 'Not needed.' : null;
      return reviewRequests(ports, await present().actor(who), [{ requestId, decision, comment, seenDigest }]);
    },
  };
}

function rowsOf(present: () => Company) {
  const rows = async <Row>(text: string, ...parameters: readonly unknown[]): Promise<readonly Row[]> =>
    (await present().database.query<Row>(text, parameters)).rows;
  return {
    rows,
    load: async (requestId: string): Promise<LoadedRequest> => {
      const found = await present().ports.requests.load(requestId);
      if (found === null) throw new Error('no such request');
      return found;
    },
    assignments: () =>
      rows<{ role: string; workflow_state: string; approval_step: number | null }>(
        'select role, workflow_state, approval_step from role_assignment order by role',
      ),
    facts: async () => (await rows<{ kind: string }>('select kind from event order by id')).map(({ kind }) => kind),
  };
}

function computationOf(present: () => Company) {
  return {
    /** What the computation would leave: roles with their reasons, and no identity waiting. */
    compute: async (key: string, held: readonly (readonly [string, string])[]): Promise<void> => {
      await present().database.query(
        `insert into identity_state (identity_id, roles, reasons, input_hash, configuration_version, computed_at) values ($1, $2, $3, 'h', 1, now())
         on conflict (identity_id) do update set roles = excluded.roles, reasons = excluded.reasons`,
        [present().id(key), held.map(([name]) => name), held.map(([, reason]) => reason)],
      );
      await present().database.query('delete from dirty_identity where identity_id = $1', [present().id(key)]);
    },
    /** What generation and settlement would leave of the one account. */
    account: async (key: string, state: string, pendingRoles: readonly string[]): Promise<void> => {
      await present().database.query(
        `insert into resource_assignment (id, identity_id, resource_type, resource_key, is_due, expected, expected_hash, workflow_state, provisioning_state, pending_roles)
         values (gen_random_uuid(), $1, 'expense-account', $2, true, '{}', 'h', 'CALCULATED', $3, $4)
         on conflict (identity_id, resource_type, slot) do update set provisioning_state = excluded.provisioning_state, pending_roles = excluded.pending_roles`,
        [present().id(key), key, state, pendingRoles],
      );
    },
    advance: (key: string) => present().database.transaction((sql) => advanceRequests(sql, [present().id(key)])),
  };
}
