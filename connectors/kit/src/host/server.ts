// The inside of a package's own process: opens one session and serves it to the parent, which holds the other end of the
// channel. Ends with the parent. Owns calls by id and their aborts; deadlines and kills are the parent's as well.
import process from 'node:process';
import { failureOf } from '../call.js';
import type { CallContext, ConnectorFailure, ConnectorPackageDefinition, ConnectorSession } from '../contract.js';
import { ConnectorError } from '../failure.js';
import { watchMemory } from './memory-watch.js';
import type { FromHost, HostRequest, NextPage, OpenedPackage, PackageDescription, ToHost } from './message.js';

type Load = (name: string) => Promise<ConnectorPackageDefinition>;

interface Host {
  readonly load: Load;
  readonly aborts: Map<number, AbortController>;
  readonly pages: Map<number, AsyncIterator<unknown>>;
  session: ConnectorSession | null;
}

/** Serves until the parent is gone. `memoryMb`: what the process may hold outside of JavaScript's own heap, which Node caps. */
export function serveConnector(load: Load, memoryMb: number): void {
  const host: Host = { load, aborts: new Map(), pages: new Map(), session: null };
  const send = process.send?.bind(process);
  if (send === undefined) throw new Error('This program is started by Joinery, with a channel to it.');
  // Whoever stops the parent by its group stops it in order: the calls on their way are its to end.
  process.on('SIGINT', () => undefined);
  process.on('SIGTERM', () => undefined);
  process.on('disconnect', () => process.exit(0));
  process.on('message', (message: ToHost) => {
    if ('abort' in message) forget(host, message.abort);
    else void answer(host, message.id, message.request, send);
  });
  watchMemory(memoryMb);
}

async function answer(host: Host, id: number, request: HostRequest, send: (answer: FromHost) => boolean) {
  const reply = await replyTo(host, id, request);
  try {
    send(reply);
  } catch (error) {
    // What JSON cannot say; or a channel that is closing, where nobody listens.
    if (process.connected) send({ id, failure: failureOf(error) });
  }
}

async function replyTo(host: Host, id: number, request: HostRequest): Promise<FromHost> {
  try {
    return { id, value: await valueOf(host, id, request) };
  } catch (error) {
    return { id, failure: failureOf(error) };
  } finally {
    if (!host.pages.has(id)) host.aborts.delete(id);
  }
}

async function valueOf(host: Host, id: number, request: HostRequest): Promise<unknown> {
  switch (request.kind) {
    case 'package':
      return described(await load(host, request.name));
    case 'open':
      return open(host, request.name, request);
    case 'describe':
      return sessionOf(host).describe(context(host, id, request.deadline));
    case 'check':
      return sessionOf(host).check(context(host, id, request.deadline));
    case 'read':
      return sessionOf(host).read(request.objectType, request.key, context(host, id, request.deadline));
    case 'apply': {
      const { delta, idempotencyKey, deadline } = request;
      return sessionOf(host).apply(delta, { ...context(host, id, deadline), idempotencyKey });
    }
    case 'applyMany':
      return sessionOf(host).applyMany?.(request.deltas, context(host, id, request.deadline));
    case 'list':
      return begin(host, id, sessionOf(host).list(request.objectType, context(host, id, request.deadline)));
    case 'changes': {
      const { objectType, cookie, deadline } = request;
      return begin(host, id, sessionOf(host).changes?.(objectType, cookie, context(host, id, deadline)));
    }
    case 'next':
      return next(host, request.pages);
    case 'close':
      return host.session?.close();
    default:
      return request satisfies never;
  }
}

async function open(
  host: Host,
  name: string,
  { settings }: Pick<Extract<HostRequest, { kind: 'open' }>, 'settings'>,
): Promise<OpenedPackage> {
  const session = await (await load(host, name)).open(settings);
  host.session = session;
  return { hasApplyMany: session.applyMany !== undefined, hasChanges: session.changes !== undefined };
}

/** A package that is not there is like a system that is not there; its sentence is whole as it is. */
async function load(host: Host, name: string): Promise<ConnectorPackageDefinition> {
  try {
    return await host.load(name);
  } catch (error) {
    if (error instanceof ConnectorError) throw error;
    throw new ConnectorError({ code: 'UNREACHABLE', message: error instanceof Error ? error.message : String(error) });
  }
}

const described = ({ open: _open, ...description }: ConnectorPackageDefinition): PackageDescription => description;

function sessionOf({ session }: Host): ConnectorSession {
  if (session !== null) return session;
  throw new ConnectorError({ code: 'CONNECTOR_BUG', message: 'A call came before the connection was opened.' });
}

function context(host: Host, id: number, deadline: number): CallContext {
  const controller = new AbortController();
  host.aborts.set(id, controller);
  return { signal: controller.signal, deadline };
}

function begin(host: Host, id: number, pages: AsyncIterable<unknown> | undefined): null {
  if (pages === undefined)
    throw new ConnectorError({ code: 'CAPABILITY_MISSING', message: 'The package cannot tell what changed.' });
  host.pages.set(id, pages[Symbol.asyncIterator]());
  return null;
}

async function next(host: Host, id: number): Promise<NextPage> {
  const pages = host.pages.get(id);
  if (pages === undefined) return { done: true };
  const { done, value } = await pages.next();
  if (done !== true) return { done: false, page: value };
  host.pages.delete(id);
  host.aborts.delete(id);
  return { done: true };
}

/** Of a listing: its clean-up runs whenever it wakes, and nobody waits for it. */
function forget(host: Host, id: number): void {
  host.aborts.get(id)?.abort(stopped);
  host.aborts.delete(id);
  const pages = host.pages.get(id);
  host.pages.delete(id);
  if (pages !== undefined) void Promise.resolve(pages.return?.()).catch(() => undefined);
}

const stoppedFailure: ConnectorFailure = { code: 'TIMEOUT', message: 'The caller stopped the call.' };
const stopped = new ConnectorError(stoppedFailure);
