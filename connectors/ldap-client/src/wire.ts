// One connection to a directory: requests go out, answers come back by their number. It never reconnects by itself:
// ldapts' own client does, without signing in again, and leaves calls unanswered when several need the new connection.
// Owns sockets, TLS and the end of both; ldapts only writes and reads the messages.
import net from 'node:net';
import tls from 'node:tls';
import { BindRequest, ExtendedRequest, MessageParser, SearchEntry, SearchReference, UnbindRequest } from 'ldapts';
import type { LdapAddress } from './address.js';
import type { LdapRequest, LdapResponse } from './message.js';
import { resultError, transportError } from './result.js';

const startTlsOid = '1.3.6.1.4.1.1466.20037';

/** What comes before the answer to a search. */
export interface SearchListener {
  entry(entry: SearchEntry): void;
  reference(uris: readonly string[]): void;
}

interface Pending {
  readonly message: LdapRequest;
  readonly listener: SearchListener | null;
  readonly resolve: (response: LdapResponse) => void;
  readonly reject: (error: Error) => void;
}

/** A signed-in connection. */
export interface Wire {
  isOpen(): boolean;
  /** Sends the request `build` makes and resolves with its answer, whatever its result; rejects when the connection ends. */
  exchange(build: (messageId: number) => LdapRequest, listener?: SearchListener): Promise<LdapResponse>;
  /** Says goodbye and closes. */
  close(): void;
  /** Closes at once; requests under way fail. */
  destroy(): void;
  /** Called once when the connection has ended, for whatever reason. */
  onEnd(listener: () => void): void;
  /** Whether this connection alone keeps the process alive. */
  hold(holds: boolean): void;
}

interface WireState {
  socket: net.Socket;
  parser: MessageParser;
  lastId: number;
  end: Error | null;
  readonly pending: Map<string, Pending>;
  readonly endListeners: (() => void)[];
}

/** Connects, encrypts and signs in; rejects and leaves nothing open when one of them fails, or the signal is aborted. */
export async function openWire(address: LdapAddress, signal: AbortSignal): Promise<Wire> {
  signal.throwIfAborted();
  const state = newState(address);
  const end = (reason: string): void => endWire(state, transportError('connect', reason));
  const onAbort = (): void => end('the call was stopped');
  const timer = setTimeout(
    () => end(`${place(address)} did not answer within ${address.connectTimeoutMs} ms`),
    address.connectTimeoutMs,
  );
  signal.addEventListener('abort', onAbort, { once: true });
  try {
    await begin(state, address);
    return wireOf(state);
  } catch (error) {
    endWire(state, transportError('connect', 'opening failed'));
    throw error;
  } finally {
    clearTimeout(timer);
    signal.removeEventListener('abort', onAbort);
  }
}

function newState(address: LdapAddress): WireState {
  const { host, port } = address;
  const socket = address.tls === 'ldaps' ? tls.connect({ port, ...tlsOptions(address) }) : net.connect({ host, port });
  return { socket, parser: new MessageParser(), lastId: 0, end: null, pending: new Map(), endListeners: [] };
}

async function begin(state: WireState, address: LdapAddress): Promise<void> {
  await established(state, address, address.tls === 'ldaps' ? 'secureConnect' : 'connect');
  listen(state);
  if (address.tls === 'startTls') await encrypt(state, address);
  if (address.bindDn !== null) await bind(state, address.bindDn, address.password);
}

function established(state: WireState, address: LdapAddress, event: 'connect' | 'secureConnect'): Promise<void> {
  const { socket } = state;
  return new Promise((resolve, reject) => {
    socket.once(event, () => resolve());
    socket.once('error', (error) => reject(openingError(address, event, error)));
    socket.once('close', () =>
      reject(state.end ?? transportError('connect', `${place(address)} closed the connection at once`)),
    );
  });
}

function openingError(address: LdapAddress, event: 'connect' | 'secureConnect', error: Error): Error {
  // EPROTO is what OpenSSL says when the other side does not speak TLS.
  const isOfSocket = /^E[A-Z]+$/.test(codeOf(error)) && codeOf(error) !== 'EPROTO';
  const stage = event === 'secureConnect' && !isOfSocket ? 'tls' : 'connect';
  return transportError(stage, `${place(address)}: ${error.message === '' ? codeOf(error) : error.message}`, error);
}

function codeOf(error: Error): string {
  return 'code' in error && typeof error.code === 'string' ? error.code : '';
}

function place({ host, port }: LdapAddress): string {
  return `${host}:${port}`;
}

