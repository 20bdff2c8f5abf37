// Items that wait for a decision, for showing: in pages by group, by id, and how large each group is.
import { literal, allOf, type Fragment, rendered, sql } from '../fragment.js';
import type { ItemGroup, ItemQuestion, ItemView, ReconciliationViews } from '../../steps/ports/reconciliation-item.js';
import type { Database } from '../database.js';
import { itemColumns } from '../reconciliation-record.js';
import { idConditions, oneOfConditions, textConditions } from './filter.js';
import { countRows, type KeysetColumn, readPage } from './keyset.js';

const from = literal('reconciliation_item i left join resource k on k.id = i.resource_id');
const byGroup: readonly KeysetColumn[] = [
  { column: 'i.group_key', type: 'text' },
  { column: 'i.id', type: 'uuid' },
];
const columns = literal(
  `${itemColumns}, k.key as "resourceKey", i.found_at as "foundAt", i.postponed_until::text as "postponedUntil", i.decision as "decidedDecision"`,
);

export const reconciliationViews = (database: Database): ReconciliationViews => ({
  page: (question, page) =>
    readPage<ItemView, ItemView>(database, {
      select: columns,
      from,
      where: condition(question),
      order: byGroup,
      page,
      row: (row) => row,
    }),
  count: (question) => countRows(database, from, condition(question)),
  byIds: async (ids, canRead) => {
    if (!canRead) return new Map();
    const where = allOf(idConditions('i.id', { in: ids }, 'uuid'));
    const { text, parameters } = rendered(sql`select ${columns} from ${from} where ${where}`);
    const { rows } = await database.query<ItemView>(text, parameters);
    return new Map(rows.map((row) => [row.id, row]));
  },
  groups: async (question) => {
    const { text, parameters } = rendered(
      sql`select i.group_key as "groupKey", i.kind, count(*)::int as count from ${from} where ${condition(question)} group by 1, 2 order by 3 desc, 1`,
    );
    return (await database.query<ItemGroup>(text, parameters)).rows;
  },
});

function condition({ filter, day, canRead }: ItemQuestion): Fragment {
  if (!canRead) return literal('false');
  const least = filter?.minConfidencePercent ?? null;
  return allOf([
    sql`i.decision is null and (i.postponed_until is null or i.postponed_until <= ${day}::date)`,
    ...oneOfConditions('i.kind', filter?.kind),
    ...idConditions('i.identity_id', filter?.identityId, 'uuid'),
    ...idConditions('i.resource_type', filter?.resourceTypeId, 'text'),
    ...textConditions('i.group_key', filter?.groupKey),
    ...(least === null ? [] : [sql`i.confidence_percent >= ${least}`]),
  ]);
}
