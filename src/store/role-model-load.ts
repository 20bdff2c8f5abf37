// Whole identities with everything they hold and what was read of it, for those that may differ. Set-based: four questions a bucket.
import type { CalculatedRole } from '../domain/assignment.js';
import type { LoadedIdentity } from '../domain/role-model/computation.js';
import type { IdentitySource } from '../domain/role-model/context.js';
import { reasonOf, type Suggestion } from '../domain/role-model/evaluation.js';
import type { ObservedResource, StoredAccount } from '../domain/role-model/stored-account.js';
import type { Sql } from './database.js';
import { contextParts, loadHierarchies, positionParts, type WithPositions } from './position.js';
import { type DecisionRow, decisionColumns, type StateRow, stateOf, toDecision } from './role-model-row.js';
import { valuesOfAccount } from './value-assignment.js';

/** When each identity was marked dirty, as text that compares exactly. */
export type Marks = ReadonlyMap<string, string>;

export async function markedSince(sql: Sql, identityIds: readonly string[]): Promise<Marks> {
  const { rows } = await sql.query<{ id: string; since: string }>(
    'select identity_id as id, since::text as since from dirty_identity where identity_id = any($1::uuid[])',
    [identityIds],
  );
  return new Map(rows.map(({ id, since }) => [id, since]));
}

/** In the order of their ids. `isLocked`: rows that are about to be written are locked against settlements. */
export async function loadIdentities(
  sql: Sql,
  source: IdentitySource,
  identityIds: readonly string[],
  isLocked: boolean,
): Promise<readonly LoadedIdentity[]> {
  const identities = await loadRows(sql, source, identityIds);
  const hierarchies = await loadHierarchies(sql, source);
  const decisions = groupedBy(await loadDecisions(sql, identityIds, isLocked), ({ identityId }) => identityId);
  const accounts = groupedBy(await loadAccounts(sql, identityIds, isLocked), ({ identityId }) => identityId);
  return identities.map((row) => {
    const own = (decisions.get(row.id) ?? []).map(toDecision);
    const roles = rolesOf(row);
    return {
      hash: row.hash,
      snapshot: {
        id: row.id,
        key: row.key,
        attributes: row.attributes,
        isRemoved: row.isRemoved,
        decisions: own,
        storedRoles: roles,
        ...contextParts(row, hierarchies),
      },
      stored: {
        state: stateOf(row),
        roles,
        decisions: own,
        accounts: (accounts.get(row.id) ?? []).map(toAccount),
        suggestions: suggestionsOf(row),
      },
    };
  });
}

interface IdentityRow extends StateRow, WithPositions {
  readonly id: string;
  readonly key: string;
  readonly attributes: LoadedIdentity['snapshot']['attributes'];
  readonly hash: string;
  readonly isRemoved: boolean;
  readonly roles: readonly string[] | null;
  readonly reasons: readonly string[] | null;
  readonly suggestedRoles: readonly string[] | null;
  readonly suggestedRules: readonly string[] | null;
}

async function loadRows(
  sql: Sql,
  source: IdentitySource,
  identityIds: readonly string[],
): Promise<readonly IdentityRow[]> {
  const { column, join } = positionParts(source);
  const { rows } = await sql.query<IdentityRow>(
    `select r.id, r.key, r.attributes, r.hash, r.removed_at is not null as "isRemoved", to_jsonb(s.roles) as roles, to_jsonb(s.reasons) as reasons,
            to_jsonb(s.suggested_roles) as "suggestedRoles", to_jsonb(s.suggested_rules) as "suggestedRules",
            s.roles_hash as "rolesHash", s.input_hash as "inputHash", s.configuration_version as "configurationVersion", s.next_due_on as "nextDueOn"${column}
     from resource r left join identity_state s on s.identity_id = r.id ${join}
     where r.entity_type = $1 and r.id = any($2::uuid[]) order by r.id`,
    [source.entityType, identityIds],
  );
  return rows;
}

