// What can be seen of a story's world through the API and in the managed systems: the questions behind expectations and
// choices of steps. Compares nothing.
import { ApiError, type StoryApi, type Variables } from './api.js';

interface Page<T> {
  readonly nodes: readonly T[];
  readonly pageInfo: { readonly hasNextPage: boolean; readonly endCursor: string | null };
}
const pageInfo = 'pageInfo { hasNextPage endCursor }';

/** Every node of a page field that takes `first` and `after`. `page` finds the field in the answer. */
async function allOf<Answer, T>(
  api: StoryApi,
  query: string,
  variables: Variables,
  page: (answer: Answer) => Page<T> | null,
): Promise<readonly T[]> {
  const nodes: T[] = [];
  let after: string | null = null;
  for (;;) {
    const found: Page<T> | null = page(await api.ask<Answer>(null, query, { ...variables, after }));
    nodes.push(...(found?.nodes ?? []));
    if (found?.pageInfo.hasNextPage !== true) return nodes;
    after = found.pageInfo.endCursor;
  }
}

export interface SeenAssignment {
  readonly id: string;
  readonly workflowState: string;
  readonly provisioningState: string;
  readonly startDate: string | null;
  readonly endDate: string | null;
  readonly role?: { readonly identifier: string };
  readonly resourceType?: { readonly identifier: string };
}

/** Null for nobody of that name. */
export async function assignmentsOf(api: StoryApi, person: string): Promise<readonly SeenAssignment[]> {
  await identityId(api, person);
  return allOf<{ identity: { assignments: Page<SeenAssignment> } | null }, SeenAssignment>(
    api,
    `query($person: String!, $after: String) { identity(identifier: $person) { assignments(first: 100, after: $after) { ${pageInfo}
      nodes { id workflowState provisioningState startDate endDate
        ... on RoleAssignment { role { identifier } } ... on ResourceTypeAssignment { resourceType { identifier } } } } } }`,
    { person },
    ({ identity }) => identity?.assignments ?? null,
  );
}

export interface SeenValue {
  readonly property: { readonly identifier: string };
  readonly workflowState: string;
  readonly provisioningState: string;
}

export async function valuesOf(api: StoryApi, assignment: string): Promise<readonly SeenValue[]> {
  const { node } = await api.ask<{ node: { values?: readonly SeenValue[] } | null }>(
    null,
    'query($id: ID!) { node(id: $id) { ... on ResourceTypeAssignment { values { property { identifier } workflowState provisioningState } } } }',
    { id: assignment },
  );
  return node?.values ?? [];
}

export interface SeenOrder {
  readonly id: string;
  readonly version: number;
  readonly kind: string;
  readonly state: string;
  readonly mode: string;
  readonly updatedAt: string;
  readonly owner: { readonly identifier: string } | null;
  readonly resourceType: { readonly identifier: string };
  readonly error: { readonly code: string; readonly message: string } | null;
  readonly changes: readonly {
    readonly property: { readonly id: string; readonly identifier: string; readonly kind: string };
    readonly currentValue: unknown;
    readonly proposedValue: unknown;
  }[];
}

export const ordersIn = (api: StoryApi): Promise<readonly SeenOrder[]> =>
  allOf<{ provisioningOrders: Page<SeenOrder> }, SeenOrder>(
    api,
    `query($after: String) { provisioningOrders(first: 50, after: $after, orderBy: [{ field: CREATED_AT, direction: ASC }]) { ${pageInfo}
      nodes { id version kind state mode updatedAt owner { identifier } resourceType { identifier } error { code message }
        changes { property { id identifier kind } currentValue proposedValue } } } }`,
    {},
    ({ provisioningOrders }) => provisioningOrders,
  );

export interface SeenItem {
  readonly id: string;
  readonly kind: string;
  readonly identity: { readonly identifier: string } | null;
  readonly resource: { readonly externalId: string | null; readonly displayName: string } | null;
  readonly property: { readonly identifier: string } | null;
  readonly currentValue: unknown;
  readonly expectedValue: unknown;
  readonly suggestion: string | null;
}

export const reconciliationItemsIn = (api: StoryApi): Promise<readonly SeenItem[]> =>
  allOf<{ reconciliationItems: Page<SeenItem> }, SeenItem>(
    api,
    `query($after: String) { reconciliationItems(first: 50, after: $after) { ${pageInfo}
      nodes { id kind identity { identifier } resource { externalId displayName } property { identifier } currentValue expectedValue suggestion } } }`,
    {},
    ({ reconciliationItems }) => reconciliationItems,
  );

export interface SeenRequest {
  readonly state: string;
  readonly digest: string;
  readonly waitingOn: readonly { readonly actor: { readonly identifier?: string } }[];
  readonly items: readonly {
    readonly id: string;
    readonly role: { readonly identifier: string };
    readonly warnings: readonly { readonly kind: string }[];
  }[];
}

