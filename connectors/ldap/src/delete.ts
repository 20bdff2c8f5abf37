// Deletes an entry, and before it what other entries say of it where the settings know that.
import type { ApplyOutcome } from '@joinery/connector-kit';
import { isLdapResult } from '@joinery/ldap-client';
import { findEntry } from './listing.js';
import { keyAttributes } from './member.js';
import { leavingSteps } from './other-side.js';
import { keyOf } from './row.js';
import { runSteps } from './step.js';
import type { Job } from './job.js';

export async function deleteEntry(job: Job): Promise<ApplyOutcome> {
  const { client, layout, delta } = job;
  const entry = await findEntry(client, layout, delta.key, keyAttributes(layout));
  if (entry === null) return { kind: 'alreadySo', key: delta.key };
  const key = keyOf(layout, entry) ?? delta.key;
  const leaving = await leavingSteps(job, entry);
  job.markSent();
  const remove = {
    run: async () => {
      await client.remove(entry.dn);
      return true;
    },
    undo: null,
  };
  try {
    await runSteps([...leaving, remove], job.operation);
    return { kind: 'applied', key };
  } catch (error) {
    // Somebody else was faster.
    if (isLdapResult(error, 32)) return { kind: 'alreadySo', key };
    throw error;
  }
}
