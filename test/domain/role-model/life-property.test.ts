// Whatever people decide and targets hold, whatever the switches of the resource type: computing twice changes nothing, and the
// first look never takes a change for none. Found by chance, shrunk by fast-check.
import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import type { Finding } from '../../../src/domain/role-model/account-question.js';
import type { IdentitySnapshot, RoleDecision } from '../../../src/domain/role-model/evaluation.js';
import type { CompiledModel } from '../../../src/domain/role-model/model.js';
import { isUnchanged, type StoredIdentity } from '../../../src/domain/role-model/reconcile.js';
import { isStable, type StoredAccount } from '../../../src/domain/role-model/stored-account.js';
import { type ScannedIdentity, survey } from '../../../src/domain/role-model/survey.js';
import { camille, carriedOut, company, compute, crmType, decision, digest, modelOf } from './company.js';
import { nothingStored, observedResource, ordered } from './company.js';

const disable = { kind: 'DISABLE', property: 'active', disabledValue: false, enabledValue: true } as const;
const type = fc
  .record({
    onRemove: fc.constantFrom(
      { kind: 'DELETE' } as const,
      { ...disable, deleteAfterDays: 10 },
      { ...disable, deleteAfterDays: null },
    ),
    blockProvisioning: fc.boolean(),
    allowAdd: fc.constantFrom(true, true, false),
    allowUpdate: fc.constantFrom(true, true, false),
    allowRemove: fc.boolean(),
    removeOrphans: fc.boolean(),
    discardManualAssignments: fc.boolean(),
  })
  .map((switches) => ({ ...crmType, ...switches }));
const rules = fc.record({ type, hasRule: fc.boolean() });

interface Rules {
  readonly type: typeof crmType;
  readonly hasRule: boolean;
}

/** A version is a configuration: other rules, another version. */
function modelFrom({ type: crm, hasRule }: Rules, version: number): CompiledModel {
  const roles = { singleRoles: company.singleRoles.map((one) => ({ ...one, gracePeriodDays: 5 })) };
  return modelOf({ resourceTypes: [crm], ...roles, ...(hasRule ? {} : { roleRules: [] }) }, version);
}

const days = ['2031-05-15', '2031-05-20', '2031-05-25', '2031-06-15'];
const people = fc
  .record({
    email: fc.constantFrom('a@acme.example', 'b@acme.example', null),
    endDate: fc.constantFrom(null, '2031-05-10'),
  })
  .chain((given) =>
    fc.boolean().map((isRemoved) => ({ ...camille, isRemoved, attributes: { ...camille.attributes, ...given } })),
  );
const rowStates = ['APPROVED', 'CANCELLATION', 'NON_CONFORMING', 'PRE_EXISTING', 'PROLONGED', 'DECLINED'] as const;
const decisions = fc
  .subarray(['editor', 'viewer', 'seller'])
  .chain((roles) =>
    fc.tuple(
      ...roles.map((role) =>
        fc.constantFrom(...rowStates).map((workflowState) => decision(role, { workflowState, requestItemId: null })),
      ),
    ),
  );

type Happening =
  | { readonly kind: 'person'; readonly person: IdentitySnapshot }
  | { readonly kind: 'roles'; readonly rows: readonly RoleDecision[] }
  | { readonly kind: 'model'; readonly rules: Rules }
  | { readonly kind: 'day'; readonly day: string }
  | { readonly kind: 'values'; readonly state: StoredAccount['workflowState'] }
  | { readonly kind: (typeof acts)[number] };
const acts = [
  'ordered',
  'carriedOut',
  'executed',
  'approved',
  'declined',
  'elsewhere',
  'vanished',
  'beside',
  'kept',
  'taken',
] as const;
const happening: fc.Arbitrary<Happening> = fc.oneof(
  people.map((person): Happening => ({ kind: 'person', person })),
  decisions.map((rows): Happening => ({ kind: 'roles', rows })),
  rules.map((some): Happening => ({ kind: 'model', rules: some })),
  fc.constantFrom(...days).map((day): Happening => ({ kind: 'day', day })),
  fc
    .constantFrom('APPROVED', 'CANCELLATION', 'DECLINED', 'PRE_EXISTING')
    .map((state): Happening => ({ kind: 'values', state })),
  fc.constantFrom(...acts).map((kind): Happening => ({ kind })),
  fc.constantFrom(...acts).map((kind): Happening => ({ kind })),
);

