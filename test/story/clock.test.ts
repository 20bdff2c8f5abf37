// The clock of a story: process and database agree, rows and partitions follow, and it never goes back.
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { type StoryClock, startClock } from '../../src/story/clock.js';
import { openGround, type StoryDatabase, type StoryGround } from '../../src/story/ground.js';
import { instantOf, later } from '../../src/story/instant.js';

let ground: StoryGround;
let database: StoryDatabase;
let clock: StoryClock;
beforeAll(async () => {
  ground = await openGround(process.env.TEST_DATABASE_URL ?? '');
  database = await ground.create('migrated');
  clock = await startClock(database.client, new Date('2031-03-01T09:00:00Z'));
}, 60_000);
afterAll(async () => {
  await database.drop();
  await ground.close();
});

async function asked(expression: string): Promise<Date> {
  const { rows } = await database.client.query<{ at: Date }>(`select ${expression} as at`);
  return rows[0]?.at ?? new Date(0);
}
const apart = (left: Date, right: Date): number => Math.abs(left.getTime() - right.getTime());

describe('the clock of a story', () => {
  test('shows the same to the process and to the database', async () => {
    expect(apart(await asked('clock_timestamp()'), clock.now())).toBeLessThan(1_000);
    expect(apart(await asked('now()'), clock.now())).toBeLessThan(1_000);
  });

  test('is not the machine’s: PostgreSQL’s own function still shows that', async () => {
    expect(apart(await asked('pg_catalog.clock_timestamp()'), new Date())).toBeLessThan(60_000);
  });

  test('dates rows by the defaults of their columns, after months as well, in the partition of their month', async () => {
    await clock.moveTo(new Date('2031-08-15T09:00:00Z'));
    await database.client.query('select ensure_partitions(clock_timestamp()::date)');
    await database.client.query(`insert into event (kind, body) values ('OrderCreated', '{}')`);
    const { rows } = await database.client.query<{ partition: string; at: Date }>(
      'select tableoid::regclass::text as partition, occurred_at as at from event',
    );
    expect(rows[0]?.partition).toBe('event_203108');
    expect(apart(rows[0]?.at ?? new Date(0), clock.now())).toBeLessThan(1_000);
  });

  test('refuses to go back', async () => {
    await expect(clock.moveTo(new Date('2031-08-14T09:00:00Z'))).rejects.toThrow('past that already');
  });
});

describe('the calendar of a story', () => {
  test.each([
    ['2027-03-27T23:30', 'Europe/Paris', 'P1D', '2027-03-28T21:30:00.000Z'],
    ['2027-03-28T01:30', 'Europe/Paris', 'PT1H', '2027-03-28T01:30:00.000Z'],
    ['2027-10-30T12:00', 'Europe/Paris', 'P1D', '2027-10-31T11:00:00.000Z'],
    ['2027-01-15T00:05', 'America/New_York', 'P1M', '2027-02-15T05:05:00.000Z'],
    ['2027-12-31T23:55', 'UTC', 'PT10M', '2028-01-01T00:05:00.000Z'],
  ])('%s in %s plus %s is %s', (local, zone, length, expected) => {
    expect(later(instantOf(local, zone), length, zone).toISOString()).toBe(expected);
  });
});
