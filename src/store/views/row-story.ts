// What rows of role assignments say beyond their states, for explanations: who decided, and where a role was found.
import type { RowStory } from '../../domain/role-model/explanation-path.js';
import type { Sql } from '../database.js';

interface StoryRow extends Pick<RowStory, 'comment' | 'foundResource' | 'madeAt' | 'changedAt'> {
  readonly identityId: string;
  readonly role: string;
  /** `actorReference`, or `rule:<id>`. */
  readonly decidedBy: string | null;
}

/** By identity, then role. */
export async function rowStories(
  sql: Sql,
  identityIds: readonly string[],
): Promise<ReadonlyMap<string, ReadonlyMap<string, RowStory>>> {
  const { rows } = await sql.query<StoryRow>(
    `select identity_id as "identityId", role, decided_by as "decidedBy", comment, found_resource as "foundResource",
       created_at as "madeAt", updated_at as "changedAt"
     from role_assignment where identity_id = any($1::uuid[])`,
    [identityIds],
  );
  const stories = new Map<string, Map<string, RowStory>>();
  for (const { identityId, role, decidedBy, ...row } of rows) {
    const own = stories.get(identityId) ?? new Map<string, RowStory>();
    stories.set(identityId, own.set(role, { ...row, ...deciderOf(decidedBy) }));
  }
  return stories;
}

function deciderOf(reference: string | null): Pick<RowStory, 'decidedBy' | 'decidedByRule'> {
  const [kind, ...rest] = (reference ?? '').split(':');
  const name = rest.join(':');
  return { decidedBy: kind === 'identity' ? name : null, decidedByRule: kind === 'rule' ? name : null };
}
