// The SQL package passes the conformance suite with PostgreSQL's own roles as accounts.
import { afterAll } from '@jest/globals';
import { describeConformance } from '../../../test/support/conformance.js';
import { type AccountGround, prepareAccountGround } from './postgresql-account-target.js';

const ground: AccountGround = await prepareAccountGround();
afterAll(() => ground.close());

describeConformance('sql accounts on PostgreSQL', ground.target);
