// The API as a story uses it: one operation as somebody, and the streams of all that happens. Signs its own tokens with the
// key the program was started with.
import { createClient } from 'graphql-ws';
import { SignJWT } from 'jose';
import WebSocket from 'ws';
import { onlooker } from './company.js';

export type Variables = Readonly<Record<string, unknown>>;

export interface StoryApi {
  /** Throws the errors of the operation, with their codes. `by`: a person's identifier; null: the onlooker. */
  ask<T>(by: string | null, query: string, variables?: Variables): Promise<T>;
  /** Every item of the subscription from now on, in order, as the onlooker. Asking throws once the stream has broken. */
  watch<T>(query: string): () => readonly T[];
  stop(): Promise<void>;
}

/** What the API answered instead of data. */
export class ApiError extends Error {
  constructor(
    readonly codes: readonly string[],
    message: string,
  ) {
    super(message);
  }
}

export async function openApi(url: string, secret: string): Promise<StoryApi> {
  const token = (subject: string): Promise<string> => sign(subject, secret);
  const socket = createClient({
    url: `${url.replace(/^http/, 'ws')}/graphql`,
    webSocketImpl: WebSocket,
    connectionParams: async () => ({ authorization: `Bearer ${await token(`service:${onlooker}`)}` }),
  });
  return {
    ask: async <T>(by: string | null, query: string, variables: Variables = {}): Promise<T> =>
      post<T>(url, await token(by ?? `service:${onlooker}`), { query, variables }),
    watch: <T>(query: string) => {
      const items: T[] = [];
      let fault: unknown = null;
      const iteration = socket.iterate<Record<string, T>>({ query });
      const reading = (async () => {
        for await (const { data, errors } of iteration) {
          items.push(...Object.values(data ?? {}));
          fault ??= errors ?? null;
        }
      })();
      reading.catch((error: unknown) => {
        fault ??= error;
      });
      return () => {
        if (fault !== null) throw new Error(`the stream of events has broken: ${shownFault(fault)}`);
        return items;
      };
    },
    stop: async () => {
      await socket.dispose();
    },
  };
}

const shownFault = (fault: unknown): string => (fault instanceof Error ? fault.message : JSON.stringify(fault));

const sign = (subject: string, secret: string): Promise<string> =>
  new SignJWT({})
    .setProtectedHeader({ alg: 'HS256' })
    .setSubject(subject)
    .setAudience('joinery')
    .setIssuedAt()
    .setExpirationTime('1h')
    .sign(new TextEncoder().encode(secret));

interface Answer<T> {
  readonly data?: T;
  readonly errors?: readonly { readonly message: string; readonly extensions?: { readonly code?: string } }[];
}

async function post<T>(url: string, token: string, body: unknown): Promise<T> {
  const response = await fetch(`${url}/graphql`, {
    method: 'POST',
    headers: { 'content-type': 'application/json', authorization: `Bearer ${token}` },
    body: JSON.stringify(body),
  });
  const { data, errors } = (await response.json()) as Answer<T>;
  if (errors !== undefined || data === undefined) {
    const list = errors ?? [];
    throw new ApiError(
      list.flatMap(({ extensions }) => extensions?.code ?? []),
      list.map(({ message, extensions }) => `${extensions?.code ?? 'ERROR'}: ${message}`).join('; '),
    );
  }
  return data;
}
