// The Active Directory package passes the conformance suite against a real domain controller.
import { afterAll } from '@jest/globals';
import { describeConformance } from '../../../test/support/conformance.js';
import { type AdGround, prepareAdGround } from './conformance-target.js';

const ground: AdGround = await prepareAdGround();
afterAll(() => ground.close());

describeConformance('active-directory on Samba', ground.target);
