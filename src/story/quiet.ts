// When nothing is under way any more: the moment a story looks, or lets time pass. Reads rows, because «nothing will happen»
// is the one question that the API does not answer; decides nothing and changes nothing.
import { setTimeout as delay } from 'node:timers/promises';
import type { Client } from 'pg';

const patienceMs = 15_000;
const lookEveryMs = 15;

// An order that was carried out is read back at once; one that never can be (write-only values) is not waited for.
const readBack = `executed_at > clock_timestamp() - interval '2 seconds'`;

// A computation that waits for nothing, an execution, a message on its way, an order in somebody's hands, an event unnumbered.
const underWay = `
  select (select count(*) from outbox)
       + (select count(*) from job_execution where state in ('QUEUED', 'RUNNING', 'CANCELING'))
       + (select count(*) from event where position is null)
       + (select count(*) from provisioning_order where state in ('PENDING', 'EXECUTED')
            and (lease_until > clock_timestamp() or (state = 'PENDING' and queued_at is not null) or next_attempt_at <= clock_timestamp()
              or (state = 'EXECUTED' and ${readBack}))) as count`;

/** Resolves when two looks in a row find nothing under way; after 15 s anyway: what is wrong then shows in the expectations. */
export async function untilQuiet(client: Client): Promise<void> {
  const deadline = Date.now() + patienceMs;
  let quiet = 0;
  while (quiet < 2 && Date.now() < deadline) {
    const { rows } = await client.query<{ count: string }>(underWay);
    quiet = rows[0]?.count === '0' ? quiet + 1 : 0;
    if (quiet < 2) await delay(lookEveryMs);
  }
}
