// The line between the program and a database of a story: taken down, nothing listens there, as when a server is off.
import { once } from 'node:events';
import { createServer, connect, type Server, type Socket } from 'node:net';

export interface Proxy {
  readonly port: number;
  turn(isUp: boolean): Promise<void>;
  stop(): Promise<void>;
}

/** Listens on a free port of 127.0.0.1. */
export async function startProxy(target: { readonly host: string; readonly port: number }): Promise<Proxy> {
  const sockets = new Set<Socket>();
  let server: Server | null = await listen(target, sockets, 0);
  const address = server.address();
  const port = typeof address === 'object' && address !== null ? address.port : 0;
  const down = async (): Promise<void> => {
    const listening = server;
    server = null;
    if (listening === null) return;
    const closed = once(listening, 'close');
    listening.close();
    for (const socket of sockets) socket.destroy();
    await closed;
  };
  return {
    port,
    turn: async (isUp) => {
      if (!isUp) return down();
      server ??= await listen(target, sockets, port);
    },
    stop: down,
  };
}

async function listen(
  target: { readonly host: string; readonly port: number },
  sockets: Set<Socket>,
  port: number,
): Promise<Server> {
  const server = createServer((incoming) => {
    const outgoing = connect(target);
    for (const [socket, other] of [
      [incoming, outgoing],
      [outgoing, incoming],
    ] as const) {
      sockets.add(socket);
      socket.on('error', () => other.destroy());
      socket.on('close', () => {
        sockets.delete(socket);
        other.destroy();
      });
      socket.pipe(other);
    }
  });
  server.listen(port, '127.0.0.1');
  await once(server, 'listening');
  return server;
}
