// The POSIX package passes the conformance suite against a real sshd and the real programs of the shadow suite.
import { afterAll } from '@jest/globals';
import { describeConformance } from '../../../test/support/conformance.js';
import { preparePosixGround } from './conformance-target.js';

const ground = await preparePosixGround();
afterAll(() => ground.close());

describeConformance('posix on OpenSSH', ground.target);
