// Finds and addresses a running server: where it is, who we are, one operation. Knows no operation by name.
import { z } from 'zod';
import type { Config } from '../config.js';
import { exitCodes, Failure } from './exit.js';
import { namedServer, serverFile } from './server-file.js';

export interface Client {
  readonly url: string;
  readonly token: string;
}

const people = z.array(z.object({ identifier: z.string(), profiles: z.array(z.string()) }));

/** JOINERY_URL and JOINERY_TOKEN win; else server.json, and in the demo a sign-in as `person` or the first one with the profile. */
export async function connect(config: Config, person: string | undefined, profile = 'operator'): Promise<Client> {
  const url = config.url ?? (await writtenUrl(config.home));
  return { url, token: config.token ?? (await demoToken(url, person, profile)) };
}

async function writtenUrl(home: string): Promise<string> {
  const named = await namedServer(home);
  if (named !== null) return named.url;
  throw new Failure(
    exitCodes.failure,
    `No running server was found: ${serverFile(home)} does not name one. Start one with \`npm start\`, or set JOINERY_URL.`,
  );
}

async function demoToken(url: string, person: string | undefined, profile: string): Promise<string> {
  const name = person ?? (await firstWith(url, profile));
  const answer = await send(`${url}/demo/token`, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({ person: name }),
  });
  if (!answer.ok)
    throw new Failure(
      exitCodes.refused,
      `Signing in as ${name} at ${url} was refused (${answer.status}). Set JOINERY_TOKEN, or name a person with --as.`,
    );
  return z.object({ token: z.string() }).parse(await answer.json()).token;
}

async function firstWith(url: string, profile: string): Promise<string> {
  const answer = await send(`${url}/demo/people`, {});
  if (!answer.ok)
    throw new Failure(exitCodes.refused, `${url} has no demo sign-in: set JOINERY_TOKEN to a bearer token.`);
  const found = people.parse(await answer.json()).find(({ profiles }) => profiles.includes(profile));
  if (found === undefined)
    throw new Failure(
      exitCodes.refused,
      `${url} lists no ${profile} among the demo's people: name a person with --as.`,
    );
  return found.identifier;
}

async function send(url: string, init: RequestInit): Promise<Response> {
  try {
    return await fetch(url, { ...init, signal: AbortSignal.timeout(15_000) });
  } catch (cause) {
    throw new Failure(
      exitCodes.failure,
      `${url} does not answer (${reasonOf(cause)}). Is the server running? \`npm start\` starts it; JOINERY_URL names another.`,
    );
  }
}

const reasonOf = (cause: unknown): string =>
  cause instanceof Error && cause.cause instanceof Error ? cause.cause.message : String(cause);

const envelope = z.object({
  data: z.unknown().optional(),
  errors: z
    .array(z.object({ message: z.string(), extensions: z.object({ code: z.string().optional() }).optional() }))
    .optional(),
});

/** One operation; its `data` is checked against `shape`. */
export async function ask<T>(
  client: Client,
  query: string,
  variables: Readonly<Record<string, unknown>>,
  shape: z.ZodType<T>,
): Promise<T> {
  const answer = await send(`${client.url}/graphql`, {
    method: 'POST',
    headers: { 'content-type': 'application/json', authorization: `Bearer ${client.token}` },
    body: JSON.stringify({ query, variables }),
  });
  const { data, errors } = envelope.parse(await answer.json());
  const error = errors?.[0];
  if (error === undefined) return shape.parse(data);
  const isRefused = ['FORBIDDEN', 'UNAUTHENTICATED'].includes(error.extensions?.code ?? '');
  throw new Failure(isRefused ? exitCodes.refused : exitCodes.failure, error.message);
}
