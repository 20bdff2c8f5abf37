// A TCP proxy that can be told to fail: for conformance tests of packages that speak to a server.
// Owns faults of the network only; a target's own faults are made by the target.
import { connect, createServer, type AddressInfo, type Server, type Socket } from 'node:net';

/** What goes wrong, from now on, with open and new connections. All absent: nothing. */
export interface NetworkFault {
  /** New connections are refused and open ones reset. */
  readonly down?: boolean;
  /** Everything is accepted and nothing is passed on or answered. */
  readonly silent?: boolean;
  /** Delay of everything in both directions, in milliseconds. */
  readonly latencyMs?: number;
  /** The first message to the server holding this text is passed on; its answer is lost and the connection reset. */
  readonly cutAnswerTo?: string;
  /** The connection is reset after that many bytes from the server. */
  readonly cutAfterBytes?: number;
}

/** A running proxy on 127.0.0.1. */
export interface FaultProxy {
  readonly port: number;
  set(fault: NetworkFault): void;
  close(): Promise<void>;
}

interface ProxyState {
  fault: NetworkFault;
  readonly sockets: Set<Socket>;
}

interface Passage {
  bytesDown: number;
  isCut: boolean;
}

/** Starts a proxy in front of a server; port 0 of this machine is chosen by the system. */
export async function startFaultProxy(target: { readonly host: string; readonly port: number }): Promise<FaultProxy> {
  const state: ProxyState = { fault: {}, sockets: new Set() };
  const server = createServer((client) => pass(state, client, target));
  await new Promise<void>((resolve, reject) => server.once('error', reject).listen(0, '127.0.0.1', resolve));
  return {
    port: (server.address() as AddressInfo).port,
    set: (fault) => {
      state.fault = fault;
      if (fault.down === true) for (const socket of state.sockets) socket.resetAndDestroy();
    },
    close: () => closeProxy(server, state),
  };
}

function pass(state: ProxyState, client: Socket, target: { readonly host: string; readonly port: number }): void {
  track(state, client);
  if (state.fault.down === true) return void client.resetAndDestroy();
  const upstream = connect(target);
  track(state, upstream);
  const passage: Passage = { bytesDown: 0, isCut: false };
  client.on('close', () => upstream.destroy());
  upstream.on('close', () => client.destroy());
  client.on('data', (chunk: Buffer) => passUp(state, passage, chunk, upstream));
  upstream.on('data', (chunk: Buffer) => passDown(state, passage, chunk, client));
}

function passUp(state: ProxyState, passage: Passage, chunk: Buffer, upstream: Socket): void {
  const { fault } = state;
  if (fault.silent === true) return;
  if (fault.cutAnswerTo !== undefined && chunk.includes(fault.cutAnswerTo)) passage.isCut = true;
  send(upstream, chunk, fault.latencyMs);
}

function passDown(state: ProxyState, passage: Passage, chunk: Buffer, client: Socket): void {
  const { fault } = state;
  if (fault.silent === true) return;
  passage.bytesDown += fault.cutAfterBytes === undefined ? 0 : chunk.length;
  const isTooMuch = fault.cutAfterBytes !== undefined && passage.bytesDown > fault.cutAfterBytes;
  if (passage.isCut || isTooMuch) return void client.resetAndDestroy();
  send(client, chunk, fault.latencyMs);
}

function send(to: Socket, chunk: Buffer, latencyMs: number | undefined): void {
  const write = (): void => {
    if (!to.destroyed) to.write(chunk);
  };
  if (latencyMs === undefined) return write();
  setTimeout(write, latencyMs);
}

function track(state: ProxyState, socket: Socket): void {
  state.sockets.add(socket);
  socket.on('error', () => socket.destroy());
  socket.on('close', () => state.sockets.delete(socket));
}

async function closeProxy(server: Server, state: ProxyState): Promise<void> {
  for (const socket of state.sockets) socket.destroy();
  await new Promise<void>((resolve) => server.close(() => resolve()));
}
