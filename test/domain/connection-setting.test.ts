// Settings as people may see them: nothing secret, nothing kept elsewhere.
import { expect, it } from '@jest/globals';
import { shownSettings } from '../../src/domain/connection-setting.js';

const settings = {
  host: 'crm.example',
  port: 5432,
  password: 'tiger',
  token: { $env: 'TOKEN' },
  files: [{ path: '/data', key: { $file: 'key' } }],
  isOpen: true,
};
const hidden = { $secret: true };

it.each<[string, readonly string[] | null, object]>([
  [
    'hides what the package calls secret and what is kept elsewhere',
    ['password'],
    {
      host: 'crm.example',
      port: 5432,
      password: hidden,
      token: hidden,
      files: [{ path: '/data', key: hidden }],
      isOpen: true,
    },
  ],
  [
    'hides every text when nobody knows which are secret',
    null,
    { host: hidden, port: 5432, password: hidden, token: hidden, files: [{ path: hidden, key: hidden }], isOpen: true },
  ],
])('%s', (_what, secrets, expected) => {
  const shown = shownSettings(settings, secrets);
  expect(shown).toEqual(expected);
  expect(JSON.stringify(shown)).not.toContain('tiger');
});
