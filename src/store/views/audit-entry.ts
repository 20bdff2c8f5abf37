// The audit for showing, newest first. Whoever may read it reads all of it.
import type { AuditEntryView, AuditQuestion, AuditViews } from '../../steps/ports/audit-entry.js';
import type { Database } from '../database.js';
import { allOf, type Fragment, literal, rendered, sql } from '../fragment.js';
import { idConditions, instantConditions } from './filter.js';
import { countRows, type KeysetColumn, readPage } from './keyset.js';

const from = literal('audit_entry a');
const columns = literal('a.id::text as id, a.at, a.actor, a.action, a.subject, a.before, a.after');
const newestFirst: readonly KeysetColumn[] = [{ column: 'a.id', type: 'bigint', isDescending: true }];

export const auditViews = (database: Database): AuditViews => ({
  page: (question, page) =>
    readPage<AuditEntryView, AuditEntryView>(database, {
      select: columns,
      from,
      where: condition(question),
      order: newestFirst,
      page,
      row: (row) => row,
    }),
  count: (question) => countRows(database, from, condition(question)),
  byId: async (id, canRead) => {
    const { text, parameters } = rendered(
      sql`select ${columns} from ${from} where a.id = ${id}::bigint and ${literal(String(canRead))}`,
    );
    return (await database.query<AuditEntryView>(text, parameters)).rows[0] ?? null;
  },
});

const condition = ({ subject, actor, at, canRead }: AuditQuestion): Fragment =>
  allOf([
    literal(String(canRead)),
    ...idConditions('a.subject', subject, 'text'),
    ...idConditions('a.actor', actor, 'text'),
    ...instantConditions('a.at', at),
  ]);
