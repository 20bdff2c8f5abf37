// A way to a TLS server on which a fault proxy sees clear text, so that it can lose the answer to one certain request.
// Client → bridge (TLS ends) → fault proxy → bridge (TLS begins again) → server.
import { readFileSync } from 'node:fs';
import { type AddressInfo, createServer, connect, type Server, type Socket } from 'node:net';
import tls from 'node:tls';
import { type FaultProxy, startFaultProxy } from '@joinery/connector-kit';

export interface TlsBridge {
  readonly port: number;
  /** The proxy between the two ends. */
  readonly proxy: FaultProxy;
  close(): Promise<void>;
}

export interface TlsServer {
  readonly host: string;
  readonly port: number;
  readonly caPath: string;
  readonly certificatePath: string;
  readonly keyPath: string;
}

export async function startTlsBridge(server: TlsServer): Promise<TlsBridge> {
  const ca = readFileSync(server.caPath);
  const beginning = createServer((client) =>
    join(client, tls.connect({ host: server.host, port: server.port, ca, servername: 'localhost' })),
  );
  const proxy = await startFaultProxy({ host: '127.0.0.1', port: await listen(beginning) });
  const credentials = { cert: readFileSync(server.certificatePath), key: readFileSync(server.keyPath) };
  const ending = tls.createServer(credentials, (client) => join(client, connect(proxy.port, '127.0.0.1')));
  const port = await listen(ending);
  return {
    port,
    proxy,
    close: async () => {
      await proxy.close();
      await Promise.all([beginning, ending].map((one) => new Promise((resolve) => one.close(resolve))));
    },
  };
}

function join(client: Socket, upstream: Socket): void {
  for (const [one, other] of [
    [client, upstream],
    [upstream, client],
  ] as const) {
    one.pipe(other);
    one.on('error', () => one.destroy());
    one.on('close', () => other.destroy());
  }
}

async function listen(server: Server): Promise<number> {
  await new Promise<void>((resolve, reject) => server.once('error', reject).listen(0, '127.0.0.1', resolve));
  return (server.address() as AddressInfo).port;
}
