// After the tests: ends what global-setup.mjs started and removes its folder.
import { rm } from 'node:fs/promises';

export default async function tearDown() {
  const { folder, postgres, redis } = globalThis.realParts ?? {};
  await Promise.all([postgres?.stop(), redis?.stop()]);
  if (folder !== undefined) await rm(folder, { recursive: true, force: true });
}
