// The SCIM package passes the conformance suite against SCIMMY, through a network that can fail.
import { afterAll } from '@jest/globals';
import { describeConformance } from '../../../test/support/conformance.js';
import { prepareScimGround, type ScimGround } from './conformance-target.js';

const ground: ScimGround = await prepareScimGround();
afterAll(() => ground.close());

describeConformance('scim on SCIMMY', ground.target);
