// A memory store as the conformance suite wants it: everything the suite knows, with keys from outside or from the store.
import { randomUUID } from 'node:crypto';
import type { ConformanceTarget, ConnectorSettings, OutsideRow, Switch, TargetObject } from '@joinery/connector-kit';
import memory, { type MemoryFault, type MemoryTarget, memoryTarget } from '@joinery/connector-memory';

/** How rows of the target are keyed: by what the test says, or by the store, with a name to find them. */
export type Keys = 'own' | 'given';

const rightPassword = 'canary-right-5f2c';
const retryAfterMs = 1_250;

const objectTypes = (keys: Keys): readonly unknown[] => [
  {
    name: 'account',
    key: 'id',
    ...(keys === 'given' ? { nameAttribute: 'login' } : {}),
    attributes: [
      ...(keys === 'given' ? [{ name: 'login' }] : []),
      { name: 'name' },
      { name: 'mail' },
      { name: 'place' },
      { name: 'since', type: 'date', isReadOnly: true },
      { name: 'active', type: 'boolean' },
      { name: 'secret', isWriteOnly: true },
    ],
    links: [{ name: 'groups', targetObjectType: 'group' }],
    disabling: { attribute: 'active', disabledValue: false, enabledValue: true },
    passwordAttribute: 'secret',
    shortestPassword: 8,
  },
  {
    name: 'group',
    key: 'id',
    ...(keys === 'given' ? { nameAttribute: 'name' } : {}),
    attributes: [{ name: 'name' }],
  },
];

export function memoryConformanceTarget(
  store: string,
  settings: ConnectorSettings,
  keys: Keys = 'own',
): ConformanceTarget {
  const target = memoryTarget(store);
  const hands = handsOn(target, keys);
  const own = { store, objectTypes: objectTypes(keys), ...settings };
  const during = (fault: MemoryFault): Switch => ({
    start: async () => target.plan(fault, { times: Number.POSITIVE_INFINITY }),
    stop: async () => target.heal(),
  });
  return {
    connector: memory,
    settings: { ...own, password: rightPassword },
    wrongCredentials: { ...own, password: 'canary-wrong-81aa' },
    objectType: 'account',
    attributes: ['name', 'mail'],
    readOnlyAttribute: 'since',
    key: (n) => `u${String(n).padStart(6, '0')}`,
    reset: async () => {
      target.reset();
      target.demandPassword(rightPassword);
    },
    outside: { insert: async (rows) => rows.forEach(hands.put), keys: async () => hands.names() },
    link: linkOf(target, hands, keys),
    rename: { attribute: keys === 'given' ? 'login' : 'place', value: (n) => `renamed ${n}` },
    disabling: { isDisabled: async (key) => hands.row(key).attributes.active === false },
    password: {
      value: (n) => `canary password ${n}`,
      accepts: async (key, password) => target.hasPassword('account', key, password),
      refused: 'canary',
    },
    incremental: incrementalOf(target, hands, keys),
    outage: during({ kind: 'unreachable' }),
    hang: { ...during({ kind: 'hang' }), of: 'everything' },
    lostAnswer: during({ kind: 'unknownAfterWrite' }),
    brokenListing: during({ kind: 'brokenListing' }),
    halfAnswer: during({ kind: 'halfAnswer' }),
    throttling: { ...during({ kind: 'throttled', retryAfterMs }), retryAfterMs },
  };
}

/** The test's hands on the accounts of the store, by name. */
interface Hands {
  put(row: OutsideRow): void;
  row(name: string): TargetObject;
  names(): readonly string[];
}

function handsOn(target: MemoryTarget, keys: Keys): Hands {
  const nameOf = ({ key, attributes }: TargetObject): string => (keys === 'own' ? key : String(attributes.login));
  return {
    put: ({ key: name, attributes }) =>
      target.put({
        objectType: 'account',
        key: keys === 'own' ? name : randomUUID(),
        attributes: { ...attributes, ...(keys === 'own' ? {} : { login: name }) },
        links: {},
      }),
    row: (name) => {
      const row = target.row('account', name);
      if (row === null) throw new Error(`There is no account ${name}.`);
      return row;
    },
    names: () => target.rows('account').map(nameOf),
  };
}

function linkOf(target: MemoryTarget, hands: Hands, keys: Keys): NonNullable<ConformanceTarget['link']> {
  const change = (name: string, to: (members: readonly string[]) => readonly string[]): void => {
    const row = hands.row(name);
    target.put({ ...row, links: { groups: to(row.links.groups ?? []) } });
  };
  return {
    objectType: 'account',
    name: 'groups',
    memberKey: (n) => `g${n}`,
    ...(keys === 'own' ? {} : { memberName: (n: number) => `group ${n}` }),
    prepare: async (count) => {
      for (let n = 0; n < count; n += 1)
        target.put({ objectType: 'group', key: `g${n}`, attributes: { name: `group ${n}` }, links: {} });
    },
    addFromOutside: async (key, member) => change(key, (members) => [...members, member]),
    removeFromOutside: async (key, member) => change(key, (members) => members.filter((found) => found !== member)),
    unknownMember: 'g-nobody',
  };
}

function incrementalOf(target: MemoryTarget, hands: Hands, keys: Keys): NonNullable<ConformanceTarget['incremental']> {
  return {
    change: async (name, attributes) => {
      const row = hands.row(name);
      target.put({ ...row, attributes: { ...row.attributes, ...attributes } });
    },
    remove: async (name) => target.drop('account', hands.row(name).key),
    rename: async (name, to) => {
      const row = hands.row(name);
      if (keys === 'own') target.drop('account', row.key);
      target.put(keys === 'own' ? { ...row, key: to } : { ...row, attributes: { ...row.attributes, login: to } });
    },
    corruptCookies: ['["x","account",1]', '["x"]'],
  };
}
