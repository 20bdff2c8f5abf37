// What the process's log says of an error: enough to find it, and nothing of what it was about.
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { Writable } from 'node:stream';
import { GraphQLError } from 'graphql';
import { pino } from 'pino';
import { processLog } from '../../src/adapters/log.js';
import { openDatabase } from '../../src/store/data-source.js';
import type { Database } from '../../src/store/database.js';
import { createTestDatabase, type TestDatabase } from '../support/database.js';

const canary = 'CANARY-camille.roy';
let testDatabase: TestDatabase;
let database: Database;
let lines: string[];

beforeAll(async () => {
  testDatabase = await createTestDatabase('log');
  database = await openDatabase({ url: testDatabase.url, poolSize: 1 }, Math.random);
});
afterAll(async () => {
  await database.close();
  await testDatabase.drop();
});

function sink(): Writable {
  lines = [];
  return new Writable({
    write: (chunk: Buffer, _encoding, done) => {
      lines.push(chunk.toString('utf8'));
      done();
    },
  });
}

const caught = (work: Promise<unknown>): Promise<unknown> =>
  work.then(
    () => null,
    (error: unknown) => error,
  );
/** A key that is there already: PostgreSQL says which in `detail`. */
const duplicate = () =>
  caught(
    database.query(
      `insert into resource (id, entity_type, key, attributes, hash, seen_at)
       select gen_random_uuid(), 'person', $1, '{}', '', now() from generate_series(1, 2)`,
      [canary],
    ),
  );
/** PostgreSQL quotes the value in the message itself. */
const unreadable = () => caught(database.query('select $1::text::uuid', [canary]));

describe('an error in the log', () => {
  it.each([
    ['of a row that is there already', duplicate, '23505'],
    ['of a value that cannot be read', unreadable, '22P02'],
    ['as the cause of another', async () => new Error('What was asked failed.', { cause: await duplicate() }), '23505'],
    [
      'wrapped by GraphQL',
      async () => new GraphQLError('Failed', { originalError: (await unreadable()) as Error }),
      '22P02',
    ],
  ])('%s has its code and place, and no value', async (_how, make, code) => {
    const error = await make();
    const log = processLog('info', 'api', sink());
    for (const name of ['err', 'error', 'fault']) log.error({ traceId: 't', [name]: error }, 'An operation failed.');
    log.error(error as Error);
    expect(lines).toHaveLength(4);
    for (const line of lines) {
      expect(line).not.toContain('CANARY');
      expect(line).not.toContain('insert into');
      expect(line).toContain(code);
      expect(line).toMatch(/ at .*\.[tj]s:\d+/);
    }
  });

  it('control: a logger without our words for errors tells all of it', async () => {
    pino({}, sink()).error({ err: await duplicate() }, 'An operation failed.');
    expect(lines.join()).toContain('CANARY');
  });

  it('has no password of an address', () => {
    const error = new Error(`connection to postgres://joinery:${canary}@db/joinery failed`);
    processLog('info', 'api', sink()).error({ err: error }, 'Failed.');
    expect(lines.join()).not.toContain('CANARY');
    expect(lines.join()).toContain('postgres://joinery:***@');
  });

  it('of our own making keeps its message', () => {
    processLog('info', 'api', sink()).error({ err: new TypeError('No such thing.') }, 'Failed.');
    expect(JSON.parse(lines[0] ?? '')).toMatchObject({ err: { type: 'TypeError', message: 'No such thing.' } });
  });
});
