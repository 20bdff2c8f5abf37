// The SQL package passes the conformance suite on a real SQLite file.
import { afterAll } from '@jest/globals';
import { describeConformance } from '../../../test/support/conformance.js';
import { prepareSqliteGround, type SqliteGround } from './sqlite-target.js';

const ground: SqliteGround = await prepareSqliteGround();
afterAll(() => ground.close());

describeConformance('sql on SQLite', ground.target);
