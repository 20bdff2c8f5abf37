// The environment becomes a Config, or one error that names every problem.
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, test } from '@jest/globals';
import { ConfigError, describeConfig, type Environment, readConfig } from '../src/config.js';

const key = 'k'.repeat(32);
const production: Environment = {
  DATABASE_URL: 'postgres://joinery:pa55word@db.example/joinery',
  JOINERY_CONFIGURATION: '/etc/joinery',
  JOINERY_TOKEN_SECRET: key,
};

function problemsOf(environment: Environment): readonly string[] {
  try {
    readConfig(environment);
  } catch (error) {
    if (error instanceof ConfigError) return error.problems;
    throw error;
  }
  return [];
}

describe('defaults', () => {
  test('an empty environment is the demo on port 4000 of 127.0.0.1', () => {
    expect(readConfig({})).toMatchObject({
      demo: true,
      role: 'all',
      host: '127.0.0.1',
      port: 4000,
      databaseUrl: null,
      redisUrl: null,
      circuitProbeSeconds: 5,
      circuitProbeMaxSeconds: 20,
      configuration: expect.stringMatching(/examples\/acme\/configuration$/),
    });
  });

  test('a database of its own ends demo mode', () => {
    expect(readConfig(production)).toMatchObject({ demo: false, circuitProbeSeconds: 30, circuitProbeMaxSeconds: 900 });
  });

  test('an empty value counts as not set', () => {
    expect(readConfig({ REDIS_URL: '', JOINERY_PORT: '' })).toMatchObject({ redisUrl: null, port: 4000 });
  });

  test('a config cannot be changed', () => {
    expect(Object.isFrozen(readConfig({}))).toBe(true);
  });

  test('the key of service tokens can come from a file', () => {
    const folder = mkdtempSync(join(tmpdir(), 'joinery-config-'));
    writeFileSync(join(folder, 'key'), `${key}\n`);
    const { JOINERY_TOKEN_SECRET: _, ...rest } = production;
    expect(readConfig({ ...rest, JOINERY_TOKEN_SECRET_FILE: join(folder, 'key') }).tokenSecret).toBe(key);
    rmSync(folder, { recursive: true });
  });
});

describe('refusals', () => {
  test.each<[string, Environment, RegExp]>([
    ['an unknown setting', { JOINERY_PROT: '1' }, /JOINERY_PROT: no such setting\. Did you mean JOINERY_PORT\?/],
    ['a port that is no number', { JOINERY_PORT: '4e3' }, /JOINERY_PORT=4e3: expected a whole number/],
    ['a port beyond the last', { JOINERY_PORT: '65536' }, /from 0 to 65535/],
    ['an unknown role', { JOINERY_ROLE: 'boss' }, /expected one of all, api, worker/],
    ['a database that is no PostgreSQL', { DATABASE_URL: 'mysql://x/y' }, /DATABASE_URL: expected an address/],
    ['a zone that does not exist', { JOINERY_TIME_ZONE: 'Mars/Base' }, /IANA time zone/],
    ['an empty name among the queues', { JOINERY_QUEUES: 'crm,,hr' }, /names separated by commas/],
    ['a demo open to the network', { JOINERY_HOST: '0.0.0.0' }, /listens on 127\.0\.0\.1 only/],
    ['an issuer without audience', { JOINERY_OIDC_ISSUER: 'https://idp.example' }, /set both/],
    ['a key too short', { JOINERY_TOKEN_SECRET: 'short' }, /JOINERY_TOKEN_SECRET: expected at least 32/],
    ['a key file that is not there', { JOINERY_TOKEN_SECRET_FILE: '/nowhere/key' }, /cannot be read/],
    ['a longest probe below the first', { JOINERY_CIRCUIT_PROBE_SECONDS: '60' }, /is shorter than/],
    [
      'no configuration outside the demo',
      { ...production, JOINERY_CONFIGURATION: '' },
      /JOINERY_CONFIGURATION: not set/,
    ],
    ['nobody who could sign in', { ...production, JOINERY_TOKEN_SECRET: '' }, /nobody could sign in/],
  ])('%s', (_, environment, expected) => {
    expect(problemsOf(environment).join('\n')).toMatch(expected);
  });

  test('name every wrong setting at once', () => {
    expect(problemsOf({ JOINERY_PORT: 'x', JOINERY_ROLE: 'y', JOINERY_HOEM: 'z' })).toHaveLength(3);
  });

  test('never repeat a secret', () => {
    expect(problemsOf({ DATABASE_URL: 'pg://u:pa55word@h/d', JOINERY_TOKEN_SECRET: 'tooshort' }).join()).not.toMatch(
      /pa55word|tooshort/,
    );
  });

  test('a client needs neither configuration nor keys', () => {
    expect(readConfig({ DATABASE_URL: production.DATABASE_URL }, 'client').configuration).toBeNull();
  });
});

describe('the list of settings', () => {
  test('shows value and source of each and masks secrets', () => {
    const listed = describeConfig({ ...production, JOINERY_TOKEN: 'carried-by-hand' });
    const byName = Object.fromEntries(listed.map((setting) => [setting.name, setting]));
    expect(byName.DATABASE_URL).toMatchObject({
      value: 'postgres://joinery:***@db.example/joinery',
      source: 'environment',
    });
    expect(byName.JOINERY_PORT).toMatchObject({ value: '4000', source: 'default' });
    expect(JSON.stringify(listed)).not.toMatch(/pa55word|carried-by-hand|kkkk/);
  });
});
