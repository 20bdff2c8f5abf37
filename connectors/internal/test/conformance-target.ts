// Joinery's own resources in a real PostgreSQL behind a fault proxy, as the conformance suite wants them.
import {
  type ConformanceTarget,
  type FaultProxy,
  type NetworkFault,
  startFaultProxy,
  type Switch,
} from '@joinery/connector-kit';
import internal from '@joinery/connector-internal';
import pg from 'pg';
import { processEnvironment } from '../../../src/adapters/environment.js';
import { resourceHost } from '../../../src/adapters/resource-host.js';
import { openDatabase } from '../../../src/store/data-source.js';
import { ownedResourceStore } from '../../../src/store/owned-resource.js';
import { createTestDatabase } from '../../../test/support/database.js';
import { connection, modelOf } from '../../../test/support/execution-world.js';

export interface InternalGround {
  readonly target: ConformanceTarget;
  close(): Promise<void>;
}

const settings = {
  entityTypes: [
    {
      name: 'account',
      key: 'id',
      attributes: [{ name: 'name' }, { name: 'mail' }],
      links: [{ name: 'groups', targetEntityType: 'group' }],
    },
    { name: 'group', key: 'id', attributes: [{ name: 'name' }] },
  ],
};

export async function prepareInternalGround(): Promise<InternalGround> {
  const test = await createTestDatabase('connector_internal');
  const hands = new pg.Pool({ connectionString: test.url, max: 2 });
  const url = new URL(test.url);
  const proxy = await startFaultProxy({ host: url.hostname, port: Number(url.port) });
  url.host = `127.0.0.1:${proxy.port}`;
  const database = await openDatabase({ url: url.href, poolSize: 4 }, Math.random);
  const model = modelOf('none', { package: 'internal' });
  const lend = resourceHost({
    models: { current: async () => model },
    resources: ownedResourceStore(database, processEnvironment('UTC')),
  });
  const definition = model.configuration.connections.find(({ identifier }) => identifier === connection);
  const host = definition === undefined ? null : lend(definition);
  return {
    target: targetOf(hands, proxy, { ...internal, open: (given) => internal.open(given, host ?? {}) }),
    close: async () => {
      await database.close();
      await proxy.close();
      await hands.end();
      await test.drop();
    },
  };
}

const insert = `insert into resource (id, entity_type, key, attributes, hash, seen_at)
  select gen_random_uuid(), $1, r.key, r.attributes, '', now() from jsonb_to_recordset($2::jsonb) as r(key text, attributes jsonb)`;

function targetOf(hands: pg.Pool, proxy: FaultProxy, connector: ConformanceTarget['connector']): ConformanceTarget {
  const put = (type: string, rows: readonly { readonly key: string; readonly attributes: object }[]) =>
    hands.query(insert, [type, JSON.stringify(rows)]);
  const ofAccount = `(select id from resource where entity_type = 'account' and key = $1)`;
  return {
    connector,
    settings,
    objectType: 'account',
    attributes: ['name', 'mail'],
    key: (n) => `a${String(n).padStart(6, '0')}`,
    reset: async () => {
      await hands.query('truncate resource cascade');
    },
    outside: {
      insert: async (rows) =>
        void (await put(
          'account',
          rows.map(({ key, attributes }) => ({ key, attributes: { ...attributes, id: key } })),
        )),
      keys: async () =>
        (await hands.query<{ key: string }>(`select key from resource where entity_type = 'account'`)).rows.map(
          ({ key }) => key,
        ),
    },
    link: {
      objectType: 'account',
      name: 'groups',
      memberKey: (n) => `g${n}`,
      prepare: async (count) => {
        await hands.query(`delete from resource where entity_type = 'group'`);
        await put(
          'group',
          Array.from({ length: count }, (_, n) => ({ key: `g${n}`, attributes: { id: `g${n}` } })),
        );
      },
      addFromOutside: async (key, member) =>
        void (await hands.query(`insert into resource_link select ${ofAccount}, 'groups', $2 on conflict do nothing`, [
          key,
          member,
        ])),
      removeFromOutside: async (key, member) =>
        void (await hands.query(`delete from resource_link where resource_id = ${ofAccount} and target_key = $2`, [
          key,
          member,
        ])),
      unknownMember: 'nobody',
    },
    incremental: {
      change: async (key, attributes) =>
        void (await hands.query(
          `update resource set attributes = attributes || $2 where entity_type = 'account' and key = $1`,
          [key, JSON.stringify(attributes)],
        )),
      remove: async (key) =>
        void (await hands.query(`delete from resource where entity_type = 'account' and key = $1`, [key])),
      rename: async (key, to) =>
        void (await hands.query(
          `update resource set key = $2, attributes = attributes || jsonb_build_object('id', $2::text) where entity_type = 'account' and key = $1`,
          [key, to],
        )),
      corruptCookies: ['', 'nonsense', 'comparison-1.x.y'],
    },
    ...faultsOf(proxy),
    unsupportedText: [{ text: '\0', reason: 'PostgreSQL stores no NUL' }],
  };
}

/** Afterwards every connection is cut: one that was left hanging would answer nobody. */
function faultsOf(proxy: FaultProxy) {
  const during = (fault: NetworkFault): Switch => ({
    start: async () => proxy.set(fault),
    stop: async () => {
      proxy.set({ down: true });
      proxy.set({});
    },
  });
  return {
    outage: during({ down: true }),
    hang: { ...during({ silent: true }), of: 'everything' },
    lostAnswer: during({ cutAnswerTo: 'COMMIT' }),
    brokenListing: during({ cutAfterBytes: 40_000 }),
    halfAnswer: during({ cutAfterBytes: 200 }),
  } as const;
}