/** As `by` sees it. */
export async function requestOf(api: StoryApi, id: string, by: string | null): Promise<SeenRequest> {
  const { assignmentRequest } = await api.ask<{ assignmentRequest: SeenRequest | null }>(
    by,
    `query($id: ID!) { assignmentRequest(id: $id) { state digest items { id role { identifier } warnings { kind } }
      waitingOn { actor { ... on Identity { identifier } } } } }`,
    { id },
  );
  if (assignmentRequest === null) throw new ApiError(['NOT_FOUND'], `${by ?? 'the onlooker'} cannot see the request`);
  return assignmentRequest;
}

export interface SeenExecution {
  readonly id: string;
  readonly state: string;
  readonly tasks: readonly {
    readonly identifier: string;
    readonly state: string;
    readonly error: { readonly message: string } | null;
  }[];
  readonly thresholdViolations: readonly { readonly name: string; readonly limit: number; readonly actual: number }[];
}

export async function executionOf(api: StoryApi, id: string): Promise<SeenExecution> {
  const { jobExecution } = await api.ask<{ jobExecution: SeenExecution }>(
    null,
    'query($id: ID!) { jobExecution(id: $id) { id state tasks { identifier state error { message } } thresholdViolations { name limit actual } } }',
    { id },
  );
  return jobExecution;
}

export interface SeenCondition {
  readonly expression: string;
  readonly actualValue: unknown;
}

export interface SeenExplanation {
  readonly verdict: string;
  readonly summary: string;
  readonly nearMisses: readonly {
    readonly rule: { readonly summary: string };
    readonly failed: readonly SeenCondition[];
  }[];
  readonly paths: readonly {
    readonly steps: readonly {
      readonly label: string;
      readonly comment: string | null;
      readonly decidedBy: { readonly displayName?: string } | null;
      readonly conditions: readonly SeenCondition[];
    }[];
  }[];
}
/** Conditions that failed, of rules that almost applied. */
const nearMissFields = 'nearMisses { rule { summary } failed { expression actualValue } }';
const explanationFields = `verdict summary paths { steps { label comment decidedBy { ... on Identity { displayName } } conditions { expression actualValue } } } ${nearMissFields}`;

/** Why somebody has a thing, or has it not. */
export async function explanationOf(api: StoryApi, person: string, thing: string): Promise<SeenExplanation> {
  const assignment = (await assignmentsOf(api, person)).find((one) => nameOf(one) === thing);
  if (assignment === undefined) return whyNot(api, person, thing);
  const { node } = await api.ask<{ node: { explanation: SeenExplanation } }>(
    null,
    `query($id: ID!) { node(id: $id) { ... on Assignment { explanation { ${explanationFields} } } } }`,
    { id: assignment.id },
  );
  return node.explanation;
}

async function whyNot(api: StoryApi, person: string, thing: string): Promise<SeenExplanation> {
  const type = await resourceTypeId(api, thing);
  const variables = { identity: await identityId(api, person), thing: type ?? (await roleId(api, thing)) };
  const { accessExplanation } = await api.ask<{ accessExplanation: SeenExplanation }>(
    null,
    `query($identity: ID!, $thing: ID!) { accessExplanation(identityId: $identity, ${type === null ? 'roleId' : 'resourceTypeId'}: $thing) { ${explanationFields} } }`,
    variables,
  );
  return accessExplanation;
}

export const nameOf = ({ role, resourceType }: SeenAssignment): string =>
  role?.identifier ?? resourceType?.identifier ?? '';

export async function identityId(api: StoryApi, identifier: string): Promise<string> {
  const { identity } = await api.ask<{ identity: { id: string } | null }>(
    null,
    'query($i: String!) { identity(identifier: $i) { id } }',
    { i: identifier },
  );
  if (identity === null) throw new Error(`there is no person «${identifier}»`);
  return identity.id;
}

export async function roleId(api: StoryApi, identifier: string): Promise<string> {
  const { role } = await api.ask<{ role: { id: string } | null }>(
    null,
    'query($i: String!) { role(identifier: $i) { id } }',
    { i: identifier },
  );
  if (role === null) throw new Error(`there is no role «${identifier}»`);
  return role.id;
}

/** Null for no resource type of that name. */
export async function resourceTypeId(api: StoryApi, identifier: string): Promise<string | null> {
  const { resourceTypes } = await api.ask<{ resourceTypes: readonly { id: string; identifier: string }[] }>(
    null,
    '{ resourceTypes { id identifier } }',
  );
  return resourceTypes.find((type) => type.identifier === identifier)?.id ?? null;
}