interface Situation {
  readonly person: IdentitySnapshot;
  readonly stored: StoredIdentity;
  readonly model: CompiledModel;
  readonly day: string;
}

const each = (situation: Situation, change: (account: StoredAccount) => Partial<StoredAccount>): Situation => ({
  ...situation,
  stored: {
    ...situation.stored,
    accounts: situation.stored.accounts.map((account) => ({ ...account, ...change(account) })),
  },
});

function happen(situation: Situation, what: Happening): Situation {
  switch (what.kind) {
    case 'person':
      return { ...situation, person: what.person };
    case 'roles':
      return { ...situation, stored: { ...situation.stored, decisions: what.rows } };
    case 'model':
      return { ...situation, model: modelFrom(what.rules, situation.model.version + 1) };
    case 'day':
      return { ...situation, day: what.day };
    case 'values':
      return each(situation, ({ values }) => ({
        values: values.map((row) => ({ ...row, workflowState: what.state })),
      }));
    default:
      return acted(situation, what.kind);
  }
}

function acted(situation: Situation, kind: (typeof acts)[number]): Situation {
  if (kind === 'ordered') return { ...situation, stored: ordered(situation.stored) };
  if (kind === 'carriedOut') return { ...situation, stored: carriedOut(ordered(situation.stored)) };
  if (kind === 'beside') return besides(situation);
  return each(situation, (account) => act(account, kind));
}

const isWaiting = ({ provisioningState }: StoredAccount): boolean => provisioningState === 'AWAITING_APPROVAL';

function act(account: StoredAccount, kind: (typeof acts)[number]): Partial<StoredAccount> {
  switch (kind) {
    case 'executed':
      return account.provisioningState === 'PENDING'
        ? { provisioningState: 'EXECUTED', orderedVersion: account.desiredVersion }
        : {};
    case 'approved':
      return isWaiting(account) ? { provisioningState: 'PENDING', confidencePercent: null } : {};
    case 'declined':
      return isWaiting(account) && account.confidencePercent === null
        ? { provisioningState: 'NONE', delta: null, pendingRoles: [], declinedHash: account.expectedHash }
        : {};
    case 'elsewhere':
      return account.observed === null ? {} : { observed: elsewhere(account) };
    case 'vanished':
      return { observed: null, resourceId: null };
    case 'kept':
      return account.isDue ? {} : { workflowState: 'APPROVED' };
    case 'taken':
      return account.isDue || account.workflowState !== 'NON_CONFORMING' ? {} : { workflowState: 'DECLINED' };
    default:
      return {};
  }
}

function elsewhere({ observed }: StoredAccount) {
  const content = observed?.content ?? { key: '', attributes: {}, links: {} };
  return observedResource({
    key: content.key,
    attributes: { ...content.attributes, email: 'x@else.example', active: true },
    links: { groups: [...new Set([...(content.links.groups ?? []), 'board'])] },
  });
}

const found: Finding = {
  kind: 'none',
  further: [
    { resource: observedResource({ key: 'second', attributes: { email: 'a@acme.example' } }) },
    { resource: observedResource({ key: 'third' }), confidencePercent: 70 },
  ],
};
const besides = (situation: Situation): Situation => ({
  ...situation,
  stored: compute(situation.person, situation.stored, { ...situation, finding: found }).stored,
});

const situations = fc
  .tuple(people, decisions, rules, fc.array(happening, { maxLength: 12 }))
  .map(([person, rows, some, happenings]) => {
    const model = modelFrom(some, 1);
    const start: Situation = { person, model, day: days[0] ?? '', stored: { ...nothingStored, decisions: rows } };
    return happenings.reduce(
      (situation, what) =>
        happen({ ...situation, stored: compute(situation.person, situation.stored, situation).stored }, what),
      start,
    );
  });

