// Identities with something in their accounts that a role might explain, with all their accounts; and the rows of the roles
// that were deduced. Owns these look-ups; the deduction is domain/role-model/deduction.ts'.
import { type FoundAccount, linkText } from '../domain/role-model/deduction.js';
import type { IdentitySource } from '../domain/role-model/context.js';
import type { ObservedResource } from '../domain/role-model/stored-account.js';
import { effectiveStates, foundStates } from '../domain/workflow-state.js';
import type { SuspectIdentity, SuspectQuestion } from '../steps/ports/reconciliation-finding.js';
import type { Sql } from './database.js';
import { linksOf, loadIdentities } from './role-model-load.js';

const listed = (states: readonly string[]): string => states.map((state) => `'${state}'`).join(', ');
export const isFoundValue = `v.workflow_state in (${listed(foundStates)})`;
/** A person kept the value `v`, or the link it is about. */
export const isKeptValue = `v.workflow_state in (${listed(effectiveStates)})`;

/** The link `l` of the account `a` is neither given by a rule, nor kept by a person, nor about to be taken away. */
export const isExtraLink = `not coalesce(a.expected -> 'links' -> l.property ? l.target_key, false)
  and not exists (select from jsonb_array_elements(a.delta -> 'links') as d where d ->> 'property' = l.property and d -> 'remove' ? l.target_key)
  and not exists (select from value_assignment v where v.assignment_id = a.id and v.property = l.property and v.target_key = l.target_key and ${isKeptValue})`;

/** An account that waits to be removed by a decision stands for itself: it is owned until it is gone, or a reviewer declined that. */
export const isOwned = (resource: string): string =>
  `exists (select from resource_assignment w where w.resource_id = ${resource} and not (w.identity_id = w.resource_id and w.provisioning_state = 'NONE'))`;

export async function suspects(
  sql: Sql,
  source: IdentitySource,
  identityIds: readonly string[],
  question: SuspectQuestion,
): Promise<readonly SuspectIdentity[]> {
  const ids = await suspectIds(sql, identityIds, question);
  if (ids.length === 0) return [];
  const loaded = await loadIdentities(sql, source, ids, false);
  const [values, facts, strays] = [
    await keptAndFound(sql, ids),
    await preExisting(sql, ids),
    await ownStrays(sql, ids, question),
  ];
  return loaded.map(({ snapshot, stored }) => ({
    snapshot,
    accounts: [
      ...stored.accounts.flatMap((account): readonly FoundAccount[] => {
        const { observed, resourceType, isDue, delta } = account;
        if (observed === null || !isDue) return [];
        const own = values.filter(({ assignmentId }) => assignmentId === account.id);
        const removed = (delta?.links ?? []).flatMap(({ property, remove }) =>
          remove.map((key) => linkText(property, key)),
        );
        return [
          {
            ...foundOf(resourceType, observed, facts),
            foundValues: own.filter(({ isFound, target }) => isFound && target === '').map(({ property }) => property),
            settledLinks: new Set([
              ...own
                .filter(({ isFound, target }) => !isFound && target !== '')
                .map(({ property, target }) => linkText(property, target)),
              ...removed,
            ]),
          },
        ];
      }),
      ...strays.flatMap(({ identityId, resourceType, resource, isPreExisting }) =>
        identityId === snapshot.id
          ? [
              {
                ...foundOf(resourceType, resource, new Set(isPreExisting ? [resource.id] : [])),
                foundValues: [],
                settledLinks: new Set<string>(),
              },
            ]
          : [],
      ),
    ],
  }));
}

const foundOf = (resourceType: string, { id, content }: ObservedResource, preExistingIds: ReadonlySet<string>) => ({
  resourceType,
  resourceId: id,
  content,
  isPreExisting: preExistingIds.has(id),
});

