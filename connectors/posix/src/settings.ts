// The settings of a connection to a host: their schema, and the shape the code works with. Owns defaults.
import type { ConnectorSettings, SettingsSchema } from '@joinery/connector-kit';

export interface PosixSettings {
  readonly host: string;
  readonly port: number;
  readonly user: string;
  readonly privateKey: string | undefined;
  readonly passphrase: string | undefined;
  readonly password: string | undefined;
  /** SHA-256 fingerprint of the host's key, without the prefix. */
  readonly hostKey: string;
  readonly sudo: boolean;
  /** Folder that stands for `/` in the account files; empty: the host itself. */
  readonly root: string;
  readonly minimumId: number;
  readonly createHome: boolean;
  readonly removeHome: boolean;
  readonly keysFile: string;
  readonly connectTimeoutMs: number;
  readonly maxChannels: number;
}

const text = (description: string) => ({ type: 'string', minLength: 1, description }) as const;
const secret = (description: string) => ({ ...text(description), 'x-secret': true }) as const;

export const posixSettingsSchema: SettingsSchema = {
  type: 'object',
  additionalProperties: false,
  required: ['host', 'user', 'hostKey'],
  properties: {
    host: text('Name or address of the host.'),
    port: { type: 'integer', minimum: 1, maximum: 65_535, description: 'Port of SSH (default: 22).' },
    user: text('The account Joinery signs in with: root, or one that may use sudo.'),
    privateKey: secret('Private key of that account, in OpenSSH or PEM form.'),
    passphrase: secret('Passphrase of the private key, when it has one.'),
    password: secret('Password of that account, where it has no key.'),
    hostKey: {
      type: 'string',
      pattern: '^(SHA256:)?[A-Za-z0-9+/]{43}=?$',
      'x-endpoint': true,
      description: 'Fingerprint of the host’s key as `ssh-keygen -lf` prints it: SHA256:…',
    },
    sudo: { type: 'boolean', description: 'Run each program with `sudo -n` (default: unless the user is root).' },
    root: {
      type: 'string',
      pattern: '^(/[A-Za-z0-9._-]+)+$',
      description: 'Manage the account files below this folder (an image) instead of the host’s own.',
    },
    minimumId: {
      type: 'integer',
      minimum: 1,
      description: 'Users and groups with smaller ids are neither listed nor touched (default: 1000).',
    },
    createHome: { type: 'boolean', description: 'Make the home folder of a new user (default: true).' },
    removeHome: { type: 'boolean', description: 'Delete the home folder with the user (default: false).' },
    keysFile: {
      type: 'string',
      pattern: '^(%h|/)[A-Za-z0-9%/._-]*$',
      description:
        'Where sshd looks for authorised keys; %h is the home, %u the user (default: %h/.ssh/authorized_keys).',
    },
    connectTimeoutMs: { type: 'integer', minimum: 100, description: 'Longest connecting may take (default: 10000).' },
    maxChannels: {
      type: 'integer',
      minimum: 1,
      maximum: 100,
      description: 'Programs at once on one connection (default: 4; sshd’s MaxSessions is 10).',
    },
  },
};

/** The settings with their defaults; they were validated against the schema before. */
export function posixSettings(settings: ConnectorSettings): PosixSettings {
  const given = settings as Partial<PosixSettings>;
  const user = given.user ?? '';
  return {
    host: given.host ?? '',
    port: given.port ?? 22,
    user,
    privateKey: given.privateKey,
    passphrase: given.passphrase,
    password: given.password,
    hostKey: (given.hostKey ?? '').replace(/^SHA256:/, '').replace(/=$/, ''),
    sudo: given.sudo ?? user !== 'root',
    root: given.root ?? '',
    minimumId: given.minimumId ?? 1_000,
    createHome: given.createHome ?? true,
    removeHome: given.removeHome ?? false,
    keysFile: given.keysFile ?? '%h/.ssh/authorized_keys',
    connectTimeoutMs: given.connectTimeoutMs ?? 10_000,
    maxChannels: given.maxChannels ?? 4,
  };
}
