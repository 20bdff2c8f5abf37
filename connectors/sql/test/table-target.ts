// What the grounds of all engines have in common: accounts with teams, as settings and as hands on a network that fails.
import { type ConformanceTarget, type FaultProxy, type NetworkFault, type Switch } from '@joinery/connector-kit';
import sql from '@joinery/connector-sql';

/** The object types of the small application; `changes` says how changed accounts are found. */
export function objectTypes(changes?: { readonly column: string; readonly overlap?: number }) {
  return [
    {
      name: 'account',
      table: 'account',
      key: 'id',
      attributes: [
        { name: 'id' },
        { name: 'name' },
        { name: 'mail' },
        { name: 'hired', readOnly: true },
        { name: 'quota' },
        { name: 'active' },
      ],
      links: [
        {
          name: 'teams',
          joinTable: 'member',
          ownColumn: 'account_id',
          otherColumn: 'team_id',
          targetObjectType: 'team',
        },
      ],
      disabling: { attribute: 'active', disabledValue: false, enabledValue: true },
      ...(changes === undefined ? {} : { changes }),
    },
    { name: 'team', table: 'team', key: 'id' },
  ];
}

/** What every engine's target says alike. */
export const tableTarget = {
  connector: sql,
  objectType: 'account',
  attributes: ['name', 'mail'],
  key: (n: number) => `u${String(n).padStart(6, '0')}`,
  cannotShow: { RESET_PASSWORD: 'rows of a table have no password of the database' },
  readOnlyAttribute: 'hired',
} as const satisfies Partial<ConformanceTarget>;

/** Faults of the network as the suite switches them. */
export function networkFaults(proxy: FaultProxy) {
  const during = (fault: NetworkFault): Switch => ({
    start: async () => proxy.set(fault),
    stop: async () => proxy.set({}),
  });
  return {
    outage: during({ down: true }),
    hang: { ...during({ silent: true }), of: 'everything' },
    lostAnswer: during({ cutAnswerTo: 'commit' }),
    brokenListing: during({ cutAfterBytes: 40_000 }),
  } as const;
}

/** Cuts every open connection, so that the next call has to make one. */
export function cutConnections(proxy: FaultProxy): void {
  proxy.set({ down: true });
  proxy.set({});
}

export const corruptCookies = ['', 'nonsense', 'column-1.x.y', 'comparison-1.x.y', '{"position":1}'];
