// Day after day in a company with contexts, offsets and offers: the first look agrees with the computation, and a run that
// takes in only who is due misses nothing.
import { expect, test } from '@jest/globals';
import fc from 'fast-check';
import { addDays } from '../../../src/domain/calendar.js';
import type { Configuration, TimeOffset } from '../../../src/domain/configuration.js';
import type { IdentitySnapshot, PositionRow } from '../../../src/domain/role-model/evaluation.js';
import type { CompiledModel } from '../../../src/domain/role-model/model.js';
import { isUnchanged, type StoredIdentity } from '../../../src/domain/role-model/reconcile.js';
import { survey } from '../../../src/domain/role-model/survey.js';
import { plainRoleRule, plainTypeRule } from '../definition.js';
import { camille, carriedOut, company, compute, decision, digest, modelOf, nothingStored, ordered } from './company.js';
import { positionType } from './entity-type.js';
import { scannedOf } from './scanned.js';

const firstDay = '2031-05-01';
const dayCount = 35;

const offset: fc.Arbitrary<TimeOffset | null> = fc.option(
  fc
    .record({
      mode: fc.constantFrom('AROUND' as const, 'BEFORE' as const, 'AFTER' as const),
      before: fc.integer({ min: -6, max: 3 }),
      length: fc.integer({ min: 0, max: 7 }),
    })
    .map(({ mode, before, length }) => ({ mode, before, after: before + length })),
);

const policy = 'p';
const below = { dimension: 'department', values: ['emea'], includesBelow: true };
const criterion = (...values: readonly string[]) => ({ dimension: 'department', values, includesBelow: false });

const changes = (some: readonly (TimeOffset | null)[]): Partial<Configuration> => ({
  dimensions: [{ identifier: 'department', displayName: 'Department', entityType: 'department', parent: 'parent' }],
  contextRules: [
    {
      identifier: 'by-position',
      policy,
      positions: { entityType: 'position', person: 'person', startDate: 'from', endDate: 'until', exclude: null },
      dimensions: { department: 'position.department' },
    },
  ],
  entityTypes: [...company.entityTypes, positionType],
  roleRules: [
    { ...plainRoleRule, policy, identifier: 'sellers', role: 'seller', context: [criterion('sales')] },
    { ...plainRoleRule, policy, identifier: 'viewers-below', role: 'viewer', context: [below] },
    {
      ...plainRoleRule,
      policy,
      identifier: 'offer',
      role: 'plain',
      gives: 'REQUESTED_AUTOMATICALLY',
      context: [criterion('legal')],
    },
  ],
  typeRules: [
    ...company.typeRules.map((rule, index) => ({ ...rule, timeOffset: some[index] ?? null })),
    {
      ...plainTypeRule,
      policy,
      identifier: 'not-legal',
      resourceType: 'crm-account',
      context: [criterion('legal')],
      isDenied: true,
    },
  ],
  scalarRules: company.scalarRules.map((rule, index) => ({ ...rule, timeOffset: some[3 + index] ?? null })),
  navigationRules: company.navigationRules.map((rule, index) => ({ ...rule, timeOffset: some[5 + index] ?? null })),
});
const offsets = fc.array(offset, { minLength: 7, maxLength: 7 });

const day = fc.integer({ min: -3, max: dayCount + 3 }).map((days) => addDays(firstDay, days));
const maybeDay = fc.option(day);
const position: fc.Arbitrary<PositionRow> = fc
  .record({ department: fc.constantFrom('sales', 'legal', 'france'), from: maybeDay, until: maybeDay })
  .map((attributes) => ({ attributes, hash: JSON.stringify(attributes) }));
const hierarchies = new Map([
  [
    'department',
    new Map([
      ['sales', 'france'],
      ['france', 'emea'],
    ]),
  ],
]);
const people: fc.Arbitrary<IdentitySnapshot> = fc
  .record({ positions: fc.array(position, { maxLength: 3 }), startDate: maybeDay, endDate: maybeDay })
  .map(({ positions, startDate, endDate }) => ({
    ...camille,
    positions,
    hierarchies,
    attributes: { ...camille.attributes, startDate, endDate },
  }));
const rows = fc
  .subarray(['editor', 'lead'])
  .chain((roles) =>
    fc.tuple(
      ...roles.map((role) =>
        fc.record({ startDate: maybeDay, endDate: maybeDay }).map((dates) => decision(role, dates)),
      ),
    ),
  );

interface Walk {
  readonly model: CompiledModel;
  readonly person: IdentitySnapshot;
  readonly onDay: (day: string, stored: StoredIdentity, computed: ReturnType<typeof compute>) => void;
}

/** Every day is computed and carried out. */
function walk({ model, person, onDay }: Walk, start: StoredIdentity): void {
  let stored = start;
  for (let at = firstDay; at < addDays(firstDay, dayCount); at = addDays(at, 1)) {
    const computed = compute(person, stored, { model, day: at });
    onDay(at, stored, computed);
    stored = carriedOut(ordered(computed.stored));
  }
}

const runs = { numRuns: 150 };

test('the first look says «as stored» exactly when a computation finds nothing', () => {
  fc.assert(
    fc.property(offsets, people, rows, (some, person, decisions) => {
      const model = modelOf(changes(some));
      const onDay: Walk['onDay'] = (at, stored, { result }) => {
        const looked = survey(
          { model, today: at, digest, newId: () => 'new' },
          scannedOf({ person, stored }, model, at),
        );
        if (stored.state === null) return;
        expect({ at, is: looked.isAsStored }).toEqual({ at, is: isUnchanged(result) });
      };
      walk({ model, person, onDay }, { ...nothingStored, decisions });
    }),
    runs,
  );
});

test('nothing changes by a date before the day that was named for it', () => {
  fc.assert(
    fc.property(offsets, people, rows, (some, person, decisions) => {
      const model = modelOf(changes(some));
      const onDay: Walk['onDay'] = (at, stored, { result }) => {
        if (stored.state === null || isUnchanged(result) || result.state === null) return;
        const { nextDueOn } = stored.state;
        expect({ at, nextDueOn, isDue: nextDueOn !== null && nextDueOn <= at }).toEqual({ at, nextDueOn, isDue: true });
      };
      walk({ model, person, onDay }, { ...nothingStored, decisions });
    }),
    runs,
  );
});
