// The queue board over a real queue: operators look, nobody changes anything, and job data is ids.
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { Queue } from 'bullmq';
import { Redis } from 'ioredis';
import { testRedisUrl } from '../support/redis.js';
import { type ServedCompany, serveCompany } from './company.js';

const canary = 'CANARY-91ab';
let company: ServedCompany;
let queue: Queue;
let redis: Redis;

beforeAll(async () => {
  redis = new Redis(await testRedisUrl(), { maxRetriesPerRequest: null });
  queue = new Queue('jobs', { connection: redis });
  await queue.add('execution', { id: 'row-1', password: canary }, { jobId: 'row-1-1' });
  company = await serveCompany({ server: { queues: [queue] } });
});
afterAll(async () => {
  await company.stop();
  await queue.close();
  redis.disconnect();
});

async function ask(path: string, method = 'GET', body?: object): Promise<Response> {
  const headers = { authorization: `Bearer ${await company.token('omar.benali')}`, 'content-type': 'application/json' };
  return fetch(`${company.server.url}/queues${path}`, {
    method,
    headers,
    ...(body ? { body: JSON.stringify(body) } : {}),
  });
}

describe('the queue board', () => {
  it('shows the ids of rows and nothing else of a job', async () => {
    const answer = await ask('/api/queues?activeQueue=jobs&status=waiting&page=1&jobsPerPage=10');
    const text = await answer.text();
    expect(answer.status).toBe(200);
    expect(text).toContain('row-1');
    expect(text).not.toContain(canary);
    const job = await (await ask('/api/queues/jobs/row-1-1')).text();
    expect(job).toContain('row-1');
    expect(job).not.toContain(canary);
  });

  it.each([
    ['PUT', '/api/queues/jobs/clean/waiting'],
    ['PUT', '/api/queues/jobs/pause'],
    ['PUT', '/api/queues/jobs/empty'],
    ['PUT', '/api/queues/jobs/obliterate'],
    ['PUT', '/api/queues/jobs/row-1-1/clean'],
    ['PATCH', '/api/queues/jobs/row-1-1/update-data'],
    ['POST', '/api/queues/jobs/add'],
  ])('changes nothing by %s %s', async (method, path) => {
    const answer = await ask(path, method, { name: 'execution', data: { id: 'x' }, options: {}, jobData: { id: 'x' } });
    expect(answer.status).toBeGreaterThanOrEqual(400);
    expect(await queue.getJobCountByTypes('waiting')).toBe(1);
    expect(await queue.isPaused()).toBe(false);
    expect((await queue.getJob('row-1-1'))?.data).toEqual({ id: 'row-1', password: canary });
  });
});
