// Who holds what together, for risks: read from the roles that the last computation left.
import type { RiskViews } from '../../steps/ports/risk.js';
import type { Database } from '../database.js';
import { anyOf, type Fragment, rendered, sql } from '../fragment.js';

export const riskViews = (database: Database): RiskViews => ({
  held: async (ids) => {
    const { rows } = await database.query<{
      readonly id: string;
      readonly roles: readonly string[];
      readonly exempt: readonly string[];
    }>(
      `select s.identity_id as id, s.roles,
         array(select a.role from role_assignment a where a.identity_id = s.identity_id and a.workflow_state = 'APPROVED_RISK') as exempt
       from identity_state s where s.identity_id = any($1::uuid[])`,
      [ids],
    );
    return new Map(rows.map(({ id, ...held }) => [id, held]));
  },
  holders: async (combinations, limit) => {
    const { text, parameters } = rendered(
      sql`select s.identity_id as id from identity_state s where ${holds(combinations)} order by s.identity_id limit ${limit}::int`,
    );
    return (await database.query<{ readonly id: string }>(text, parameters)).rows.map(({ id }) => id);
  },
  holderCount: async (combinations) => {
    const { text, parameters } = rendered(
      sql`select count(*)::int as count from identity_state s where ${holds(combinations)}`,
    );
    return (await database.query<{ readonly count: number }>(text, parameters)).rows[0]?.count ?? 0;
  },
});

const holds = (combinations: readonly (readonly string[])[]): Fragment =>
  anyOf(combinations.map((roles) => sql`s.roles @> ${roles}::text[]`));