async function suspectIds(
  sql: Sql,
  identityIds: readonly string[],
  { links, rules }: SuspectQuestion,
): Promise<readonly string[]> {
  const { rows } = await sql.query<{ id: string }>(
    `select a.identity_id as id from resource_assignment a
       join unnest($2::text[], $3::text[]) as m(type, property) on m.type = a.resource_type
       join resource_link l on l.resource_id = a.resource_id and l.property = m.property
     where a.identity_id = any($1::uuid[]) and a.is_due and a.confidence_percent is null and ${isExtraLink}
     union
     select a.identity_id from value_assignment v join resource_assignment a on a.id = v.assignment_id
     where a.identity_id = any($1::uuid[]) and a.is_due and v.target_key = '' and ${isFoundValue}
     union
     select c.identity_id from correlation_source c join correlation_key k on k.rule = c.rule and k.value = c.value
     where c.identity_id = any($1::uuid[]) and c.rule = any($4::text[]) and not ${isOwned('k.resource_id')}
     order by 1`,
    [
      identityIds,
      links.map(({ resourceType }) => resourceType),
      links.map(({ property }) => property),
      rules.map(({ rule }) => rule),
    ],
  );
  return rows.map(({ id }) => id);
}

interface ValueRow {
  readonly assignmentId: string;
  readonly property: string;
  /** Empty for a scalar. */
  readonly target: string;
  readonly isFound: boolean;
}

async function keptAndFound(sql: Sql, identityIds: readonly string[]): Promise<readonly ValueRow[]> {
  const { rows } = await sql.query<ValueRow>(
    `select v.assignment_id as "assignmentId", v.property, v.target_key as target, ${isFoundValue} as "isFound"
     from value_assignment v join resource_assignment a on a.id = v.assignment_id
     where a.identity_id = any($1::uuid[]) and (${isFoundValue} or ${isKeptValue})`,
    [identityIds],
  );
  return rows;
}

async function preExisting(sql: Sql, identityIds: readonly string[]): Promise<ReadonlySet<string>> {
  const { rows } = await sql.query<{ id: string }>(
    `select r.id from resource_assignment a join resource r on r.id = a.resource_id
     where a.identity_id = any($1::uuid[]) and r.is_pre_existing`,
    [identityIds],
  );
  return new Set(rows.map(({ id }) => id));
}

interface OwnStray {
  readonly identityId: string;
  readonly resourceType: string;
  readonly resource: ObservedResource;
  readonly isPreExisting: boolean;
}

/** Accounts without an owner that match one of these people and nobody else, who has no such account and matches no other. */
async function ownStrays(
  sql: Sql,
  identityIds: readonly string[],
  { rules }: SuspectQuestion,
): Promise<readonly OwnStray[]> {
  const { rows } = await sql.query<OwnStray>(
    `with matched as (
       select c.identity_id, m.type, k.resource_id from unnest($2::text[], $3::text[], $4::boolean[]) as m(rule, type, is_classified)
       join correlation_source c on c.rule = m.rule join correlation_key k on k.rule = c.rule and k.value = c.value
       join resource f on f.id = k.resource_id and (not m.is_classified or f.classified_as = m.type)
       where k.resource_id in (
           select o.resource_id from correlation_source s join correlation_key o on o.rule = s.rule and o.value = s.value
           where s.identity_id = any($1::uuid[]) and s.rule = any($2::text[]))
         and not ${isOwned('k.resource_id')}),
     alone as (
       select resource_id, min(type) as type, min(identity_id::text)::uuid as identity_id from matched
       group by resource_id having count(distinct identity_id) = 1 and count(distinct type) = 1)
     select a.identity_id as "identityId", a.type as "resourceType", r.is_pre_existing as "isPreExisting",
       jsonb_build_object('id', r.id, 'hash', r.hash, 'content',
         jsonb_build_object('key', r.key, 'attributes', r.attributes, 'links', coalesce(${linksOf('r.id')}, '{}'))) as resource
     from alone a join resource r on r.id = a.resource_id
     where a.identity_id = any($1::uuid[])
       and not exists (select from alone o where o.identity_id = a.identity_id and o.type = a.type and o.resource_id <> a.resource_id)
       and not exists (select from resource_assignment h where h.identity_id = a.identity_id and h.resource_type = a.type
         and (h.resource_id is not null or ('resource:' || r.id) = any(string_to_array(h.declined_hash, ' '))))
     order by a.identity_id, r.id`,
    [
      identityIds,
      rules.map(({ rule }) => rule),
      rules.map(({ resourceType }) => resourceType),
      rules.map(({ isClassified }) => isClassified),
    ],
  );
  return rows;
}
