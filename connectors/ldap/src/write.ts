// Applies one delta. Owns refusals before anything is sent and what a refusal of the server means; the three kinds of
// changes are beside it.
import {
  type ApplyOutcome,
  type Delta,
  deltaRefusal,
  type MarkSent,
  outcomeOf,
  withoutKey,
} from '@joinery/connector-kit';
import { isLdapResult, ldapError, type LdapPool, withLdapClient } from '@joinery/ldap-client';
import { createEntry } from './create.js';
import { deleteEntry } from './delete.js';
import type { Directory } from './directory.js';
import type { Job } from './job.js';
import type { Layout } from './layout.js';
import { updateEntry } from './update.js';

export interface Writing {
  readonly pool: LdapPool;
  readonly directory: Directory;
  readonly accepts: Job['accepts'];
}

/** The outcome; throws only what leaves open whether something was applied, or what kept it from being sent. */
export async function applyDelta(
  { pool, directory, accepts }: Writing,
  layout: Layout,
  delta: Delta,
  signal: AbortSignal,
  markSent: MarkSent,
): Promise<ApplyOutcome> {
  const problem = deltaRefusal(delta, layout.type);
  if (problem !== null) return { kind: 'refused', failure: problem };
  const operation = `${delta.kind} ${delta.objectType} ${JSON.stringify(delta.key)}`;
  try {
    return await withLdapClient(pool, signal, (client) =>
      change({ client, directory, layout, delta: withoutKey(delta, layout.type), operation, markSent, accepts }),
    );
  } catch (error) {
    // An answer of the server says that nothing was applied; what was before it has been taken back.
    if (isLdapResult(error)) return outcomeOf(ldapError(error, operation), false);
    throw error;
  }
}

async function change(job: Job): Promise<ApplyOutcome> {
  switch (job.delta.kind) {
    case 'create':
      return createEntry(job);
    case 'update':
      return updateEntry(job);
    case 'delete':
      return deleteEntry(job);
    default:
      return job.delta.kind satisfies never;
  }
}
