// A server on this machine that answers as a test says, and remembers what it was asked.
import { createServer, type IncomingMessage, type RequestListener, type Server } from 'node:http';
import { createServer as createSecureServer } from 'node:https';
import type { AddressInfo } from 'node:net';

export interface Asked {
  readonly method: string;
  readonly url: string;
  readonly headers: IncomingMessage['headers'];
  readonly body: string;
}

export interface Reply {
  readonly status?: number;
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: string;
  /** The connection is reset instead of an answer. */
  readonly isCut?: boolean;
  /** Nothing is ever answered. */
  readonly isSilent?: boolean;
}

export interface Origin {
  readonly url: string;
  readonly asked: readonly Asked[];
  close(): Promise<void>;
}

/** Starts it; with a certificate it speaks https. */
export async function startOrigin(
  reply: (asked: Asked, count: number) => Reply,
  certificate?: { readonly cert: string; readonly key: string },
): Promise<Origin> {
  const asked: Asked[] = [];
  const listener: RequestListener = (request, response) => {
    const chunks: Buffer[] = [];
    request.on('data', (chunk: Buffer) => chunks.push(chunk));
    request.on('end', () => {
      const { method = '', url = '', headers } = request;
      const one = { method, url, headers, body: Buffer.concat(chunks).toString() };
      asked.push(one);
      const { status = 200, headers: sent = {}, body = '', isCut, isSilent } = reply(one, asked.length);
      if (isCut === true) request.socket.resetAndDestroy();
      else if (isSilent !== true) response.writeHead(status, sent).end(body);
    });
  };
  const server: Server =
    certificate === undefined ? createServer(listener) : createSecureServer({ ...certificate }, listener);
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const scheme = certificate === undefined ? 'http' : 'https';
  return {
    url: `${scheme}://127.0.0.1:${(server.address() as AddressInfo).port}`,
    asked,
    close: async () => {
      server.closeAllConnections();
      await new Promise<void>((resolve) => server.close(() => resolve()));
    },
  };
}
