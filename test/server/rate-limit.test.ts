// How much one caller may ask: what is refused and how, what it costs to be refused, and that 0 turns it off.
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { createRateLimit } from '../../src/server/rate-limit.js';
import { codes, listen, partOf, type ServedCompany, serveCompany } from './company.js';

// 2 + 24 × 2 points: one fits into a minute's 60, a second does not for another 40 s.
const dear = '{ identities(first: 24) { nodes { id } } }';
const state = '{ rateLimit { cost limit remaining resetAt maxCostPerOperation } }';

interface State {
  readonly cost: number;
  readonly limit: number;
  readonly remaining: number;
  readonly resetAt: string;
  readonly maxCostPerOperation: number;
}

describe('with 60 points a minute', () => {
  let company: ServedCompany;
  beforeAll(async () => {
    company = await serveCompany({ server: { rateLimit: 60 } });
  });
  afterAll(async () => company.stop());

  it('a caller is answered within them, refused with 429 beyond, and told when to come back', async () => {
    const first = await company.post('camille.roy', dear);
    expect([first.status, first.body.errors]).toEqual([200, undefined]);
    expect(first.body.extensions).toEqual({ cost: { requested: 50, remaining: 10, restoreRate: 1 } });
    expect(first.headers.get('ratelimit-limit')).toBe('60');
    const second = await company.post('camille.roy', dear);
    expect([second.status, codes(second.body)]).toEqual([429, ['THROTTLED']]);
    const seconds = Number(second.headers.get('retry-after'));
    expect(seconds).toBeGreaterThan(0);
    expect(seconds).toBeLessThanOrEqual(40);
    expect(second.body.errors?.[0]?.extensions).toMatchObject({
      retryAfterSeconds: seconds,
      hint: expect.stringContaining('rateLimit'),
    });
  });

  it('other callers have points of their own', async () => {
    await company.post('paul.martin', dear);
    expect((await company.post('omar.benali', dear)).status).toBe(200);
  });

  it('what is refused costs nothing', async () => {
    const person = 'ines.aubry';
    const ofVariable = 'query ($n: Int!) { identities(first: $n) { nodes { id } } }';
    const refused = [
      await company.post(person, '{ viewer { nothing } }'),
      await company.post(person, ofVariable, { n: 'many' }),
      await company.post(person, '{ identities(first: 100) { nodes { id } } }'),
    ];
    expect(refused.map(({ body }) => codes(body)?.[0])).toEqual([
      'GRAPHQL_VALIDATION_FAILED',
      'BAD_USER_INPUT',
      'COST_EXCEEDED',
    ]);
    const left = partOf<State>(await company.post(person, state), 'rateLimit');
    expect(left).toMatchObject({ cost: 6, limit: 60, remaining: 54, maxCostPerOperation: 60 });
    expect(Date.parse(left.resetAt)).toBeGreaterThan(Date.now());
  });

  it('sockets spend the same points, and are refused as one operation', async () => {
    const person = 'ada.lindqvist';
    await company.post(person, dear);
    const token = await company.token(person);
    const asked = listen(company.server.url, token, dear, 'identities');
    await asked.ended;
    expect([asked.items, asked.closed()]).toEqual([[], null]);
    expect(asked.errors.map(({ extensions }) => extensions?.code)).toEqual(['THROTTLED']);
    expect(asked.errors[0]?.extensions?.retryAfterSeconds).toBeGreaterThan(0);
    await asked.stop();
  });
});

describe('without a limit', () => {
  it('nobody is refused, and the API says that there is none', async () => {
    const company = await serveCompany({ server: { rateLimit: 0 } });
    for (let time = 0; time < 3; time += 1) expect((await company.post('camille.roy', dear)).status).toBe(200);
    const answer = await company.post('camille.roy', state);
    expect(partOf<State>(answer, 'rateLimit')).toMatchObject({ limit: 0, remaining: 2_147_483_647 });
    expect(answer.headers.get('ratelimit-limit')).toBeNull();
    await company.stop();
  });
});

describe('points', () => {
  it('come back steadily, up to the limit', () => {
    let now = 0;
    const limit = createRateLimit(600, () => now);
    const left = () => limit.budgetOf('camille.roy').state().account?.remaining;
    expect(limit.budgetOf('camille.roy').charge(600)).toBeNull();
    expect(left()).toBe(0);
    expect(limit.budgetOf('camille.roy').charge(20)?.extensions.retryAfterSeconds).toBe(2);
    now = 2_000;
    expect(left()).toBe(20);
    expect(limit.budgetOf('camille.roy').charge(20)).toBeNull();
    now = 600_000;
    expect(left()).toBe(600);
  });

  it('of callers of long ago take no memory, those of now are kept', () => {
    let now = 0;
    const limit = createRateLimit(600, () => now);
    for (let caller = 0; caller < 10_000; caller += 1) limit.budgetOf(`caller-${caller}`).charge(1);
    now = 60_000;
    limit.budgetOf('busy').charge(600);
    limit.budgetOf('one more').charge(1);
    expect(limit.budgetOf('busy').charge(1)).not.toBeNull();
  });
});
