// A Redis database of its own for each test: the server of global-setup.mjs has thousands.
import { Redis } from 'ioredis';

/** The address of an empty Redis database that no other test gets. */
export async function testRedisUrl(): Promise<string> {
  const server = process.env.TEST_REDIS_URL;
  if (server === undefined) throw new Error('No test Redis: run tests with `npm test`, in the project `real`.');
  const redis = new Redis(server);
  try {
    // Database 0 only hands out the numbers of the others.
    return `${server}/${await redis.incr('last-database')}`;
  } finally {
    redis.disconnect();
  }
}
