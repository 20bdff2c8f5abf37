// The SQL package passes the conformance suite against a real PostgreSQL, through a network that can fail.
import { afterAll, describe, test } from '@jest/globals';
import { conformanceCases } from '@joinery/connector-kit';
import { prepareSqlGround, type SqlGround } from './conformance-target.js';

const ground: SqlGround = await prepareSqlGround();
afterAll(() => ground.close());

describe('sql on PostgreSQL', () => {
  for (const { name, skipped, run } of conformanceCases(ground.target)) {
    if (skipped === undefined) test(name, run);
    else test.skip(`${name} (${skipped})`, run);
  }
});
