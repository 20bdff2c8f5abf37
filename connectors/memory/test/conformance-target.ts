// A memory store as the conformance suite wants it.
import type { ConformanceTarget, ConnectorSettings, Switch } from '@joinery/connector-kit';
import memory, { type MemoryFault, memoryTarget } from '@joinery/connector-memory';

export function memoryConformanceTarget(store: string, settings: ConnectorSettings): ConformanceTarget {
  const target = memoryTarget(store);
  const put = (objectType: string, key: string, attributes = {}, links = {}): void =>
    target.put({ objectType, key, attributes, links });
  const during = (fault: MemoryFault): Switch => ({
    start: async () => target.plan(fault, { times: Number.POSITIVE_INFINITY }),
    stop: async () => target.heal(),
  });
  return {
    connector: memory,
    settings: { store, password: 'canary-right-5f2c', ...settings },
    wrongCredentials: { store, password: 'canary-wrong-81aa', ...settings },
    objectType: 'account',
    attributes: ['name', 'mail'],
    key: (n) => `u${String(n).padStart(6, '0')}`,
    reset: async () => {
      target.reset();
      target.demandPassword('canary-right-5f2c');
    },
    outside: {
      insert: async (rows) => rows.forEach((row) => put('account', row.key, row.attributes)),
      keys: async () => target.rows('account').map((row) => row.key),
    },
    link: {
      objectType: 'account',
      name: 'groups',
      memberKey: (n) => `g${n}`,
      prepare: async (count) => {
        for (let n = 0; n < count; n += 1) put('group', `g${n}`);
      },
      addFromOutside: async (key, member) => {
        const row = target.row('account', key);
        if (row !== null) target.put({ ...row, links: { groups: [...(row.links.groups ?? []), member] } });
      },
      unknownMember: 'g-nobody',
    },
    outage: during({ kind: 'unreachable' }),
    hang: { ...during({ kind: 'hang' }), of: 'everything' },
    lostAnswer: during({ kind: 'unknownAfterWrite' }),
    brokenListing: during({ kind: 'brokenListing' }),
  };
}