describe('whatever people decide and targets hold', () => {
  test('a second computation changes nothing', () => {
    fc.assert(
      fc.property(situations, (situation) => {
        const first = compute(situation.person, situation.stored, situation);
        const second = compute(situation.person, first.stored, situation);
        expect(second.result.changes).toEqual([]);
        expect(isUnchanged(second.result)).toBe(true);
      }),
      { numRuns: 600 },
    );
  });

  test('the first look never takes a change for none', () => {
    fc.assert(
      fc.property(situations, (situation) => {
        const { result } = compute(situation.person, situation.stored, situation);
        const looked = survey(
          { model: situation.model, today: situation.day, digest, newId: () => 'new' },
          scannedOf(situation),
        );
        // What people decide marks the identity: it is looked at whatever the hashes say.
        const isMarked = situation.stored.accounts.some(isDecided);
        expect(looked.isAsStored && !isMarked && !isUnchanged(result)).toBe(false);
      }),
      { numRuns: 300 },
    );
  });

  test('nothing that a person keeps or refused is written', () => {
    fc.assert(
      fc.property(situations, (situation) => {
        const { stored } = compute(situation.person, situation.stored, situation);
        for (const { values, delta } of stored.accounts) {
          const left = values
            .filter(({ workflowState }) => workflowState !== 'CANCELLATION')
            .map((row) => row.property);
          expect(delta?.scalars.filter(({ property }) => left.includes(property)) ?? []).toEqual([]);
        }
      }),
      { numRuns: 200 },
    );
  });
});

describe('somebody whom a source forgets for a run', () => {
  test('has the same decisions after it, and is written nothing that was not wished before', () => {
    fc.assert(
      fc.property(situations, (situation) => {
        const { attributes } = situation.person;
        const person = { ...situation.person, isRemoved: false, attributes: { ...attributes, endDate: null } };
        const before = compute(person, situation.stored, situation).stored;
        const isLeft = situation.model.configuration.resourceTypes.every(isLeftAlone);
        fc.pre(isLeft && before.accounts.every(isAtRest));
        const away = compute({ ...person, isRemoved: true }, before, situation).stored;
        expect(isUnchanged(compute({ ...person, isRemoved: true }, away, situation).result)).toBe(true);
        const after = compute(person, away, situation).stored;
        expect(after.decisions.filter(isStanding)).toEqual(before.decisions.filter(isStanding));
        expect(after.roles).toEqual(before.roles);
        expect(after.accounts.map(restOf)).toEqual(before.accounts.map(restOf));
        expect(isUnchanged(compute(person, after, situation).result)).toBe(true);
      }),
      { numRuns: 300 },
    );
  });
});

/** What a switch forbids since it was wished is not wished again. */
const isLeftAlone = ({ removeOrphans, allowUpdate }: typeof crmType): boolean => !removeOrphans && allowUpdate;

/** Nothing may be on its way, and it was there before. */
const isAtRest = ({ isDue, delta, orderedVersion, observed, confidencePercent, provisioningState }: StoredAccount) =>
  isDue &&
  observed !== null &&
  confidencePercent === null &&
  provisioningState !== 'ERROR' &&
  (delta === null || orderedVersion === 0);
const isStanding = ({ workflowState }: RoleDecision): boolean => workflowState !== 'CANCELLATION';
const restOf = ({ isDue, values, delta, declinedHash, provisioningState }: StoredAccount) => ({
  isDue,
  values,
  delta,
  declinedHash,
  isWritten: provisioningState === 'PENDING' || provisioningState === 'AWAITING_APPROVAL',
});

const isDecided = ({ values, workflowState, delta }: StoredAccount): boolean =>
  values.length > 0 || (workflowState === 'DECLINED' && delta === null);

/** What the store answers at a first look. */
function scannedOf({ person, stored }: Situation): ScannedIdentity {
  const isKnown = (account: StoredAccount): boolean =>
    isStable(account, account.observed, false) &&
    (account.observed !== null ||
      (account.orderedVersion > 0 && account.delta !== null && account.provisioningState !== 'ERRORED'));
  const { id, key, attributes, isRemoved } = person;
  return {
    id,
    key,
    attributes,
    isRemoved,
    hash: JSON.stringify(attributes),
    isDirty: false,
    state: stored.state,
    decisions: stored.decisions,
    stable: stored.accounts.filter(isKnown).map(({ resourceType, resourceKey, expectedHash, isDue, deleteOn }) => ({
      resourceType,
      key: resourceKey,
      expectedHash,
      isDue,
      deleteOn,
    })),
    unstableCount: stored.accounts.filter((account) => !isKnown(account)).length,
  };
}
