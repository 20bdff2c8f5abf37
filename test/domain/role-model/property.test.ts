// What must hold for any company, whatever happens to it: found by chance, shrunk by fast-check.
import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { evaluate } from '../../../src/domain/role-model/evaluate.js';
import type { IdentitySnapshot, RoleDecision } from '../../../src/domain/role-model/evaluation.js';
import { isUnchanged, type StoredIdentity } from '../../../src/domain/role-model/reconcile.js';
import { survey } from '../../../src/domain/role-model/survey.js';
import {
  camille,
  carriedOut,
  company,
  compute,
  decision,
  digest,
  modelOf,
  nothingStored,
  observedResource,
  ordered,
  today,
  withAccount,
} from './company.js';
import { scannedOf, type Situation } from './scanned.js';

const model = modelOf();

const attributes = fc.record({
  login: fc.constantFrom('camille.roy', 'camille.new'),
  email: fc.constantFrom('camille@acme.example', 'new@acme.example', null),
  department: fc.constantFrom('sales', 'legal'),
  startDate: fc.constantFrom('2030-01-01', today, '2031-05-16'),
  endDate: fc.constantFrom(null, today, '2031-05-14', '2031-06-01'),
});
const person: fc.Arbitrary<IdentitySnapshot> = fc
  .record({ attributes, isRemoved: fc.boolean() })
  .map((given) => ({ ...camille, ...given }));

const row = (role: string): fc.Arbitrary<RoleDecision> =>
  fc
    .record({
      workflowState: fc.constantFrom('APPROVED', 'CANCELLATION', 'PENDING_APPROVAL', 'DECLINED'),
      startDate: fc.constantFrom(null, '2031-05-01', '2031-05-20'),
      endDate: fc.constantFrom(null, '2031-05-14', '2031-05-31'),
      isDenied: fc.boolean(),
    })
    .map((given) => decision(role, { ...given, isDenied: given.isDenied && given.workflowState === 'DECLINED' }));
const rows = fc.subarray(['editor', 'viewer', 'lead', 'plain', 'seller']).chain((roles) => fc.tuple(...roles.map(row)));

/** What may happen between two computations. */
type Happening =
  | { readonly kind: 'becomes'; readonly person: IdentitySnapshot }
  | { readonly kind: 'decided'; readonly rows: readonly RoleDecision[] }
  | { readonly kind: 'ordered' | 'executed' | 'refused' | 'carried out' | 'vanished' | 'changed elsewhere' };
const happening: fc.Arbitrary<Happening> = fc.oneof(
  person.map((one): Happening => ({ kind: 'becomes', person: one })),
  rows.map((some): Happening => ({ kind: 'decided', rows: some })),
  fc
    .constantFrom('ordered', 'executed', 'refused', 'carried out', 'vanished', 'changed elsewhere')
    .map((kind): Happening => ({ kind })),
);

function happen({ person: one, stored }: Situation, what: Happening): Situation {
  switch (what.kind) {
    case 'becomes':
      return { person: what.person, stored };
    case 'decided':
      return { person: one, stored: { ...stored, decisions: what.rows } };
    case 'ordered':
      return { person: one, stored: waiting(stored) ? ordered(stored) : stored };
    case 'executed':
      return {
        person: one,
        stored: waiting(stored) ? withAccount(ordered(stored), { provisioningState: 'EXECUTED' }) : stored,
      };
    case 'refused':
      return {
        person: one,
        stored: waiting(stored) ? withAccount(ordered(stored), { provisioningState: 'ERRORED' }) : stored,
      };
    case 'carried out':
      return { person: one, stored: carriedOut(stored) };
    case 'vanished':
      return { person: one, stored: withAccount(stored, { observed: null, resourceId: null }) };
    case 'changed elsewhere':
      return { person: one, stored: elsewhere(stored) };
    default:
      return what satisfies never;
  }
}

const waiting = ({ accounts }: StoredIdentity): boolean => accounts[0]?.provisioningState === 'PENDING';

function elsewhere(stored: StoredIdentity): StoredIdentity {
  const account = stored.accounts[0];
  if (account === undefined || account.observed === null) return stored;
  const { key, links } = account.observed.content;
  const observed = observedResource({
    key,
    attributes: { email: 'x@else.example' },
    links: { groups: [...(links.groups ?? []), 'board'] },
  });
  return withAccount(stored, { observed, resourceId: observed.id });
}

