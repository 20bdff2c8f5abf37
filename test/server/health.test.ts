// What /readyz says when something is wrong, and while the server ends.
import { describe, expect, it } from '@jest/globals';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import express from 'express';
import { type Readiness, readyz } from '../../src/server/health.js';

async function answerOf(readiness: Readiness): Promise<readonly [number, unknown]> {
  const server = createServer(express().get('/readyz', readyz(readiness)));
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const response = await fetch(`http://127.0.0.1:${(server.address() as AddressInfo).port}/readyz`);
  const body: unknown = await response.json();
  await new Promise((resolve) => server.close(resolve));
  return [response.status, body];
}

const works = () => Promise.resolve('answers');

describe('/readyz', () => {
  it('names what fails, without its words', async () => {
    const queue = () => Promise.reject(new Error('redis://user:CANARY@host refused'));
    expect(await answerOf({ checks: { database: works, queue }, isDraining: () => false })).toEqual([
      503,
      {
        status: 'not ready',
        checks: { database: { ok: true, detail: 'answers' }, queue: { ok: false, detail: 'failed' } },
      },
    ]);
  });

  it('stays ready without what its answers do not need, and says so', async () => {
    const queue = () => Promise.reject(new Error('refused'));
    expect(await answerOf({ checks: { database: works }, reported: { queue }, isDraining: () => false })).toEqual([
      200,
      {
        status: 'degraded',
        checks: { database: { ok: true, detail: 'answers' }, queue: { ok: false, detail: 'failed' } },
      },
    ]);
  });

  it('does not wait for a check that never answers', async () => {
    const database = () => new Promise<string>(() => undefined);
    const [status, body] = await answerOf({ checks: { database }, isDraining: () => false });
    expect(status).toBe(503);
    expect(body).toMatchObject({ checks: { database: { ok: false, detail: expect.stringContaining('no answer') } } });
  });

  it('sends nobody new to a server that ends', async () => {
    expect(await answerOf({ checks: { database: works }, isDraining: () => true })).toEqual([
      503,
      { status: 'draining', checks: { database: { ok: true, detail: 'answers' } } },
    ]);
  });
});
