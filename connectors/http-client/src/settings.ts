// The settings every HTTP connection has, as a JSON-Schema fragment and as the shape the code works with.
// Owns defaults and what does not fit together; what a package needs besides is its own.
import { ConnectorError } from '@joinery/connector-kit';

/** How Joinery says who it is. */
export type HttpCredentials =
  | { readonly kind: 'none' }
  | { readonly kind: 'basic'; readonly user: string; readonly password: string }
  | { readonly kind: 'bearer'; readonly token: string }
  | { readonly kind: 'header'; readonly name: string; readonly value: string }
  | {
      readonly kind: 'oauth2';
      readonly endpoint: URL;
      readonly clientId: string;
      readonly clientSecret: string;
      readonly scope: string | undefined;
      readonly audience: string | undefined;
      /** Where the client's id and secret stand in a request for a token. */
      readonly placement: 'header' | 'body';
    };

export interface HttpClientSettings {
  /** Without a slash at its end. */
  readonly baseUrl: URL;
  readonly credentials: HttpCredentials;
  readonly headers: Readonly<Record<string, string>>;
  readonly caCertificate: string | undefined;
  readonly clientCertificate: string | undefined;
  readonly clientKey: string | undefined;
  /** Name of the header that carries the idempotency key of a write; undefined: none is sent. */
  readonly idempotencyHeader: string | undefined;
  readonly connectTimeoutMs: number;
  readonly responseTimeoutMs: number;
  readonly maxConnections: number;
  readonly maxResponseBytes: number;
}

const text = (description: string) => ({ type: 'string', minLength: 1, description }) as const;
const secret = (description: string) => ({ ...text(description), 'x-secret': true }) as const;
const milliseconds = (description: string) =>
  ({ type: 'integer', minimum: 50, maximum: 600_000, description }) as const;

/** Properties for a package's settings schema; `baseUrl` is required. */
export const httpClientProperties = {
  baseUrl: text('Address all requests begin with: https, or http only to this machine.'),
  allowUnencrypted: { type: 'boolean', description: 'Allow http to other machines (default false).' },
  caCertificate: text('PEM text of the authority that signed the server certificate (default: those Node trusts).'),
  clientCertificate: text('PEM text of the certificate Joinery shows (mutual TLS).'),
  clientKey: secret('PEM text of its private key.'),
  authentication: {
    enum: ['none', 'basic', 'bearer', 'header', 'oauth2'],
    description: 'How Joinery signs in (default none); oauth2: client credentials.',
  },
  user: text('Account, for basic.'),
  password: secret('Password, for basic.'),
  token: secret('Token, for bearer.'),
  headerName: text('Name of the header, for header, e.g. X-API-Key.'),
  headerSecret: secret('Value of the header, for header.'),
  oauthEndpoint: text('Address that gives tokens, for oauth2: https, or http only to this machine.'),
  clientId: text('Client, for oauth2.'),
  clientSecret: secret('Its secret, for oauth2.'),
  scope: text('Scopes asked for, separated by blanks, for oauth2.'),
  audience: text('Audience asked for, for oauth2, where the service wants one.'),
  clientPlacement: {
    enum: ['header', 'body'],
    description: 'Where client and secret are sent, for oauth2 (default header: basic authentication).',
  },
  headers: {
    type: 'object',
    additionalProperties: { type: 'string' },
    description: 'Headers of every request; no secrets, which are stored in clear here.',
  },
  idempotencyHeader: text('Header that carries the idempotency key of a write, e.g. Idempotency-Key (default: none).'),
  connectTimeoutMs: milliseconds('Longest connecting may take (default 5000).'),
  responseTimeoutMs: milliseconds('Longest a request may take (default 20000).'),
  maxConnections: { type: 'integer', minimum: 1, maximum: 50, description: 'Most connections at once (default 4).' },
  maxResponseBytes: {
    type: 'integer',
    minimum: 1_000,
    maximum: 268_435_456,
    description: 'Largest answer taken, in bytes (default 33554432).',
  },
} as const;

/** What the schema has let through. */
export interface ConfiguredHttpClient {
  readonly baseUrl: string;
  readonly allowUnencrypted?: boolean;
  readonly caCertificate?: string;
  readonly clientCertificate?: string;
  readonly clientKey?: string;
  readonly authentication?: HttpCredentials['kind'];
  readonly user?: string;
  readonly password?: string;
  readonly token?: string;
  readonly headerName?: string;
  readonly headerSecret?: string;
  readonly oauthEndpoint?: string;
  readonly clientId?: string;
  readonly clientSecret?: string;
  readonly scope?: string;
  readonly audience?: string;
  readonly clientPlacement?: 'header' | 'body';
  readonly headers?: Readonly<Record<string, string>>;
  readonly idempotencyHeader?: string;
  readonly connectTimeoutMs?: number;
  readonly responseTimeoutMs?: number;
  readonly maxConnections?: number;
  readonly maxResponseBytes?: number;
}

