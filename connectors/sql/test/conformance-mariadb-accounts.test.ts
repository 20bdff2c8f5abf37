// The SQL package passes the conformance suite with MariaDB's own accounts.
import { afterAll } from '@jest/globals';
import { describeConformance } from '../../../test/support/conformance.js';
import { type MariaDbAccountGround, prepareMariaDbAccountGround } from './mariadb-account-target.js';

const ground: MariaDbAccountGround = await prepareMariaDbAccountGround();
afterAll(() => ground.close());

describeConformance('sql accounts on MariaDB', ground.target);
