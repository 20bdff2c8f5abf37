// A small company for the tests of the computation: a model compiled with a toy expression language, and rows around it.
import type { Configuration, ResourceTypeDefinition, RoleDefinition } from '../../../src/domain/configuration.js';
import { compileModel } from '../../../src/domain/role-model/compile.js';
import type { ExpressionCompiler } from '../../../src/domain/role-model/expression.js';
import type { IdentitySnapshot, RoleDecision } from '../../../src/domain/role-model/evaluation.js';
import {
  type CompiledModel,
  type ExpressionInput,
  type ExpressionVariable,
  expressionVariables,
} from '../../../src/domain/role-model/model.js';
import { evaluate, inputOf, inputText } from '../../../src/domain/role-model/evaluate.js';
import { graced } from '../../../src/domain/role-model/grace.js';
import { keyOfAccount } from '../../../src/domain/role-model/expected-account.js';
import { type Reconciliation, reconcile, type StoredIdentity } from '../../../src/domain/role-model/reconcile.js';
import type { AccountState, ObservedResource, StoredAccount } from '../../../src/domain/role-model/stored-account.js';
import type { Finding } from '../../../src/domain/role-model/account-question.js';
import { entityType, property } from './entity-type.js';
import { canonicalContent, type ResourceContent } from '../../../src/domain/resource.js';
import {
  emptyConfiguration,
  plainIdentityMapping,
  plainNavigationRule,
  plainResourceType,
  plainRole,
  plainRoleRule,
  plainScalarRule,
  plainTypeRule,
} from '../definition.js';

export const today = '2031-05-15';

/** `person.a`, `'text'`, `person.a == 'x'`, the same of `context`, `position` and `parameters`, `'r' in roles`, `fail`. */
export const toyCompiler: ExpressionCompiler = ({ text }) => ({
  ok: true,
  expression: { text, reads: readsOf(text), variables: variablesOf(text), evaluate: (input) => toyValue(text, input) },
});

const readsOf = (text: string): readonly string[] =>
  [...text.matchAll(/(?:person|resource)\.(\w+)/g)].map((match) => match[1] ?? '');

const variablesOf = (text: string): ReadonlySet<ExpressionVariable> =>
  new Set(expressionVariables.filter((name) => new RegExp(`\\b${name}\\b`).test(text)));

function valueIn(input: ExpressionInput, variable = '', name = ''): string {
  const row = input[variable as 'person' | 'resource' | 'context' | 'position' | 'parameters'];
  return String(row?.[name] ?? '');
}

function toyValue(text: string, input: ExpressionInput): string | boolean {
  if (text === 'fail') throw new Error('The expression «fail» failed: it always does.');
  const literal = /^'([^']*)'$/.exec(text);
  if (literal) return literal[1] ?? '';
  const held = /^'([^']*)' in roles$/.exec(text);
  if (held) return input.roles.includes(held[1] ?? '');
  const equal = /^(person|context|position|parameters)\.(\w+) == '([^']*)'$/.exec(text);
  if (equal) return valueIn(input, equal[1], equal[2]) === equal[3];
  const read = /^(person|resource|context|position|parameters)\.(\w+)$/.exec(text);
  if (read) return valueIn(input, read[1], read[2]);
  throw new Error(`The toy language does not know ${text}.`);
}

export const role = (identifier: string): RoleDefinition => ({
  ...plainRole,
  identifier,
  displayName: identifier,
  policy: 'p',
  isRequestable: true,
});

export const crmType: ResourceTypeDefinition = {
  ...plainResourceType,
  identifier: 'crm-account',
  displayName: 'CRM account',
  sourceEntityType: 'person',
  targetEntityType: 'crmAccount',
  policy: 'p',
  connection: 'crm',
  key: 'person.login',
};

const policy = 'p';

