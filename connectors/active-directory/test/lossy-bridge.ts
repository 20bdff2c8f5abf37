// A way to an LDAPS server on which the answers to changes can be lost: TLS ends here and begins again, because a proxy of
// bytes cannot tell a change from a search. Every other fault is the fault proxy's.
import { readFileSync } from 'node:fs';
import { type AddressInfo, type Socket } from 'node:net';
import tls from 'node:tls';

export interface LossyBridge {
  readonly port: number;
  /** From now on a change is passed on, its answer lost and the connection reset; or no longer. */
  lose(isOn: boolean): void;
  close(): Promise<void>;
}

export interface TlsServer {
  readonly host: string;
  readonly caPath: string;
  readonly certificatePath: string;
  readonly keyPath: string;
}

/** modify, add, delete, modifyDN (RFC 4511, 4). */
const changes: ReadonlySet<number> = new Set([0x66, 0x68, 0x4a, 0x6c]);

export async function startLossyBridge(server: TlsServer): Promise<LossyBridge> {
  const state = { loses: false };
  const sockets = new Set<Socket>();
  const ca = readFileSync(server.caPath);
  const credentials = { cert: readFileSync(server.certificatePath), key: readFileSync(server.keyPath) };
  const listener = tls.createServer(credentials, (client) => {
    const upstream = tls.connect({ host: server.host, port: 636, ca, servername: 'localhost' });
    for (const socket of [client, upstream]) sockets.add(socket);
    pass(client, upstream, state);
  });
  await new Promise<void>((resolve) => listener.listen(0, '127.0.0.1', resolve));
  return {
    port: (listener.address() as AddressInfo).port,
    lose: (isOn) => {
      state.loses = isOn;
    },
    close: async () => {
      for (const socket of sockets) socket.destroy();
      await new Promise((resolve) => listener.close(resolve));
    },
  };
}

function pass(client: Socket, upstream: Socket, state: { readonly loses: boolean }): void {
  let isLost = false;
  client.on('data', (chunk: Buffer) => {
    isLost ||= state.loses && isChange(chunk);
    upstream.write(chunk);
  });
  upstream.on('data', (chunk: Buffer) => (isLost ? client.destroy() : client.write(chunk)));
  for (const [one, other] of [
    [client, upstream],
    [upstream, client],
  ] as const) {
    one.on('error', () => one.destroy());
    one.on('close', () => other.destroy());
  }
}

// 30 <length> 02 <length> <message number> <operation> …
function isChange(message: Buffer): boolean {
  const first = message[1] ?? 0;
  const number = 2 + (first < 0x80 ? 0 : first & 0x7f);
  return changes.has(message[number + 2 + (message[number + 1] ?? 0)] ?? 0);
}