/** The settings with their defaults; throws INVALID_VALUE naming the setting that does not fit. */
export function httpClientSettings(configured: ConfiguredHttpClient): HttpClientSettings {
  if ((configured.clientCertificate === undefined) !== (configured.clientKey === undefined))
    throw invalid('The settings "clientCertificate" and "clientKey" belong together.', 'Give both or none.');
  return {
    baseUrl: addressOf('baseUrl', configured.baseUrl, configured.allowUnencrypted),
    credentials: credentialsOf(configured),
    headers: headersOf(configured),
    caCertificate: configured.caCertificate,
    clientCertificate: configured.clientCertificate,
    clientKey: configured.clientKey,
    idempotencyHeader: configured.idempotencyHeader,
    connectTimeoutMs: configured.connectTimeoutMs ?? 5_000,
    responseTimeoutMs: configured.responseTimeoutMs ?? 20_000,
    maxConnections: configured.maxConnections ?? 4,
    maxResponseBytes: configured.maxResponseBytes ?? 33_554_432,
  };
}

/** An INVALID_VALUE about settings. */
export function invalid(message: string, hint: string): ConnectorError {
  return new ConnectorError({ code: 'INVALID_VALUE', message, hint });
}

function addressOf(setting: string, value: string, allowsUnencrypted = false): URL {
  if (!URL.canParse(value))
    throw invalid(`The setting "${setting}" is no address.`, 'Write it like https://example.com/api.');
  const url = new URL(value);
  if (url.username !== '' || url.password !== '')
    throw invalid(
      `The setting "${setting}" holds a user or a password.`,
      'Use "authentication", "user" and "password".',
    );
  if (url.search !== '' || url.hash !== '')
    throw invalid(`The setting "${setting}" must not have a query or a fragment.`, 'Cut it off at the "?" or "#".');
  if (url.protocol !== 'https:' && url.protocol !== 'http:')
    throw invalid(`The setting "${setting}" must begin with https.`, 'Only https and http are spoken.');
  if (url.protocol === 'http:' && !allowsUnencrypted && !isThisMachine(url.hostname))
    throw invalid(
      `The setting "${setting}" is not encrypted: passwords and people's data would be readable on the way.`,
      'Use https, or set "allowUnencrypted" where the network is trusted.',
    );
  return url;
}

const isThisMachine = (host: string): boolean =>
  host === 'localhost' || host === '[::1]' || /^127\.\d+\.\d+\.\d+$/.test(host);

function headersOf({ headers = {} }: ConfiguredHttpClient): Readonly<Record<string, string>> {
  const wrong = Object.entries(headers).find(
    ([name, value]) => !/^[!#$%&'*+.^_`|~0-9A-Za-z-]+$/.test(name) || /[^\t\x20-\x7e\x80-\xff]/.test(value),
  );
  if (wrong === undefined) return headers;
  throw invalid(`The setting "headers.${wrong[0]}" is no header.`, 'Names are letters and dashes, values one line.');
}

function credentialsOf(configured: ConfiguredHttpClient): HttpCredentials {
  const kind = configured.authentication ?? 'none';
  const need = (setting: 'user' | 'password' | 'token' | 'headerName' | 'headerSecret' | 'clientId' | 'clientSecret') =>
    needed(setting, configured[setting], kind);
  switch (kind) {
    case 'none':
      return { kind };
    case 'basic':
      return { kind, user: need('user'), password: need('password') };
    case 'bearer':
      return { kind, token: need('token') };
    case 'header':
      return { kind, name: need('headerName'), value: need('headerSecret') };
    case 'oauth2':
      return {
        kind,
        endpoint: addressOf(
          'oauthEndpoint',
          needed('oauthEndpoint', configured.oauthEndpoint, kind),
          configured.allowUnencrypted,
        ),
        clientId: need('clientId'),
        clientSecret: need('clientSecret'),
        scope: configured.scope,
        audience: configured.audience,
        placement: configured.clientPlacement ?? 'header',
      };
    default:
      return kind satisfies never;
  }
}

function needed(setting: string, value: string | undefined, kind: string): string {
  if (value !== undefined) return value;
  throw invalid(
    `The setting "${setting}" is missing; "authentication" ${kind} needs it.`,
    'Add it, or choose another way.',
  );
}
