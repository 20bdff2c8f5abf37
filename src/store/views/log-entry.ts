// The log of an execution, oldest first.
import { logLevels } from '../../domain/job.js';
import type { Page, PageRequest } from '../../domain/page.js';
import type { LogEntryView, LogQuestion } from '../../steps/ports/job-view.js';
import type { Sql } from '../database.js';
import { allOf, type Fragment, literal, sql } from '../fragment.js';
import { idConditions, textConditions } from './filter.js';
import { countRows, type KeysetColumn, readPage } from './keyset.js';

const from = literal('log_entry l');
const oldestFirst: readonly KeysetColumn[] = [{ column: 'l.id', type: 'bigint' }];
const columns = literal(`l.id::text as id, l.at, l.level, l.message, l.task_id as "taskId", l.fields`);

export const readLog = (database: Sql, question: LogQuestion, page: PageRequest): Promise<Page<LogEntryView>> =>
  readPage<LogEntryView, LogEntryView>(database, {
    select: columns,
    from,
    where: condition(question),
    order: oldestFirst,
    page,
    row: ({ id, at, level, message, taskId, fields }) => ({ id, at, level, message, taskId, fields }),
  });

export const countLog = (database: Sql, question: LogQuestion): Promise<number> =>
  countRows(database, from, condition(question));

function condition({ executionId, minLevel, text, taskId, scope }: LogQuestion): Fragment {
  if (scope !== 'all') return literal('false');
  const levels = minLevel === null ? logLevels : logLevels.slice(logLevels.indexOf(minLevel));
  return allOf([
    sql`l.execution_id = ${executionId}::uuid`,
    ...(minLevel === null ? [] : [sql`l.level = any(${levels}::text[])`]),
    ...(text === null ? [] : textConditions('l.message', { contains: text })),
    ...(taskId === null ? [] : idConditions('l.task_id', { eq: taskId }, 'uuid')),
  ]);
}
