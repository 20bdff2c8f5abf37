// A TCP bridge to an LDAP server that can pass a write on and lose its answer, whatever the write says.
// Knows of LDAP only where a message says which operation it is.
import { connect, createServer, type AddressInfo, type Socket } from 'node:net';

export interface LossyBridge {
  readonly port: number;
  /** While on, the next answer to a write is lost and its connection reset. */
  lose(isOn: boolean): void;
  close(): Promise<void>;
}

/** Tags of the operations that change something: modify, add, delete, rename (RFC 4511, 4.1). */
const writes = new Set([0x66, 0x68, 0x4a, 0x6c]);

export async function startLossyBridge(port: number): Promise<LossyBridge> {
  const state = { isLosing: false };
  const sockets = new Set<Socket>();
  const server = createServer((client) => bridge(state, sockets, client, port));
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return {
    port: (server.address() as AddressInfo).port,
    lose: (isOn) => {
      state.isLosing = isOn;
    },
    close: async () => {
      for (const socket of sockets) socket.destroy();
      await new Promise<void>((resolve) => server.close(() => resolve()));
    },
  };
}

function bridge(state: { readonly isLosing: boolean }, sockets: Set<Socket>, client: Socket, port: number): void {
  const upstream = connect({ host: '127.0.0.1', port });
  const passage = { isCut: false };
  for (const socket of [client, upstream]) {
    sockets.add(socket);
    socket.on('error', () => socket.destroy());
    socket.on('close', () => {
      sockets.delete(socket);
      client.destroy();
      upstream.destroy();
    });
  }
  client.on('data', (chunk: Buffer) => {
    if (state.isLosing && writes.has(operationOf(chunk))) passage.isCut = true;
    upstream.write(chunk);
  });
  upstream.on('data', (chunk: Buffer) => {
    if (passage.isCut) client.resetAndDestroy();
    else client.write(chunk);
  });
}

// 30 length 02 length number operation …; a client with one request under way sends one message a chunk.
function operationOf(chunk: Buffer): number {
  const lengthBytes = (chunk[1] ?? 0) < 0x80 ? 1 : 1 + ((chunk[1] ?? 0) & 0x7f);
  const idAt = 1 + lengthBytes;
  return chunk[idAt + 2 + (chunk[idAt + 1] ?? 0)] ?? 0;
}
