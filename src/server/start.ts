// Starts and stops the API server: schema, HTTP, sockets, board, demo, on the first free port from the one asked for.
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { Queue } from 'bullmq';
import express from 'express';
import type { RequestContext } from '../resolvers/context.js';
import type { DemoPeople, SignInDirectory } from '../resolvers/operation.js';
import { withIdempotency } from '../resolvers/idempotency.js';
import { resolverClasses } from '../resolvers/list.js';
import { buildApiSchema } from '../schema/build.js';
import { createApollo } from './apollo.js';
import { boardRouter } from './board.js';
import { demoRouter } from './demo.js';
import type { ReadinessCheck } from './health.js';
import { fillApplication } from './http.js';
import type { ServerLog } from './log.js';
import { createRateLimit, defaultPointsPerMinute } from './rate-limit.js';
import { createTokens, demoSecret, type Tokens } from './token.js';
import { serveSockets } from './websocket.js';

export interface ServerOptions {
  readonly host: string;
  /** 0: any free port. An occupied one moves on to the next free. */
  readonly port: number;
  readonly home: string;
  readonly isDemo: boolean;
  /** Key of our own tokens; null: in the demo one is made in `home`, elsewhere none is accepted. */
  readonly tokenSecret: string | null;
  readonly oidc: { readonly issuer: string; readonly audience: string } | null;
  readonly ports: RequestContext['ports'];
  readonly actors: SignInDirectory;
  readonly demo: DemoPeople;
  /** Points a caller may spend in a minute; 0: no limit. Default 100,000. */
  readonly rateLimit?: number;
  /** Shown on /queues. */
  readonly queues: readonly Queue[];
  /** Without which /readyz answers 503, e.g. { database }. */
  readonly checks: Readonly<Record<string, ReadinessCheck>>;
  /** What /readyz tells besides, e.g. { queue }. Default none. */
  readonly reported?: Readonly<Record<string, ReadinessCheck>>;
  /** Where people find the API, when that is a proxy; its scheme says whether cookies need TLS. Default: the address of the request. */
  readonly publicUrl?: string | null;
  readonly log: ServerLog;
  /** Origins beside our own whose pages may open sockets. Default none. */
  readonly allowedOrigins?: readonly string[];
  /** Default: in the demo only. */
  readonly introspection?: boolean;
  /** How long open requests may go on at the end. Default 5,000. */
  readonly stopGraceMs?: number;
  /** How often the rights of an open socket are looked at again. Default 30,000. */
  readonly reauthoriseMs?: number;
}

export interface RunningServer {
  /** e.g. `http://127.0.0.1:4000`. */
  readonly url: string;
  readonly port: number;
  /** The port that was asked for, when another had to be taken; else null. */
  readonly occupiedPort: number | null;
  readonly tokens: Tokens;
  /** /readyz answers 503 from here on; open requests may end. */
  stop(): Promise<void>;
}

export async function startServer(options: ServerOptions): Promise<RunningServer> {
  if (options.isDemo && options.host !== '127.0.0.1') {
    throw new Error(
      `The demo lets anybody sign in, so it listens on 127.0.0.1 only, not on ${options.host}. Set JOINERY_DEMO=0 for real use.`,
    );
  }
  const tokens = createTokens({ secret: await secretOf(options), oidc: options.oidc });
  const application = express();
  const httpServer = createServer(application);
  const stop = await serve(options, tokens, application, httpServer);
  const port = await listen(httpServer, options.host, options.port);
  const occupiedPort = options.port === 0 || options.port === port ? null : options.port;
  if (occupiedPort !== null)
    options.log.warn({ asked: occupiedPort, port }, `Port ${occupiedPort} is occupied; listening on ${port}.`);
  return {
    url: `http://${options.host === '0.0.0.0' ? '127.0.0.1' : bracketed(options.host)}:${port}`,
    port,
    occupiedPort,
    tokens,
    stop,
  };
}

/** Mounts everything before the first request can come; answers how to stop it. */
async function serve(
  options: ServerOptions,
  tokens: Tokens,
  application: express.Express,
  httpServer: Server,
): Promise<() => Promise<void>> {
  const { ports, actors, log, isDemo, introspection = isDemo } = options;
  let isDraining = false;
  const rateLimit = createRateLimit(options.rateLimit ?? defaultPointsPerMinute);
  const schema = withIdempotency(await buildApiSchema(resolverClasses));
  const apollo = createApollo({ schema, httpServer, introspection, stopGraceMs: options.stopGraceMs ?? 5_000, log });
  await apollo.start();
  fillApplication(application, {
    apollo,
    ports,
    tokens,
    actors,
    rateLimit,
    log,
    readiness: { checks: options.checks, reported: options.reported ?? {}, isDraining: () => isDraining },
    demo: isDemo ? demoRouter({ tokens, actors, people: options.demo }) : null,
    board: boardRouter({
      queues: options.queues,
      tokens,
      actors,
      hasTls: options.publicUrl?.startsWith('https:') ?? false,
    }),
  });
  const sockets = serveSockets({
    httpServer,
    schema,
    introspection,
    ports,
    tokens,
    actors,
    rateLimit,
    log,
    isOriginAllowed: originRule(options, () => portOf(httpServer)),
    ...(options.reauthoriseMs === undefined ? {} : { reauthoriseMs: options.reauthoriseMs }),
  });
  return async () => {
    isDraining = true;
    await sockets.stop();
    await apollo.stop();
  };
}

const secretOf = async ({ tokenSecret, isDemo, home }: ServerOptions): Promise<string | null> =>
  tokenSecret ?? (isDemo ? demoSecret(home) : null);

/** Our own address under any of its names, and what was allowed by configuration. */
function originRule(
  { allowedOrigins = [], host, isDemo }: ServerOptions,
  port: () => number,
): (origin: string, requestHost: string) => boolean {
  const own = [bracketed(host), '127.0.0.1', 'localhost'];
  return (origin, requestHost) =>
    own.some((name) => origin === `http://${name}:${port()}`) ||
    allowedOrigins.includes(origin) ||
    // Behind a proxy the public name is only in the Host header. In the demo that could be a foreign name for this machine.
    (!isDemo && (origin === `https://${requestHost}` || origin === `http://${requestHost}`));
}

const portsTried = 100;

async function listen(server: Server, host: string, port: number): Promise<number> {
  for (let candidate = port; candidate < port + portsTried && candidate <= 65_535; candidate += 1) {
    if (await listenOn(server, host, candidate)) return portOf(server);
  }
  throw new Error(
    `No free port was found from ${port} to ${Math.min(port + portsTried - 1, 65_535)} on ${host}. Set JOINERY_PORT.`,
  );
}

/** False when the port is occupied. */
function listenOn(server: Server, host: string, port: number): Promise<boolean> {
  return new Promise((resolve, reject) => {
    const failed = (error: NodeJS.ErrnoException): void =>
      error.code === 'EADDRINUSE' ? resolve(false) : reject(error);
    server.once('error', failed);
    server.listen(port, host, () => {
      server.off('error', failed);
      resolve(true);
    });
  });
}

const portOf = (server: Server): number => (server.address() as AddressInfo).port;

const bracketed = (host: string): string => (host.includes(':') ? `[${host}]` : host);
