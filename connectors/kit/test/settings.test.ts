// Settings are refused by name, never by value.
import { describe, expect, test } from '@jest/globals';
import {
  ConnectorError,
  type SettingsSchema,
  secretSettings,
  settingsProblems,
  validateSettings,
  isEndpointSetting,
} from '@joinery/connector-kit';

const schema: SettingsSchema = {
  type: 'object',
  additionalProperties: false,
  required: ['host', 'tables'],
  properties: {
    host: { type: 'string', minLength: 1 },
    port: { type: 'integer', maximum: 65_535 },
    mode: { enum: ['fast', 'safe'] },
    password: { type: 'string', 'x-secret': true },
    tables: {
      type: 'array',
      items: {
        type: 'object',
        additionalProperties: false,
        required: ['name'],
        properties: { name: { type: 'string' }, 'a/b': { type: 'string' } },
      },
    },
  },
};
const good = { host: 'h', tables: [{ name: 't' }] };

const wrong: readonly (readonly [string, Record<string, unknown>, string, RegExp])[] = [
  [
    'an unknown setting',
    { ...good, prot: 1 },
    'prot',
    /"prot" is unknown; known here: host, port, mode, password, tables/,
  ],
  ['a missing setting', { tables: [] }, 'host', /"host" is missing/],
  ['a wrong type', { ...good, port: 'x' }, 'port', /"port" must be integer/],
  ['a value that is none of the allowed', { ...good, mode: 'slow' }, 'mode', /"mode" must be one of \["fast","safe"\]/],
  [
    'a missing setting deep inside',
    { ...good, tables: [{ name: 't' }, {}] },
    'tables[1].name',
    /"tables\[1\].name" is missing/,
  ],
  [
    'an unknown setting deep inside',
    { ...good, tables: [{ name: 't', x: 1 }] },
    'tables[0].x',
    /"tables\[0\].x" is unknown; known here: name/,
  ],
  ['a name with a slash', { ...good, tables: [{ name: 't', 'a/b': 1 }] }, 'tables[0].a/b', /must be string/],
];

describe('settings with', () => {
  test.each(wrong)('%s are refused by name', (_name, settings, setting, message) => {
    expect(settingsProblems(schema, settings)).toEqual([{ setting, message: expect.stringMatching(message) }]);
    expect(() => validateSettings(schema, settings)).toThrow(ConnectorError);
  });

  test('several faults name them all, and tell no value', () => {
    const problems = settingsProblems(schema, { ...good, port: 'canary-1', password: 4_711, mode: 'canary-2' });
    expect(problems.map(({ setting }) => setting)).toEqual(['port', 'mode', 'password']);
    expect(JSON.stringify(problems)).not.toMatch(/canary|4711/);
  });

  test('nothing wrong have no problems', () => expect(settingsProblems(schema, good)).toEqual([]));
});

describe('a settings schema', () => {
  test('says which settings are secret', () => expect(secretSettings(schema)).toEqual(['password']));

  test.each([
    ['lets unknown settings through', { type: 'object', properties: {} }],
    ['is no schema', { type: 'nonsense', additionalProperties: false }],
    ['has a keyword nobody knows', { type: 'object', additionalProperties: false, propertees: {} }],
  ])('that %s is a bug of the package', (_name, malformed) => {
    expect(() => settingsProblems(malformed, {})).toThrow(
      expect.objectContaining({ failure: expect.objectContaining({ code: 'CONNECTOR_BUG' }) }),
    );
  });
});

describe('a setting that clears secrets when it is changed', () => {
  const settingsSchema = { properties: { serverName: { 'x-endpoint': true }, domain: { 'x-endpoint': false } } };

  test.each([
    ['host', true],
    ['baseUrl', true],
    ['tls', true],
    ['caCertificate', true],
    ['allowUnencrypted', true],
    ['serverName', true],
    ['domain', false],
    ['displayName', false],
    ['pageSize', false],
    ['user', false],
  ])('%s: %s', (name, expected) => {
    expect(isEndpointSetting(settingsSchema, name)).toBe(expected);
  });
});
