// The HTTP package passes the conformance suite against a REST service, through a network that can fail.
import { afterAll } from '@jest/globals';
import { describeConformance } from '../../../test/support/conformance.js';
import { prepareRestGround, type RestGround } from './conformance-target.js';

const ground: RestGround = await prepareRestGround();
afterAll(() => ground.close());

describeConformance('http on a REST service', ground.target);
