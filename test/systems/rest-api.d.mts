// Types of rest-api.mjs.

export type RestRow = Readonly<Record<string, unknown>> & { readonly id: string };
export type RestKind = 'users' | 'teams';

export interface RestApi {
  readonly port: number;
  readonly baseUrl: string;
  /** Sent in the header X-API-Key. */
  readonly apiKey: string;
  /** Takes all rows away and ends throttling. */
  reset(): Promise<unknown>;
  /** From now on every request is answered 429 with that Retry-After; null: no more. */
  throttle(seconds: number | null): Promise<unknown>;
  /** Writes rows as they are, by name; answers their ids. */
  put(kind: RestKind, rows: readonly object[]): Promise<readonly string[]>;
  /** All rows with what the API does not show: passwords, members. */
  rows(kind: RestKind): Promise<readonly RestRow[]>;
  /** A request with the API key that goes round the connector. */
  request(method: string, path: string, body?: object): Promise<unknown>;
  stop(): Promise<void>;
}

export function startRestApi(): Promise<RestApi>;
