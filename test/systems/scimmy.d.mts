// Types of scimmy.mjs.

export type ScimmyRow = Readonly<Record<string, unknown>> & { readonly id: string };

export interface Scimmy {
  readonly port: number;
  readonly baseUrl: string;
  readonly oauthEndpoint: string;
  readonly clientId: string;
  readonly clientSecret: string;
  /** Takes all rows away and ends throttling. */
  reset(): Promise<unknown>;
  /** From now on every request is answered 429 with that Retry-After; null: no more. */
  throttle(seconds: number | null): Promise<unknown>;
  /** Every token given so far is refused. */
  revokeTokens(): Promise<unknown>;
  /** Writes rows as they are, by name; answers their ids. */
  put(kind: 'user' | 'group', rows: readonly object[]): Promise<readonly string[]>;
  rows(kind: 'user' | 'group'): Promise<readonly ScimmyRow[]>;
  /** Whether somebody signs in with that password. */
  signsIn(userName: string, password: string): Promise<boolean>;
  /** A token for requests that go round the connector. */
  token(): Promise<string>;
  stop(): Promise<void>;
}

export function startScimmy(): Promise<Scimmy>;
