// What an update of a connection's settings keeps, takes and clears; and forms that only files may use.
import { describe, expect, test } from '@jest/globals';
import { changeOfSettings, settingsRefusals } from '#src/domain/connection-input.js';

const kind = { secretSettings: ['password', 'token'], saysWhere: (name: string) => name === 'host' };
const before = { settings: { host: 'a', base: 'x' }, secrets: ['password', 'token'] };

describe('a change of settings', () => {
  test('keeps secrets that are left out or marked, takes new ones, and lets those go that are null', () => {
    const input = { host: 'a', base: 'y', password: { $secret: true }, token: null };
    expect(changeOfSettings(kind, input, before)).toEqual({
      open: { host: 'a', base: 'y' },
      given: {},
      kept: ['password'],
      cleared: [],
      moved: [],
    });
    expect(changeOfSettings(kind, { host: 'a' }, before).kept).toEqual(['password', 'token']);
    expect(changeOfSettings(kind, { host: 'a', password: 'new' }, before)).toMatchObject({
      given: { password: 'new' },
      kept: ['token'],
    });
  });

  test.each([
    ['elsewhere', { host: 'b', base: 'x' }],
    ['nowhere', { base: 'x' }],
    ['elsewhere, however the secret is marked', { host: 'b', password: { $secret: true } }],
  ])('that says the system is %s clears every secret that is not given anew', (_where, input) => {
    expect(changeOfSettings(kind, input, before)).toMatchObject({
      moved: ['host'],
      kept: [],
      cleared: ['password', 'token'],
    });
  });

  test('keeps them where no setting says where the system is: the control', () => {
    const nowhere = { ...kind, saysWhere: () => false };
    expect(changeOfSettings(nowhere, { host: 'b', base: 'x' }, before)).toMatchObject({
      moved: [],
      kept: ['password', 'token'],
      cleared: [],
    });
  });

  test('takes secrets given anew for the new place', () => {
    expect(changeOfSettings(kind, { host: 'b', password: 'p' }, before)).toMatchObject({
      given: { password: 'p' },
      cleared: ['token'],
    });
  });

  test.each([
    ['a file', { host: { $file: '/etc/shadow' } }, 'INVALID', 'holds $file'],
    ['a variable, deep inside', { base: [{ a: { $env: 'DATABASE_URL' } }] }, 'INVALID', 'holds $env'],
    ['a sealed value', { base: { $sealed: {} } }, 'INVALID', 'holds $sealed'],
    ['an unknown placeholder', { base: '${HOME}/x' }, 'INVALID', 'holds ${HOME}'],
    ['a secret that is no text', { password: 7 }, 'INVALID', 'must be a text'],
    ['a secret from a file', { password: { $file: 'x' } }, 'INVALID', 'must be a text'],
  ])('refuses %s', (_what, input, code, words) => {
    const [refusal] = settingsRefusals(kind, input, before, ['input', 'settings']);
    expect(refusal?.code).toBe(code);
    expect(refusal?.message).toContain(words);
    expect(refusal?.field).toEqual(['input', 'settings', Object.keys(input)[0]]);
  });

  test('refuses to keep a secret that there is not, and takes the data folder', () => {
    expect(settingsRefusals(kind, { password: { $secret: true } }, null, [])[0]?.code).toBe('BLANK');
    expect(settingsRefusals(kind, { base: '${dataFolder}/x', password: { $secret: true } }, before, [])).toEqual([]);
  });
});