const suggestionsOf = ({ suggestedRoles, suggestedRules }: IdentityRow): readonly Suggestion[] =>
  (suggestedRoles ?? []).map((role, index) => {
    const rule = suggestedRules?.[index] ?? '';
    return { role, rule: rule.replace(/^\+/, ''), isChosen: rule.startsWith('+') };
  });

export const rolesOf = ({ roles, reasons }: Pick<IdentityRow, 'roles' | 'reasons'>): readonly CalculatedRole[] =>
  (roles ?? []).map((role, index) => ({ role, reason: reasonOf(reasons?.[index] ?? '') }));

async function loadDecisions(
  sql: Sql,
  identityIds: readonly string[],
  isLocked: boolean,
): Promise<readonly DecisionRow[]> {
  const { rows } = await sql.query<{ row: DecisionRow }>(
    `select jsonb_build_object(${decisionColumns}) as row from role_assignment x left join request_item i on i.id = x.request_item_id
     where x.identity_id = any($1::uuid[]) order by x.identity_id, x.role ${isLocked ? 'for update of x' : ''}`,
    [identityIds],
  );
  return rows.map(({ row }) => row);
}

interface AccountRow extends Omit<StoredAccount, 'observed' | 'values'> {
  readonly values: StoredAccount['values'] | null;
  readonly observedFirst: boolean | null;
  readonly identityId: string;
  readonly observedId: string | null;
  readonly observedKey: string;
  readonly observedRowHash: string;
  readonly observedAttributes: ObservedResource['content']['attributes'];
  readonly observedLinks: ObservedResource['content']['links'] | null;
}

async function loadAccounts(
  sql: Sql,
  identityIds: readonly string[],
  isLocked: boolean,
): Promise<readonly AccountRow[]> {
  const { rows } = await sql.query<AccountRow>(
    `select a.id, a.identity_id as "identityId", a.resource_type as "resourceType", a.resource_id as "resourceId", a.resource_key as "resourceKey",
       a.is_due as "isDue", a.expected, a.expected_hash as "expectedHash", a.observed_hash as "observedHash", a.base_hash as "baseHash",
       a.workflow_state as "workflowState", a.provisioning_state as "provisioningState", a.desired_version::float8 as "desiredVersion",
       a.ordered_version::float8 as "orderedVersion", a.delta, a.pending_roles as "pendingRoles", a.drift_count as "driftCount", a.error,
       a.slot, a.delete_on as "deleteOn", a.declined_hash as "declinedHash", a.confidence_percent as "confidencePercent", ${valuesOfAccount('a.id')} as values,
       o.is_pre_existing as "observedFirst", o.id as "observedId", o.key as "observedKey", o.hash as "observedRowHash", o.attributes as "observedAttributes",
       ${linksOf('o.id')} as "observedLinks"
     from resource_assignment a left join resource o on o.id = a.resource_id
     where a.identity_id = any($1::uuid[]) order by a.id ${isLocked ? 'for update of a' : ''}`,
    [identityIds],
  );
  return rows;
}

/** Links of a resource as one object: property → keys, sorted. Null where there are none. */
export const linksOf = (resource: string): string => `(select jsonb_object_agg(l.property, l.keys) from (
    select property, jsonb_agg(target_key order by target_key) as keys from resource_link where resource_id = ${resource} group by property) as l)`;

function toAccount(row: AccountRow): StoredAccount {
  const {
    observedId,
    observedKey,
    observedRowHash,
    observedAttributes,
    observedLinks,
    observedFirst,
    identityId: _,
    values,
    ...account
  } = row;
  const observed =
    observedId === null
      ? null
      : {
          id: observedId,
          hash: observedRowHash,
          content: { key: observedKey, attributes: observedAttributes, links: observedLinks ?? {} },
          isPreExisting: observedFirst === true,
        };
  return { ...account, values: values ?? [], observed };
}

function groupedBy<T>(rows: readonly T[], key: (row: T) => string): ReadonlyMap<string, readonly T[]> {
  const groups = new Map<string, T[]>();
  for (const row of rows) {
    const group = groups.get(key(row));
    if (group === undefined) groups.set(key(row), [row]);
    else group.push(row);
  }
  return groups;
}
