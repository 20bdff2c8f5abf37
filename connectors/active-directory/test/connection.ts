// A session of the package on the test domain, in one line, and deltas in one line.
import activeDirectory from '@joinery/connector-active-directory';
import {
  type ApplyOutcome,
  callContext,
  type Change,
  type ConnectorSession,
  type Delta,
  type TargetObject,
} from '@joinery/connector-kit';
import { type Domain, groups, people } from './domain.js';
import { settingsOf } from './conformance-target.js';

export interface Connection {
  readonly session: ConnectorSession;
  apply(kind: Delta['kind'], objectType: string, key: string, parts?: Partial<Delta>): Promise<ApplyOutcome>;
  /** The row, which must be there. */
  row(objectType: string, key: string): Promise<TargetObject>;
  changes(
    objectType: string,
    cookie: string | null,
  ): Promise<{ readonly changes: readonly Change[]; readonly cookie: string }>;
}

const patienceMs = 60_000;

export async function connect(domain: Domain, changed: Readonly<Record<string, unknown>> = {}): Promise<Connection> {
  const session = await activeDirectory.open({ ...settingsOf(domain), ...changed });
  return {
    session,
    apply: (kind, objectType, key, parts = {}) =>
      session.apply(
        { kind, objectType, key, set: {}, add: {}, remove: {}, ...parts },
        { ...callContext(patienceMs), idempotencyKey: `${kind} ${key}` },
      ),
    row: async (objectType, key) => {
      const row = await session.read(objectType, key, callContext(patienceMs));
      if (row === null) throw new Error(`${objectType} ${key} is not there.`);
      return row;
    },
    changes: async (objectType, cookie) => {
      const changes: Change[] = [];
      let last = '';
      for await (const page of session.changes?.(objectType, cookie, callContext(patienceMs)) ?? []) {
        changes.push(...page.changes);
        last = page.cookie;
      }
      return { changes, cookie: last };
    },
  };
}

/** Users, groups and units, with memberships readable and writable from both sides. */
export const bothSides = [
  {
    name: 'user',
    kind: 'user',
    places: [people],
    links: [
      { name: 'groups', attribute: 'memberOf', targetObjectType: 'group' },
      { name: 'manager', attribute: 'manager', targetObjectType: 'user' },
    ],
  },
  {
    name: 'group',
    kind: 'group',
    places: [groups],
    links: [
      { name: 'members', attribute: 'member', targetObjectType: 'user' },
      { name: 'subgroups', attribute: 'member', targetObjectType: 'group' },
    ],
  },
  { name: 'unit', kind: 'container', places: [people] },
] as const;

/** The code of a refusal, or the kind of another outcome. */
export const resultOf = (outcome: ApplyOutcome): string =>
  outcome.kind === 'refused' ? outcome.failure.code : outcome.kind;
