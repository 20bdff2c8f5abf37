// Deletes what computations leave behind: plans that nobody may apply any more, and the parts of executions that have ended.
// What they came to stays: counters and warnings stand in the execution.
import type { LeftoverStore } from '../steps/ports/leftover.js';
import type { Database } from './database.js';

export const leftoverStore = (database: Database): LeftoverStore => ({
  // A day longer, so that who looks at a plan of yesterday reads that it expired.
  forgetPlans: async () =>
    (await database.query(`delete from provisioning_plan where expires_at < clock_timestamp() - interval '1 day'`))
      .count,
  // An hour longer, so that a worker that was stopped for a while finds its part gone rather than half there.
  forgetParts: async () =>
    (
      await database.query(
        `delete from task_part p using task_execution t join job_execution e on e.id = t.execution_id
         where t.id = p.task_id and e.finished_at < clock_timestamp() - interval '1 hour'`,
      )
    ).count,
});
