// What clients are told while the database is away: come back, and nothing of what failed.
import { afterAll, beforeAll, expect, it } from '@jest/globals';
import type { SignInDirectory } from '../../src/resolvers/operation.js';
import { isOutage } from '../../src/server/outage.js';
import type { ApiPorts } from '../../src/steps/ports/api.js';
import type { Database } from '../../src/store/database.js';
import { codes, type ServedCompany, serveCompany } from './company.js';

/** PostgreSQL ends the connection under the statement, as it does when it is shut down. */
const cut = (database: Database) => () => database.query('select pg_terminate_backend(pg_backend_pid())');

let company: ServedCompany;
let strangers: ServedCompany;

beforeAll(async () => {
  const all = (database: Database) => new Proxy({}, { get: () => cut(database) });
  company = await serveCompany({
    ports: (database) => ({ identities: all(database) as ApiPorts['identities'] }),
  });
  const person = async () => {
    await cut(company.database)();
    throw new Error('The connection outlived its end.');
  };
  strangers = await serveCompany({
    server: { actors: { person, serviceAccount: person } as unknown as SignInDirectory },
  });
});
afterAll(async () => {
  await strangers.stop();
  await company.stop();
});

it.each([
  ['while it runs', () => company],
  ['before it begins', () => strangers],
])('an operation cut off %s is answered as unavailable, to be tried again', async (_when, served) => {
  const { status, body, headers } = await served().post('camille.roy', '{ identity(identifier: "ines.aubry") { id } }');
  expect([status, codes(body)]).toEqual([503, ['UNAVAILABLE']]);
  expect(headers.get('retry-after')).toBe('5');
  expect(body.errors?.[0]?.message).toBe('Joinery cannot reach its database right now; try again.');
  expect(served().logged.map(({ message }) => message)).toContain(
    'An operation failed: the database or the queue is away.',
  );
});

it.each([
  ['a refused connection', Object.assign(new Error('connect'), { code: 'ECONNREFUSED' }), true],
  ['several refused ones', new AggregateError([Object.assign(new Error(''), { code: 'ECONNREFUSED' })]), true],
  ['a pool that waits too long', new Error('timeout exceeded when trying to connect'), true],
  ['a wrapped shutdown', Object.assign(new Error('x'), { driverError: { code: '57P03' } }), true],
  ['a broken constraint', Object.assign(new Error('x'), { code: '23505' }), false],
  ['a fault of ours', new TypeError('x is not a function'), false],
])('%s is told apart', (_what, error, expected) => {
  expect(isOutage(error)).toBe(expected);
});
