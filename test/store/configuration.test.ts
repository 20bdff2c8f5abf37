// Applying configurations: one version per change, everybody concerned marked, and the model of the newest one.
import { afterAll, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import { fileURLToPath } from 'node:url';
import { readConfiguration } from '../../src/adapters/configuration.js';
import { processEnvironment } from '../../src/adapters/environment.js';
import { celCompiler } from '../../src/adapters/expression.js';
import { systemActor } from '../../src/domain/actor.js';
import type { Configuration } from '../../src/domain/configuration.js';
import { applyConfiguration } from '../../src/steps/apply-configuration.js';
import type { ConfigurationStore } from '../../src/steps/ports/configuration.js';
import { configurationStore, modelSource } from '../../src/store/configuration.js';
import { openDatabase } from '../../src/store/data-source.js';
import type { Database } from '../../src/store/database.js';
import { createTestDatabase, type TestDatabase } from '../support/database.js';

const environment = processEnvironment('UTC');
let testDatabase: TestDatabase;
let database: Database;
let configurations: ConfigurationStore;
let acme: Configuration;

beforeAll(async () => {
  testDatabase = await createTestDatabase('configuration');
  database = await openDatabase({ url: testDatabase.url }, Math.random);
  configurations = configurationStore(database);
  const reading = await readConfiguration(
    fileURLToPath(new URL('../../examples/acme/configuration', import.meta.url)),
    { timeZone: 'UTC' },
  );
  if (!reading.ok) throw new Error('The demo company has errors.');
  acme = reading.configuration;
  await database.query(
    `insert into resource (id, entity_type, key, attributes, hash, seen_at)
     select gen_random_uuid(), kind, 'key' || n, '{}', '', now() from generate_series(1, 3) n, unnest(array['person', 'crmAccount']) kind`,
  );
});
afterAll(async () => {
  await database.close();
  await testDatabase.drop();
});
beforeEach(async () => {
  await database.query('truncate configuration_version, dirty_identity restart identity');
});

const apply = (configuration: Configuration, store = configurations) =>
  applyConfiguration({ environment, configurations: store }, configuration, systemActor);
const renamed = (configuration: Configuration, displayName: string): Configuration => ({
  ...configuration,
  connectors: configuration.connectors.map((connector) => ({ ...connector, displayName })),
});
const withRule = (configuration: Configuration): Configuration => ({
  ...configuration,
  roleRules: configuration.roleRules.map((rule) => ({ ...rule, when: 'person.site == "BER"' })),
});
const dirty = async () =>
  (
    await database.query<{ entityType: string }>(
      `select r.entity_type as "entityType" from dirty_identity d join resource r on r.id = d.identity_id where d.reason = 'configuration'`,
    )
  ).rows.map((row) => row.entityType);

describe('applying a configuration', () => {
  it('makes a version, and none when nothing changed', async () => {
    expect(await apply(acme)).toEqual({ version: 1, isNew: true });
    expect(await apply(structuredClone(acme))).toEqual({ version: 1, isNew: false });
    expect((await configurations.newest())?.configuration).toEqual(acme);
  });

  it('marks every person, and nothing else, when the rules changed', async () => {
    await apply(acme);
    expect(await dirty()).toEqual([]);
    expect(await apply(withRule(acme))).toEqual({ version: 2, isNew: true });
    expect(await dirty()).toEqual(['person', 'person', 'person']);
  });

  it('marks nobody when only names of systems changed', async () => {
    await apply(acme);
    expect(await apply(renamed(acme, 'Other'))).toEqual({ version: 2, isNew: true });
    expect(await dirty()).toEqual([]);
  });

  it('leaves an audit entry', async () => {
    await apply(acme);
    const { rows } = await database.query<{ actor: string; after: { version: number } }>(
      `select actor, after from audit_entry where action = 'configuration.apply' order by id desc limit 1`,
    );
    expect(rows[0]).toMatchObject({ actor: 'system:joinery', after: { version: 1 } });
  });

  it('by two processes at once gives each its version, decided on what is there', async () => {
    await apply(acme);
    const results = await Promise.all([
      apply(renamed(acme, 'A')),
      apply(renamed(acme, 'B')),
      apply(renamed(acme, 'A')),
    ]);
    const { rows } = await database.query<{ digest: string }>(
      'select digest from configuration_version order by version',
    );
    expect(new Set(results.map((result) => result.version)).size).toBeGreaterThan(1);
    expect(rows.every((row, index) => row.digest !== rows[index - 1]?.digest)).toBe(true);
  });

  it('decides again when another process was faster between load and commit', async () => {
    await apply(acme);
    let isFirst = true;
    const slow: ConfigurationStore = {
      ...configurations,
      commit: async (next) => {
        if (isFirst) {
          isFirst = false;
          await apply(renamed(acme, 'Faster'));
        }
        return configurations.commit(next);
      },
    };
    expect(await apply(renamed(acme, 'Slower'), slow)).toEqual({ version: 3, isNew: true });
  });
});

describe('the model source', () => {
  const sourceOf = () => {
    const clock = { now: 0 };
    const asked = { newest: 0, version: 0 };
    const counting: ConfigurationStore = {
      ...configurations,
      newest: () => {
        asked.newest += 1;
        return configurations.newest();
      },
      newestVersion: () => {
        asked.version += 1;
        return configurations.newestVersion();
      },
    };
    return { clock, asked, models: modelSource(counting, { compiler: celCompiler, elapsed: () => clock.now }) };
  };

  it('says what to do when nothing was applied', async () => {
    await expect(sourceOf().models.current()).rejects.toThrow('No configuration was applied yet');
  });

  it('loads and compiles a version once, however many ask at once', async () => {
    await apply(acme);
    const { models, asked } = sourceOf();
    const [first, second] = await Promise.all([models.current(), models.current()]);
    expect(first).toBe(second);
    expect(asked.newest).toBe(1);
  });

  it('asks for the newest version at most once a second, and loads only a new one', async () => {
    await apply(acme);
    const { models, asked, clock } = sourceOf();
    const first = await models.current();
    clock.now = 999;
    expect(await models.current()).toBe(first);
    expect(asked).toEqual({ newest: 1, version: 0 });
    clock.now = 1_001;
    expect(await models.current()).toBe(first);
    expect(asked).toEqual({ newest: 1, version: 1 });
    await apply(withRule(acme));
    clock.now = 3_000;
    expect((await models.current()).version).toBe(2);
  });

  it('asks at once after an apply in the same process', async () => {
    await apply(acme);
    const { models } = sourceOf();
    await models.current();
    await apply(withRule(acme));
    expect((await models.current()).version).toBe(1);
    models.expire();
    expect((await models.current()).version).toBe(2);
  });

  it('asks again when the answer under way may be older than the apply', async () => {
    await apply(acme);
    const { models } = sourceOf();
    const early = models.current();
    models.expire();
    await early;
    await apply(withRule(acme));
    expect((await models.current()).version).toBe(2);
  });
});
