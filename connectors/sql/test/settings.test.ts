// Settings that do not fit together are refused by name, before anything connects.
import { describe, expect, test } from '@jest/globals';
import type { ConnectorError, ConnectorSettings } from '@joinery/connector-kit';
import sql from '@joinery/connector-sql';

const table = { name: 'account', table: 'account', key: 'id' };
const server = { host: 'h', database: 'd', user: 'u' };
const accounts = { name: 'login', kind: 'databaseAccounts' };

const wrong: readonly (readonly [string, ConnectorSettings, RegExp])[] = [
  ['a server without its host', { database: 'd', user: 'u', objectTypes: [table] }, /"host" is missing; postgresql/],
  ['SQLite without a file', { engine: 'sqlite', objectTypes: [table] }, /"file" is missing; sqlite/],
  [
    'SQLite with a password',
    { engine: 'sqlite', file: 'f', password: 'secret-1', objectTypes: [table] },
    /"password" has no meaning/,
  ],
  ['a server with a file', { ...server, file: 'f', objectTypes: [table] }, /"file" has no meaning for postgresql/],
  [
    'a schema of MariaDB',
    { ...server, engine: 'mysql', schema: 's', objectTypes: [table] },
    /"schema" has no meaning for mysql/,
  ],
  ['accounts of SQLite', { engine: 'sqlite', file: 'f', objectTypes: [accounts] }, /SQLite has no accounts/],
  [
    'a table without a key',
    { ...server, objectTypes: [{ name: 'a', table: 't' }] },
    /"key" of the object type "a" is missing/,
  ],
  [
    'accounts with a table',
    { ...server, objectTypes: [{ ...accounts, table: 't' }] },
    /"table" of the object type "login" has no meaning/,
  ],
  [
    'a table with a pattern of names',
    { ...server, objectTypes: [{ ...table, names: 'x' }] },
    /"names" of the object type "account" has no meaning/,
  ],
  ['a pattern that is none', { ...server, objectTypes: [{ ...accounts, names: '(' }] }, /no regular expression/],
  [
    'one kind twice',
    { ...server, objectTypes: [accounts, { ...accounts, name: 'other' }] },
    /the kind "databaseAccounts" twice/,
  ],
  ['one name twice', { ...server, objectTypes: [table, table] }, /names "account" twice/],
  [
    'a link to nowhere',
    {
      ...server,
      objectTypes: [
        {
          ...table,
          links: [{ name: 'l', joinTable: 'j', ownColumn: 'a', otherColumn: 'b', targetObjectType: 'gone' }],
        },
      ],
    },
    /leads to the object type "gone"/,
  ],
];

describe('settings', () => {
  test.each(wrong)('with %s are refused by name', async (_name, settings, message) => {
    const error = await sql.open(settings).then(
      () => Promise.reject(new Error('they were accepted')),
      (reason: ConnectorError) => reason,
    );
    expect(error.failure.code).toBe('INVALID_VALUE');
    expect(error.message).toMatch(message);
  });

  test('of before there were several engines mean PostgreSQL', async () => {
    const session = await sql.open({ ...server, objectTypes: [table] });
    await session.close();
  });
});