const computedSituation = fc
  .tuple(person, rows, fc.array(happening, { maxLength: 8 }))
  .map(([first, some, happenings]) => {
    let situation: Situation = { person: first, stored: { ...nothingStored, decisions: some } };
    for (const what of happenings) {
      situation = happen({ ...situation, stored: compute(situation.person, situation.stored, { model }).stored }, what);
    }
    return situation;
  });

describe('whatever happened before', () => {
  test('a second computation changes nothing', () => {
    fc.assert(
      fc.property(computedSituation, ({ person: one, stored }) => {
        const first = compute(one, stored, { model });
        const second = compute(one, first.stored, { model });
        expect(second.result.changes).toEqual([]);
        expect(isUnchanged(second.result)).toBe(true);
      }),
      { numRuns: 500 },
    );
  });

  test('carrying out what was computed ends with everything verified, and nothing left to do', () => {
    fc.assert(
      fc.property(computedSituation, ({ person: one, stored }) => {
        const done = compute(
          one,
          carriedOut(ordered(withAccount(compute(one, stored, { model: modelOf({}, 2) }).stored, {}))),
          { model: modelOf({}, 2) },
        );
        const again = carriedOut(ordered(done.stored));
        const end = compute(one, again, { model: modelOf({}, 2) });
        expect(
          end.stored.accounts.map(({ provisioningState }) => provisioningState).filter((state) => state !== 'VERIFIED'),
        ).toEqual([]);
        expect(end.stored.decisions.filter(({ workflowState }) => workflowState === 'CANCELLATION')).toEqual([]);
      }),
      { numRuns: 300 },
    );
  });

  test('nobody keeps an account outside their time, nor a link of a role they do not hold', () => {
    fc.assert(
      fc.property(computedSituation, ({ person: one, stored }) => {
        const { stored: after } = compute(one, stored, { model });
        const held = new Set(after.roles.map(({ role }) => role));
        const end = carriedOut(ordered(after)).accounts[0];
        const groups = end?.observed?.content.links.groups ?? [];
        expect(end === undefined || held.size > 0).toBe(true);
        const ours = stored.accounts[0]?.expected.links.groups ?? {};
        const kept = ['editors', 'viewers'].filter((group) => ours[group] !== undefined && groups.includes(group));
        expect(kept.filter((group) => !held.has(group.slice(0, -1)))).toEqual([]);
      }),
      { numRuns: 500 },
    );
  });

  test('the first look never takes a change for none', () => {
    fc.assert(
      fc.property(computedSituation, ({ person: one, stored }) => {
        const { result } = compute(one, stored, { model });
        const looked = survey(
          { model, today, digest, newId: () => 'new' },
          scannedOf({ person: one, stored }, model, today),
        );
        expect(looked.isAsStored && !isUnchanged(result)).toBe(false);
      }),
      { numRuns: 500 },
    );
  });

  test('the first look needs no second one after a computation that changed nothing', () => {
    fc.assert(
      fc.property(computedSituation, ({ person: one, stored }) => {
        const settled = compute(one, carriedOut(ordered(compute(one, stored, { model }).stored)), { model }).stored;
        const after = compute(one, carriedOut(ordered(settled)), { model }).stored;
        expect(
          survey({ model, today, digest, newId: () => 'new' }, scannedOf({ person: one, stored: after }, model, today))
            .isAsStored,
        ).toBe(true);
      }),
      { numRuns: 300 },
    );
  });
});

test('the order of decisions and rules does not matter', () => {
  const shuffled = fc.tuple(rows, fc.integer()).map(([some, seed]) => ({
    some,
    turned: [...some].sort((a, b) => ((a.role.length * seed) % 7) - ((b.role.length * seed) % 7)).toReversed(),
  }));
  fc.assert(
    fc.property(person, shuffled, (one, { some, turned }) => {
      const reversed = modelOf({
        roleRules: company.roleRules.toReversed(),
        scalarRules: company.scalarRules.toReversed(),
        navigationRules: company.navigationRules.toReversed(),
      });
      expect(evaluate({ ...one, decisions: turned }, reversed, today)).toEqual(
        evaluate({ ...one, decisions: some }, model, today),
      );
    }),
  );
});