/** Everybody in sales has the role `seller`; `editor` is asked for; `lead` bundles both `editor` and `viewer`. */
export const company: Configuration = {
  ...emptyConfiguration,
  entityTypes: [
    entityType(
      'person',
      'login',
      ['login', 'email', 'department', 'startDate', 'endDate'].map((name) => property(name)),
      {
        identity: {
          ...plainIdentityMapping,
          email: 'email',
          startDate: 'startDate',
          endDate: 'endDate',
          department: 'department',
        },
      },
    ),
    entityType('crmAccount', 'login', [
      property('login'),
      property('email'),
      property('title'),
      property('groups', { isMultivalued: true, references: 'crmGroup' }),
    ]),
  ],
  singleRoles: ['seller', 'editor', 'viewer', 'plain'].map(role),
  compositeRoles: [{ ...role('lead'), singleRoles: ['editor', 'viewer'] }],
  resourceTypes: [crmType],
  roleRules: [
    {
      ...plainRoleRule,
      policy,
      identifier: 'sales-sell',
      role: 'seller',
      when: "person.department == 'sales'",
      priority: 10,
    },
  ],
  typeRules: [
    {
      ...plainTypeRule,
      policy,
      identifier: 'account-for-sellers',
      resourceType: 'crm-account',
      role: 'seller',
    },
    {
      ...plainTypeRule,
      policy,
      identifier: 'account-for-editors',
      resourceType: 'crm-account',
      role: 'editor',
    },
    {
      ...plainTypeRule,
      policy,
      identifier: 'account-for-viewers',
      resourceType: 'crm-account',
      role: 'viewer',
    },
  ],
  scalarRules: [
    {
      ...plainScalarRule,
      policy,
      identifier: 'email',
      resourceType: 'crm-account',
      property: 'email',
      value: 'person.email',
      priority: 10,
    },
    {
      ...plainScalarRule,
      policy,
      identifier: 'title-editor',
      resourceType: 'crm-account',
      property: 'title',
      role: 'editor',
      value: "'editor'",
      priority: 10,
    },
  ],
  navigationRules: [
    {
      ...plainNavigationRule,
      policy,
      identifier: 'editors',
      resourceType: 'crm-account',
      property: 'groups',
      role: 'editor',
      target: 'editors',
    },
    {
      ...plainNavigationRule,
      policy,
      identifier: 'viewers',
      resourceType: 'crm-account',
      property: 'groups',
      role: 'viewer',
      target: 'viewers',
    },
  ],
  correlationRules: [
    {
      identifier: 'by-email',
      policy: 'p',
      resourceType: 'crm-account',
      source: 'person.email',
      target: 'resource.email',
      confidencePercent: 100,
    },
  ],
};

export const modelOf = (configuration: Partial<Configuration> = {}, version = 1): CompiledModel =>
  compileModel(version, { ...company, ...configuration }, toyCompiler);

export const camille: IdentitySnapshot = {
  id: 'camille',
  key: 'camille.roy',
  isRemoved: false,
  decisions: [],
  storedRoles: [],
  attributes: {
    login: 'camille.roy',
    email: 'camille@acme.example',
    department: 'sales',
    startDate: '2030-01-01',
    endDate: null,
  },
};

export const decision = (roleName: string, more: Partial<RoleDecision> = {}): RoleDecision => ({
  identityId: 'camille',
  role: roleName,
  workflowState: 'APPROVED',
  startDate: null,
  endDate: null,
  requestItemId: `item-${roleName}`,
  parameters: null,
  approvalStep: null,
  approvalStepCount: null,
  isDenied: false,
  ...more,
});

/** Stands for a digest: equal texts and only they are equal. */
export const digest = (text: string): string => `#${text}`;

export const nothingStored: StoredIdentity = { state: null, roles: [], decisions: [], accounts: [] };

export const observedResource = (content: Partial<ResourceContent> = {}): ObservedResource => {
  const whole: ResourceContent = { key: 'camille.roy', attributes: {}, links: {}, ...content };
  return { id: `resource-${whole.key}`, hash: digest(canonicalContent(whole)), content: whole };
};

export interface Computed {
  readonly result: Reconciliation;
  /** What the store holds afterwards. */
  readonly stored: StoredIdentity;
  readonly account: StoredAccount | null;
}

export interface Circumstances {
  readonly model?: CompiledModel;
  readonly finding?: Finding;
  readonly day?: string;
}

/** One computation: evaluates, reconciles, and applies the writes as the store would. */
export function compute(
  person: IdentitySnapshot,
  stored: StoredIdentity,
  { model = modelOf(), finding, day = today }: Circumstances = {},
): Computed {
  const whole = { ...person, decisions: stored.decisions, storedRoles: stored.roles };
  const hash = JSON.stringify(person.attributes);
  const evaluateOn = (one: IdentitySnapshot) => evaluate(one, model, day);
  const before = stored.state === null ? null : { ...stored.state, roles: stored.roles };
  const { snapshot, evaluation, prolonged } = graced(
    { snapshot: whole, hash, before, model, today: day, evaluateOn },
    evaluateOn(whole),
  );
  const input = inputOf(snapshot, evaluation.roles, day);
  const result = reconcile({
    identityId: person.id,
    isOrphan: person.isRemoved,
    evaluation,
    prolonged,
    stored,
    model,
    today: day,
    digest,
    findings: new Map(finding === undefined ? [] : [['crm-account', finding]]),
    keys: new Map([...model.resourceTypes].map(([name, type]) => [name, keyOfAccount(type, input)])),
    inputHash: inputText(snapshot, evaluation.position, hash, model, day),
    newId: newIds(person.id, stored.accounts),
  });
  const after = applied(stored, result, finding);
  return { result, stored: after, account: after.accounts[0] ?? null };
}

