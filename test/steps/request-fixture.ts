// A small company for tests of requests: people with managers, a role model without rules, and the ports on a real database.
import { createHash } from 'node:crypto';
import { v7 } from 'uuid';
import { celCompiler } from '../../src/adapters/expression.js';
import type { Actor } from '../../src/domain/actor.js';
import type {
  ApproverDefinition,
  Configuration,
  EntityTypeDefinition,
  RoleDefinition,
} from '../../src/domain/configuration.js';
import { compileModel } from '../../src/domain/role-model/compile.js';
import type { CompiledModel } from '../../src/domain/role-model/model.js';
import { planner } from '../../src/steps/plan-role-model.js';
import type { Environment } from '../../src/steps/ports/clock.js';
import { openDatabase } from '../../src/store/data-source.js';
import type { Database } from '../../src/store/database.js';
import { delegationStore } from '../../src/store/delegation.js';
import { orderGenerationStore } from '../../src/store/order-generation.js';
import { planStore } from '../../src/store/plan.js';
import { requestStore } from '../../src/store/request.js';
import { roleModelStore } from '../../src/store/role-model.js';
import { actorDirectory } from '../../src/store/views/actor.js';
import { requestViews } from '../../src/store/views/request.js';
import { createTestDatabase } from '../support/database.js';

export const role = (
  identifier: string,
  approvers: readonly ApproverDefinition[],
  changes: Partial<RoleDefinition> = {},
): RoleDefinition => ({
  identifier,
  displayName: identifier,
  description: null,
  category: null,
  policy: 'default',
  owner: null,
  isRequestable: true,
  isPrivileged: false,
  approvalWorkflow: (['NONE', 'ONE_APPROVAL', 'TWO_APPROVALS', 'THREE_APPROVALS'] as const)[approvers.length] ?? 'NONE',
  approvers,
  maxDurationDays: null,
  parameters: [],
  gracePeriodDays: 0,
  prolongationWithoutApproval: false,
  implicitApproval: false,
  approvalDays: null,
  ...changes,
});

const configuration: Configuration = {
  connectors: [],
  connections: [],
  entityTypes: [],
  policies: [],
  dimensions: [],
  contextRules: [],
  queryRules: [],
  classificationRules: [],
  automationRules: [],
  risks: [],
  categories: [],
  compositeRoles: [],
  resourceTypes: [],
  roleRules: [],
  typeRules: [],
  scalarRules: [],
  navigationRules: [],
  correlationRules: [],
  jobs: [],
  singleRoles: [
    role('expense-user', []),
    role('expense-approver', [{ kind: 'manager', quorum: 1 }]),
    role(
      'crm-editor',
      [
        { kind: 'manager', quorum: 1 },
        { kind: 'owner', quorum: 1 },
      ],
      { owner: 'paul.martin' },
    ),
    role('crm-auditor', [], { isRequestable: false }),
    role('either', [
      { kind: 'people', people: ['ines.aubry', 'zoe.klein'], quorum: 1 },
      { kind: 'people', people: ['ines.aubry', 'zoe.klein'], quorum: 1 },
    ]),
  ],
  profiles: [
    { profile: 'administrator', people: ['ada.lindqvist'] },
    { profile: 'role-officer', people: ['omar.benali'] },
  ],
  serviceAccounts: [{ identifier: 'ci', displayName: 'Pipeline', profiles: ['script'], owner: null }],
};

const property = (identifier: string) => ({
  identifier,
  displayName: identifier,
  attribute: identifier,
  type: 'string' as const,
  references: null,
  isMultivalued: false,
  isSecret: false,
});
const personType: EntityTypeDefinition = {
  identifier: 'person',
  displayName: 'Person',
  connector: 'hr',
  connection: 'hr-file',
  objectType: 'people',
  key: 'login',
  displayProperty: 'name',
  properties: ['login', 'name', 'manager', 'start', 'end', 'same'].map(property),
  lastUsedProperty: null,
  identity: {
    firstName: null,
    lastName: null,
    email: null,
    jobTitle: null,
    kind: null,
    startDate: 'start',
    endDate: 'end',
    department: null,
    manager: 'manager',
    timeZone: 'Europe/Paris',
    samePersonAs: 'same',
  },
};

const modelOf = (given: Configuration): CompiledModel =>
  compileModel(
    1,
    { ...given, entityTypes: given.entityTypes.length === 0 ? [personType] : given.entityTypes },
    celCompiler(),
  );

const people: Readonly<Record<string, string>> = {
  'camille.roy': 'ines.aubry',
  'ines.aubry': 'zoe.klein',
  'paul.martin': 'zoe.klein',
  'zoe.klein': '',
  'omar.benali': '',
  'ada.lindqvist': '',
  'lea.stone': 'zoe.klein',
  // A second identity each of Ines and of Camille.
  'ines.admin': 'zoe.klein',
  'camille.two': 'ines.aubry',
};
const sameAs: Readonly<Record<string, string>> = { 'ines.admin': 'ines.aubry', 'camille.two': 'camille.roy' };

export interface Company {
  readonly database: Database;
  readonly ports: ReturnType<typeof portsOf>;
  readonly views: ReturnType<typeof requestViews>;
  /** Row id by identity key. */
  id(key: string): string;
  /** The actor with the rights of this moment. */
  actor(key: string): Promise<Actor>;
  /** Replaces the role model: what is in force until `reset`. */
  configure(change: (present: Configuration) => Configuration): void;
  /** Back to the role model of the beginning. */
  reset(): void;
  close(): Promise<void>;
}

export async function openCompany(): Promise<Company> {
  const test = await createTestDatabase('request');
  const database = await openDatabase({ url: test.url, poolSize: 12 }, Math.random);
  const ids = new Map(Object.keys(people).map((key) => [key, v7()]));
  await database.query(
    `insert into resource (id, entity_type, key, attributes, hash, seen_at)
     select p.id, 'person', p.key, jsonb_build_object('login', p.key, 'name', p.key, 'manager', p.manager, 'same', p.same), 'h', now()
     from jsonb_to_recordset($1::jsonb) as p(id uuid, key text, manager text, same text)`,
    [
      JSON.stringify(
        Object.entries(people).map(([key, manager]) => ({ id: ids.get(key), key, manager, same: sameAs[key] ?? null })),
      ),
    ],
  );
  const state = { model: modelOf(configuration) };
  const ports = portsOf(database, () => state.model);
  const directory = actorDirectory(database, ports.models, ports.environment);
  return {
    database,
    ports,
    views: requestViews(database, ports.models, ports.environment),
    id: (key) => ids.get(key) ?? '',
    actor: async (key) => {
      const found = await directory.person(key);
      if (!found.ok) throw new Error(found.refusals[0]?.message);
      return found.value;
    },
    configure: (change) => {
      state.model = modelOf(change(state.model.configuration));
    },
    reset: () => {
      state.model = modelOf(configuration);
    },
    close: async () => {
      await database.close();
      await test.drop();
    },
  };
}

function portsOf(database: Database, model: () => CompiledModel) {
  const models = { current: async () => model() };
  const environment: Environment = {
    now: () => new Date('2031-05-10T10:00:00Z'),
    timeZone: 'UTC',
    newId: () => v7(),
    random: Math.random,
    digest: (text) => createHash('sha256').update(text).digest('hex'),
  };
  const planning = {
    environment,
    models,
    roleModel: roleModelStore(database),
    orderGeneration: orderGenerationStore(database),
    plans: planStore(database),
  };
  return {
    requests: requestStore(database, models),
    delegations: delegationStore(database),
    models,
    planner: planner(planning),
    environment,
  };
}
