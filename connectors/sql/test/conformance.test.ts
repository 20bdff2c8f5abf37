// The SQL package passes the conformance suite against a real PostgreSQL, through a network that can fail.
import { afterAll } from '@jest/globals';
import { describeConformance } from '../../../test/support/conformance.js';
import { prepareSqlGround, type SqlGround } from './conformance-target.js';

const ground: SqlGround = await prepareSqlGround({ marked: true });
afterAll(() => ground.close());

describeConformance('sql on PostgreSQL', ground.target);