/** `account-of-camille`, and with a number for those beside it. Never one that is there: a row beside may outlive the first one. */
function newIds(owner: string, known: StoredIdentity['accounts']): () => string {
  const taken = new Set(known.map(({ id }) => id));
  return () => {
    const name = (at: number): string => `account-of-${owner}${at === 0 ? '' : `-${at + 1}`}`;
    let at = taken.size;
    while (taken.has(name(at))) at += 1;
    taken.add(name(at));
    return name(at);
  };
}

function applied(stored: StoredIdentity, result: Reconciliation, finding: Finding | undefined): StoredIdentity {
  const first = finding?.kind === 'found' ? [finding.resource] : [];
  const beside = finding === undefined || finding.kind === 'conflict' ? [] : (finding.further ?? []);
  const found = [...first, ...beside.map(({ resource }) => resource)];
  const observedOf = (next: AccountState): ObservedResource | null => {
    const before = stored.accounts.find(({ id }) => id === next.id)?.observed ?? null;
    return before ?? found.find(({ id }) => id === next.resourceId) ?? null;
  };
  const changed = [...result.inserted, ...result.updated].map(
    (next): StoredAccount => ({ ...next, observed: observedOf(next) }),
  );
  const replaced = new Set([...changed.map(({ id }) => id), ...result.deleted]);
  const cancelled = new Set(result.cancelled);
  const gone = new Set(result.removed);
  const rows = stored.decisions.filter((row) => !gone.has(row.role) && !cancelled.has(row.role));
  return {
    state: result.state ?? stored.state,
    roles: result.state?.roles ?? stored.roles,
    decisions: [
      ...rows,
      ...result.cancelled.map((name) => decision(name, { workflowState: 'CANCELLATION' })),
      ...result.prolonged.map(({ role: name, endDate }) =>
        decision(name, { workflowState: 'PROLONGED', endDate, requestItemId: null }),
      ),
    ],
    accounts: [...stored.accounts.filter(({ id }) => !replaced.has(id)), ...changed],
  };
}

/** The order was made, carried out and read back: the target holds what was wished. */
export function carriedOut(stored: StoredIdentity): StoredIdentity {
  const accounts = stored.accounts.flatMap((account): readonly StoredAccount[] => {
    if (account.delta === null) return [account];
    if (account.delta.kind === 'DELETE') return [];
    const observed = written(account);
    return [
      {
        ...account,
        observed,
        resourceId: observed.id,
        observedHash: observed.hash,
        baseHash: observed.hash,
        orderedVersion: account.desiredVersion,
        provisioningState: 'VERIFIED',
        workflowState: !account.isDue && account.workflowState === 'CANCELLATION' ? 'INACTIVE' : account.workflowState,
        confidencePercent: null,
        delta: null,
        pendingRoles: [],
        values: account.values.filter(({ workflowState }) => workflowState !== 'CANCELLATION'),
      },
    ];
  });
  const pending = new Set(accounts.flatMap(({ pendingRoles }) => pendingRoles));
  return {
    ...stored,
    accounts,
    decisions: stored.decisions.filter((row) => row.workflowState !== 'CANCELLATION' || pending.has(row.role)),
  };
}

function written({ delta, observed, resourceKey }: StoredAccount): ObservedResource {
  const links = { ...observed?.content.links };
  for (const { property: name, add, remove } of delta?.links ?? []) {
    links[name] = [...new Set([...(links[name] ?? []), ...add])].filter((key) => !remove.includes(key)).sort();
  }
  const changed = Object.fromEntries((delta?.scalars ?? []).map(({ property: name, to }) => [name, to]));
  return observedResource({ key: resourceKey, attributes: { ...observed?.content.attributes, ...changed }, links });
}

/** The order was made; nothing is known of it yet. */
export const ordered = (stored: StoredIdentity): StoredIdentity => ({
  ...stored,
  accounts: stored.accounts.map((account) => ({ ...account, orderedVersion: account.desiredVersion })),
});

export const withAccount = (stored: StoredIdentity, change: Partial<StoredAccount>): StoredIdentity => ({
  ...stored,
  accounts: stored.accounts.map((account) => ({ ...account, ...change })),
});
