// Plans while they are computed. Reading them is views/plan.ts'. A plan that was left COMPUTING by a crash expires like any other.
import type { PlanStore } from '../steps/ports/plan.js';
import type { Database } from './database.js';

export const planStore = (database: Database): PlanStore => ({
  open: async (planId, createdBy) => {
    await database.query(
      `insert into provisioning_plan (id, state, inputs_digest, summary, created_by, expires_at)
       values ($1, 'COMPUTING', '', '{}', $2, clock_timestamp() + interval '24 hours')`,
      [planId, createdBy],
    );
  },
  append: async (planId, position, changes) => {
    if (changes.length === 0) return;
    await database.query(
      `insert into planned_change (id, plan_id, position, kind, resource_type, identity_id, resource_id, resource_key, delta)
       select c.id, $1, c.position, c.kind, c."resourceType", c."identityId", c."resourceId", c."resourceKey", c.delta
       from json_to_recordset($2::json) as c(id uuid, position int, kind text, "resourceType" text, "identityId" uuid, "resourceId" uuid, "resourceKey" text, delta jsonb)`,
      [planId, JSON.stringify(changes.map((change, index) => ({ ...change, position: position + index })))],
    );
  },
  close: async (planId, outcome) => {
    await database.query(
      `update provisioning_plan set state = $2, inputs_digest = coalesce($3, inputs_digest), summary = coalesce($4::jsonb, summary), violations = coalesce($5::jsonb, violations)
       where id = $1 and state = 'COMPUTING'`,
      [
        planId,
        outcome === null ? 'FAILED' : 'READY',
        outcome?.inputsDigest ?? null,
        jsonOrNull(outcome?.summary),
        jsonOrNull(outcome?.violations),
      ],
    );
  },
});

const jsonOrNull = (value: unknown): string | null => (value === undefined ? null : JSON.stringify(value));
