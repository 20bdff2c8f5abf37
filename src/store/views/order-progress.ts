// Answers how far the orders of one execution are. What the counts mean for its tasks is steps/await-orders.ts'.
import type { OrderProgress, OrderProgressView } from '../../steps/ports/order-progress.js';
import { isBlindDelta } from '../blind-order.js';
import type { Database } from '../database.js';

export const orderProgressView = (database: Database): OrderProgressView => ({
  ofExecution: async (executionId) => {
    const { rows } = await database.query<OrderProgress>(question, [executionId]);
    const [row] = rows;
    if (row === undefined) throw new Error('PostgreSQL answered a count without a row.');
    return row;
  },
});

// Nobody looks for a final one: nothing will show it. An order is not «still to be tried» when nobody would try it now: its circuit is open, or what it depends on waits itself.
const question = `
with own as (
  select o.state, o.kind, o.waiting_reason, o.next_attempt_at,
    o.state = 'EXECUTED' and (${isBlindDelta('o.delta')} or (o.queued_at is null and o.next_attempt_at is null)) as is_final,
    coalesce(h.status, 'CLOSED') = 'CLOSED' as is_open,
    coalesce(o.lease_until > clock_timestamp(), false) as is_held,
    o.attempt = 0 and (o.next_attempt_at is null or o.next_attempt_at <= clock_timestamp()) and not exists (
      select from provisioning_order d where d.id = any(o.depends_on)
        and (d.state in ('ERRORED', 'AWAITING_APPROVAL', 'TRANSMITTED') or (d.state = 'PENDING' and d.attempt > 0))) as is_fresh
  from provisioning_order o left join connection_health h on h.connection = o.connection
  where o.job_execution_id = $1),
marked as (
  select own.*, state = 'PENDING' and (is_held or (is_open and is_fresh)) as is_untried,
    state = 'EXECUTED' and not is_final and is_open and (next_attempt_at is null or next_attempt_at <= clock_timestamp() + interval '5 seconds') as is_looked_at,
    state in ('EXECUTED', 'VERIFIED') as is_done
  from own)
select count(*)::int as total,
  (count(*) filter (where is_untried))::int as untried,
  (count(*) filter (where state = 'PENDING' and not is_untried))::int as waiting,
  (count(*) filter (where is_looked_at))::int as unverified,
  (count(*) filter (where state = 'EXECUTED' and not is_final and not is_looked_at))::int as "unverifiedLater",
  (count(*) filter (where state in ('ERRORED', 'ERROR')))::int as "erroredCount",
  (count(*) filter (where is_done and kind = 'CREATE'))::int as created,
  (count(*) filter (where is_done and kind = 'UPDATE'))::int as updated,
  (count(*) filter (where is_done and kind = 'DELETE'))::int as deleted,
  (count(*) filter (where is_done))::int as executed,
  (count(*) filter (where state = 'VERIFIED'))::int as verified,
  mode() within group (order by waiting_reason) filter (where state = 'PENDING' and not is_untried and waiting_reason is not null) as "commonReason"
from marked`;
