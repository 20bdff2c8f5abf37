// The SQL package passes the conformance suite against a real MariaDB, through a network that can fail.
import { afterAll } from '@jest/globals';
import { describeConformance } from '../../../test/support/conformance.js';
import { type MariaDbGround, prepareMariaDbGround } from './mariadb-target.js';

const ground: MariaDbGround = await prepareMariaDbGround();
afterAll(() => ground.close());

describeConformance('sql on MariaDB', ground.target);
