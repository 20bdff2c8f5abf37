// Which orders may be carried out now, as one SQL condition: claims, successors and the sweep must never disagree.
// Aliases: o = provisioning_order, h = connection_health (left joined: a connection without a row is in order).
import { unfinishedStates } from '../domain/provisioning-state.js';

export const healthJoin = 'left join connection_health h on h.connection = o.connection';

/** Head of line: no older unfinished order of the same target resource, whatever its reason to wait. */
const isHeadOfLine = `not exists (
  select from provisioning_order older
  where older.connection = o.connection and older.target_resource = o.target_resource and older.number < o.number
    and older.state in (${unfinishedStates.map((state) => `'${state}'`).join(', ')}))`;

/** What it depends on was carried out, is not wanted any more, or is as wished without it; an errored dependency keeps it waiting. */
const hasNoOpenDependency = `(o.depends_on = '{}' or not exists (
  select from provisioning_order needed
  where needed.id = any(o.depends_on) and needed.state not in ('EXECUTED', 'VERIFIED', 'INACTIVE')
    and not exists (select from resource_assignment a where a.id = needed.assignment_id and a.provisioning_state = 'VERIFIED')))`;

const isConnectionUsable = `coalesce(h.status, 'CLOSED') = 'CLOSED' and (h.throttled_until is null or h.throttled_until <= clock_timestamp())`;

/** A manual order that is ready is transmitted to people; an automatic one is claimed by a worker. */
export const isReady = `o.state = 'PENDING'
  and (o.lease_until is null or o.lease_until <= clock_timestamp())
  and (o.next_attempt_at is null or o.next_attempt_at <= clock_timestamp())
  and ${isConnectionUsable} and ${isHeadOfLine} and ${hasNoOpenDependency}`;

export const isClaimable = `o.mode = 'AUTOMATIC' and ${isReady}`;
