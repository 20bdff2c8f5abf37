// The internal package passes the conformance suite over the engine's own store, in a real PostgreSQL.
import { afterAll, expect, test } from '@jest/globals';
import internal from '@joinery/connector-internal';
import { describeConformance } from '../../../test/support/conformance.js';
import { type InternalGround, prepareInternalGround } from './conformance-target.js';

const ground: InternalGround = await prepareInternalGround();
afterAll(() => ground.close());

describeConformance('internal on PostgreSQL', ground.target);

test('outside of the engine it says that there is nothing to open', async () => {
  await expect(internal.open(ground.target.settings)).rejects.toMatchObject({
    failure: { code: 'CAPABILITY_MISSING' },
  });
});
