// Whether a job was ever run to its end: what the demo waits for at its first start.
import type { Database } from '../database.js';

export async function completionOf(database: Database, job: string): Promise<'never run' | 'runs' | 'has ended'> {
  const { rows } = await database.query<{ count: number; ended: number }>(
    'select count(*)::int as count, count(finished_at)::int as ended from job_execution where job = $1',
    [job],
  );
  const [row] = rows;
  if (row === undefined || row.count === 0) return 'never run';
  return row.ended > 0 ? 'has ended' : 'runs';
}