function tlsOptions({ host, caCertificate, serverName }: LdapAddress): tls.ConnectionOptions {
  // A server name that is an address must not be sent (RFC 6066); `host` is what the certificate is checked for then.
  const name = serverName ?? host;
  return {
    host: net.isIP(name) === 0 ? host : name,
    ...(net.isIP(name) === 0 ? { servername: name } : {}),
    ...(caCertificate === undefined ? {} : { ca: caCertificate }),
    minVersion: 'TLSv1.2',
  };
}

async function encrypt(state: WireState, address: LdapAddress): Promise<void> {
  const response = await exchange(state, (messageId) => new ExtendedRequest({ messageId, oid: startTlsOid }));
  if (response.status !== 0) throw resultError(response);
  const plain = state.socket;
  plain.removeAllListeners('data');
  // What came in clear is not believed once the connection is encrypted.
  state.parser = new MessageParser();
  state.socket = tls.connect({ socket: plain, ...tlsOptions(address) });
  await established(state, address, 'secureConnect');
  listen(state);
}

async function bind(state: WireState, dn: string, password: string): Promise<void> {
  const response = await exchange(state, (messageId) => new BindRequest({ messageId, dn, password }));
  if (response.status !== 0) throw resultError(response, true);
}

function listen(state: WireState): void {
  const { socket, parser } = state;
  parser.on('message', (message) => receive(state, message));
  parser.on('error', (error) => endWire(state, transportError('exchange', 'an answer could not be read', error)));
  socket.on('data', (chunk: Buffer) => parser.read(chunk, state.pending));
  socket.on('error', (error) => endWire(state, transportError('exchange', error.message, error)));
  // The server's goodbye comes before the socket is closed: what is sent in between is lost, so nothing is lent from then on.
  const onGone = (): void => endWire(state, transportError('exchange', 'the server closed the connection'));
  socket.on('end', onGone);
  socket.on('close', onGone);
  socket.setNoDelay(true).setKeepAlive(true, 30_000);
}

function receive(state: WireState, message: LdapResponse): void {
  // Number 0 is the server's notice that it ends the connection (RFC 4511, 4.4.1).
  if (message.messageId === 0)
    return endWire(state, transportError('exchange', `the server ends the connection: ${message.errorMessage}`));
  const id = String(message.messageId);
  const pending = state.pending.get(id);
  if (pending === undefined) return;
  if (message instanceof SearchEntry) return pending.listener?.entry(message);
  if (message instanceof SearchReference) return pending.listener?.reference(message.uris);
  state.pending.delete(id);
  pending.resolve(message);
}

async function exchange(
  state: WireState,
  build: (messageId: number) => LdapRequest,
  listener: SearchListener | null = null,
): Promise<LdapResponse> {
  if (state.end !== null) throw state.end;
  state.lastId = state.lastId >= 2_147_483_647 ? 1 : state.lastId + 1;
  const message = build(state.lastId);
  const bytes = message.write();
  return new Promise((resolve, reject) => {
    state.pending.set(String(message.messageId), { message, listener, resolve, reject });
    state.socket.write(bytes);
  });
}

function endWire(state: WireState, error: Error): void {
  if (state.end !== null) return;
  state.end = error;
  // A destroyed socket may still report errors; without a listener they would end the process.
  state.socket.on('error', () => undefined);
  state.socket.destroy();
  for (const pending of state.pending.values()) pending.reject(error);
  state.pending.clear();
  for (const listener of state.endListeners) listener();
}

function wireOf(state: WireState): Wire {
  return {
    isOpen: () => state.end === null,
    exchange: (build, listener) => exchange(state, build, listener),
    close: () => sayGoodbye(state),
    destroy: () => endWire(state, transportError('exchange', 'the call was stopped')),
    onEnd: (listener) => void (state.end === null ? state.endListeners.push(listener) : listener()),
    hold: (holds) => void (holds ? state.socket.ref() : state.socket.unref()),
  };
}

function sayGoodbye(state: WireState): void {
  if (state.end !== null) return;
  const { socket } = state;
  socket.write(new UnbindRequest({ messageId: state.lastId + 1 }).write());
  socket.end();
  endSoftly(state);
}

// The goodbye is still to be sent, so the socket ends by itself; a server that never reads it must not hold it open.
function endSoftly(state: WireState): void {
  const { socket } = state;
  state.end = transportError('exchange', 'the connection was closed');
  setTimeout(() => socket.destroy(), 1_000).unref();
  socket.unref();
  for (const pending of state.pending.values()) pending.reject(state.end);
  state.pending.clear();
  for (const listener of state.endListeners) listener();
}
