// The small company of the computation's tests with everything that follows from what is found: deduction, listing, deciding.
import type { Actor } from '../../src/domain/actor.js';
import type { Attributes, Configuration } from '../../src/domain/configuration.js';
import type { TaskResult } from '../../src/domain/job.js';
import type { ResourceContent } from '../../src/domain/resource.js';
import type { ReconciliationDecision } from '../../src/domain/reconciliation.js';
import type { Decision } from '../../src/domain/refusal.js';
import { computeRoleModel } from '../../src/steps/compute-role-model.js';
import { decideItems, type ItemInput } from '../../src/steps/decide-reconciliation.js';
import type { ComputeScope } from '../../src/steps/ports/role-model.js';
import { reconciliationFinder } from '../../src/store/reconciliation-finding.js';
import { reconciliationStore } from '../../src/store/reconciliation-item.js';
import { findingScope, reconcileFound, type ReconciliationPorts } from '../../src/workers/reconciliation.js';
import { openWorld, type World } from './role-model-world.js';

export interface ItemRow {
  readonly id: string;
  readonly kind: string;
  readonly groupKey: string;
  readonly person: string | null;
  readonly account: string | null;
  readonly suggestion: string | null;
  readonly confidence: number | null;
  readonly isPreExisting: boolean;
}

export interface ReconciliationWorld extends World {
  readonly reconciliationPorts: ReconciliationPorts & Parameters<typeof decideItems>[0];
  /** Lines that the runs wrote to their log. */
  readonly log: readonly string[];
  /** A person with the correlation value a synchronisation would have written. */
  hire(key: string, attributes?: Attributes): Promise<string>;
  /** An account in the target; `isPreExisting`: of the first load. */
  account(key: string, content?: Partial<ResourceContent>, isPreExisting?: boolean): Promise<string>;
  /** A computation as a task does it, with all that follows from what was found. */
  run(scope?: ComputeScope): Promise<TaskResult>;
  open(): Promise<readonly ItemRow[]>;
  decide(
    item: ItemRow,
    decision: ReconciliationDecision,
    more?: Partial<ItemInput>,
  ): Promise<Decision<readonly string[]>>;
}

export const officer: Actor = {
  kind: 'identity',
  identityId: '0196f000-0000-7000-8000-000000000001',
  identifier: 'olga.officer',
  displayName: 'Olga Officer',
  profiles: ['employee', 'role-officer'],
};

export async function openReconciliationWorld(name: string): Promise<ReconciliationWorld> {
  const world = await openWorld(name);
  const { database, ports } = world;
  const reconciliationPorts = {
    ...ports,
    reconciliationFinder: reconciliationFinder(database),
    reconciliation: reconciliationStore(database, ports.models),
  };
  const log: string[] = [];
  const context = {
    signal: new AbortController().signal,
    progress: () => undefined,
    log: (_level: string, text: string) => void log.push(text),
  };
  return {
    ...world,
    reconciliationPorts,
    log,
    hire: async (key, attributes) => {
      const id = await world.person(key, attributes);
      const email = attributes?.email ?? `${key}@acme.example`;
      await database.query(
        `insert into correlation_source (identity_id, rule, value) values ($1, 'by-email', $2) on conflict (identity_id, rule) do update set value = excluded.value`,
        [id, email],
      );
      return id;
    },
    account: async (key, content, isPreExisting = false) => {
      const id = await world.resource(key, content);
      await database.query('update resource set is_pre_existing = $2 where id = $1', [id, isPreExisting]);
      return id;
    },
    run: async (scope = { kind: 'all' }) => {
      const finding = await findingScope(reconciliationPorts, scope);
      const result = await computeRoleModel(ports, { scope });
      return reconcileFound(reconciliationPorts, { executionId: '0196f000-0000-7000-8000-00000000000e' }, context, {
        scope: finding,
        result,
      });
    },
    open: () => openItems(database),
    decide: (item, decision, more = {}) =>
      decideItems(reconciliationPorts, officer, [
        {
          itemId: item.id,
          decision,
          comment: decision === 'REMOVE' ? 'Not needed.' : null,
          ownerId: null,
          until: null,
          ...more,
        },
      ]),
  };
}

async function openItems(database: World['database']): Promise<readonly ItemRow[]> {
  const { rows } = await database.query<ItemRow>(
    `select i.id, i.kind, i.group_key as "groupKey", p.key as person, r.key as account, i.suggestion, i.confidence_percent as confidence,
       i.is_pre_existing as "isPreExisting"
     from reconciliation_item i left join resource p on p.id = i.identity_id left join resource r on r.id = i.resource_id
     where i.decision is null order by i.group_key, p.key, r.key`,
  );
  return rows;
}

/** Sure and unsure correlation of the CRM accounts, with a switch for what is changed in the target. */
export const withNames = (company: Configuration): Partial<Configuration> => ({
  correlationRules: [
    ...company.correlationRules,
    {
      identifier: 'by-name',
      policy: 'p',
      resourceType: 'crm-account',
      source: 'person.login',
      target: 'resource.title',
      confidencePercent: 70,
    },
  ],
});
