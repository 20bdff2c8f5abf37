// Where a directory is and as whom it is used: the part of the settings every LDAP package has.
// Owns their schema, defaults and checks; what is read and written there is each package's own.
import { ConnectorError, type ConnectorSettings } from '@joinery/connector-kit';

/** How the connection is encrypted; `startTls` begins in clear and is encrypted before anything is said. */
export type LdapEncryption = 'ldaps' | 'startTls' | 'off';

export interface LdapAddress {
  readonly host: string;
  readonly port: number;
  readonly tls: LdapEncryption;
  /** PEM text; undefined: the authorities Node knows. */
  readonly caCertificate: string | undefined;
  /** Name the certificate must be for; undefined: the host. */
  readonly serverName: string | undefined;
  /** null: without signing in (anonymous). */
  readonly bindDn: string | null;
  readonly password: string;
  /** Longest that connecting, encrypting and signing in may take together, in milliseconds. */
  readonly connectTimeoutMs: number;
  readonly maxConnections: number;
}

/** Schema of the settings an address is made of; spread it into the `properties` of a package's settings schema. */
export const ldapAddressSchema = {
  host: { type: 'string', minLength: 1, description: 'Name or address of the server.' },
  port: {
    type: 'integer',
    minimum: 1,
    maximum: 65_535,
    description: 'Default 636 for ldaps, else 389.',
  },
  tls: {
    enum: ['ldaps', 'startTls', 'off'],
    description: 'Encryption. Default: off on this machine, else startTls on port 389, else ldaps.',
  },
  caCertificate: {
    type: 'string',
    minLength: 1,
    description: 'PEM text of the authority that signed the server certificate.',
  },
  serverName: {
    type: 'string',
    minLength: 1,
    'x-endpoint': true,
    description: 'Name the server certificate is for, when it is not the host.',
  },
  allowUnencrypted: {
    type: 'boolean',
    description: 'Allows tls off to another machine; password and data then travel in clear.',
  },
  bindDn: { type: 'string', minLength: 1, description: 'Name (DN) of the account Joinery signs in with.' },
  password: { type: 'string', 'x-secret': true, description: 'Password of the account.' },
  connectTimeoutMs: {
    type: 'integer',
    minimum: 100,
    description: 'Longest that connecting and signing in may take, in milliseconds (default 5000).',
  },
  maxConnections: { type: 'integer', minimum: 1, maximum: 50, description: 'Most connections at once (default 4).' },
} as const;

type ConfiguredAddress = Partial<Omit<LdapAddress, 'bindDn'>> & {
  readonly host: string;
  readonly bindDn?: string;
  readonly allowUnencrypted?: boolean;
};

/** The address with its defaults; throws INVALID_VALUE when settings contradict each other. */
export function ldapAddress(settings: ConnectorSettings): LdapAddress {
  // The kit has checked the settings against the schema above.
  const configured = settings as unknown as ConfiguredAddress;
  const tls = configured.tls ?? defaultEncryption(configured);
  const problem = addressProblem(configured, tls);
  if (problem !== null) throw new ConnectorError({ code: 'INVALID_VALUE', ...problem });
  return {
    host: configured.host,
    port: configured.port ?? (tls === 'ldaps' ? 636 : 389),
    tls,
    caCertificate: configured.caCertificate,
    serverName: configured.serverName,
    bindDn: configured.bindDn ?? null,
    password: configured.password ?? '',
    connectTimeoutMs: configured.connectTimeoutMs ?? 5_000,
    maxConnections: configured.maxConnections ?? 4,
  };
}

function defaultEncryption({ host, port }: ConfiguredAddress): LdapEncryption {
  if (port === 636) return 'ldaps';
  if (isThisMachine(host)) return 'off';
  return port === 389 ? 'startTls' : 'ldaps';
}

function isThisMachine(host: string): boolean {
  return host === 'localhost' || host === '::1' || /^127\.\d+\.\d+\.\d+$/.test(host);
}

function addressProblem(
  { host, allowUnencrypted, bindDn, password }: ConfiguredAddress,
  tls: LdapEncryption,
): { readonly message: string; readonly hint: string } | null {
  if (tls === 'off' && allowUnencrypted !== true && !isThisMachine(host))
    return {
      message: `The setting "tls" is off, but "${host}" is another machine: the password would travel in clear.`,
      hint: 'Set "tls" to ldaps or startTls, or allow it with "allowUnencrypted".',
    };
  // By RFC 4513 a name without a password signs in nobody, and servers answer that it worked.
  if (bindDn !== undefined && (password ?? '') === '')
    return {
      message: 'The setting "bindDn" names an account, but the setting "password" is missing or empty.',
      hint: 'Give the password of the account, or leave out both to read without signing in.',
    };
  return null;
}
