// A person asks for access, for themselves or for another: checked, given its deciders, and stored or planned.
// Owns the order of the checks; every rule is the domain's, every row the store's.
import type { Actor } from '../domain/actor.js';
import { approverExpressions, approverKeys, type NamedByExpression, resolveApprovers } from '../domain/approver.js';
import { checkBasket } from '../domain/basket.js';
import type { RequestedItem } from '../domain/basket-item.js';
import { itemField } from '../domain/item-field.js';
import { type RiskyItem, withRisks } from '../domain/basket-risk.js';
import { valuesToLookUp } from '../domain/parameter.js';
import { may } from '../domain/permission.js';
import { dayOfPerson } from '../domain/person.js';
import { type Decision, granted, type Refusal, refused } from '../domain/refusal.js';
import { requestDigest, requestStateOf } from '../domain/request.js';
import { previewOf, type RequestPreview } from '../domain/request-preview.js';
import { beneficiaryThing } from '../domain/request-access.js';
import type { CompiledModel } from '../domain/role-model/model.js';
import type { Environment } from './ports/clock.js';
import { hasEffects } from '../domain/role-model/role-state.js';
import type { ModelSource } from './ports/model.js';
import type { Planner } from './ports/planner.js';
import type { BeneficiarySituation, RequestStore, Submission, SubmittedItem } from './ports/request.js';

export interface SubmitPorts {
  readonly requests: RequestStore;
  readonly models: ModelSource;
  readonly planner: Planner;
  readonly environment: Environment;
}

export interface SubmitInput {
  /** Row id; null when the id given is no identity's. */
  readonly beneficiaryId: string | null;
  readonly items: readonly RequestedItem[];
  readonly justification: string | null;
  /** Checks and plans only. */
  readonly isDryRun: boolean;
}

export type Submitted =
  | { readonly kind: 'request'; readonly requestId: string }
  | { readonly kind: 'plan'; readonly planId: string; readonly preview: RequestPreview };

const tries = 5;

export async function submitRequest(
  ports: SubmitPorts,
  actor: Actor,
  input: SubmitInput,
): Promise<Decision<Submitted>> {
  for (let attempt = 1; attempt <= tries; attempt += 1) {
    const decision = await decide(ports, actor, input);
    if (!decision.ok) return decision;
    const { value } = decision;
    if (input.isDryRun)
      return granted({ kind: 'plan', planId: await plan(ports, actor, value), preview: previewOf(value.items) });
    if (await ports.requests.submit(value)) return granted({ kind: 'request', requestId: value.requestId });
  }
  return refused({
    code: 'STATE_CONFLICT',
    rule: 'request.unmoved',
    field: ['input', 'beneficiaryId'],
    message: `What this person holds changed ${tries} times while the request was made.`,
    hint: 'Try again in a moment.',
  });
}

async function decide(ports: SubmitPorts, actor: Actor, input: SubmitInput): Promise<Decision<Submission>> {
  const model = await ports.models.current();
  const asked = input.items.flatMap(({ role }) => role ?? []);
  const situation = input.beneficiaryId === null ? null : await ports.requests.situation(input.beneficiaryId, asked);
  if (situation === null) return refused(unknownBeneficiary);
  const { person } = situation;
  const permit = may(actor, 'request.submit', beneficiaryThing(actor, person));
  if (!permit.ok)
    return refused(...permit.refusals.map((refusal) => ({ ...refusal, field: ['input', 'beneficiaryId'] })));
  if (actor.kind !== 'identity') return refused(notAPerson(actor));
  // Dates are days where the beneficiary is.
  const { environment } = ports;
  const today = dayOfPerson(environment.now(), situation.attributes, model.identityType, environment.timeZone);
  const checked = checkBasket({
    ...input,
    beneficiary: person,
    roles: model.roles,
    singleRolesOf: model.singleRolesOf,
    holdings: situation.holdings,
    today,
    knownValues: await ports.requests.knownValues(valuesAsked(input.items, model)),
  });
  if (!checked.ok) return checked;
  const risky = withRisks(checked.value, situation.held, person, model);
  return risky.ok ? withApprovers(ports, actor, input, { situation, model, today, items: risky.value }) : risky;
}

const valuesAsked = (items: SubmitInput['items'], model: CompiledModel) =>
  valuesToLookUp(
    items.flatMap(({ role, parameters }) => {
      const known = role === null ? undefined : model.roles.get(role);
      return known === undefined ? [] : [{ role: known, parameters }];
    }),
    model.configuration.dimensions,
  );

interface CheckedBasket {
  readonly situation: BeneficiarySituation;
  readonly model: CompiledModel;
  readonly today: string;
  readonly items: readonly RiskyItem[];
}

async function withApprovers(
  ports: SubmitPorts,
  actor: Requester,
  input: SubmitInput,
  basket: CheckedBasket,
): Promise<Decision<Submission>> {
  const { items, situation, model } = basket;
  const { configuration } = model;
  const roles = items.map(({ role }) => role);
  const named = namedByExpression(approverExpressions(roles, configuration), situation, basket);
  const people = await ports.requests.people(approverKeys(roles, situation.person, configuration, named));
  const ids = [actor.identityId, situation.person.id, ...[...people.values()].map(({ id }) => id)];
  const samePeople = await ports.requests.samePeople(ids);
  const resolved = items.map((item) =>
    item.takesApproval
      ? resolveApprovers({
          role: item.role,
          risks: item.risks,
          requesterId: actor.identityId,
          beneficiary: situation.person,
          named,
          people,
          samePeople,
          configuration,
          today: basket.today,
        })
      : granted([]),
  );
  const refusals = resolved.flatMap((decision, index) =>
    decision.ok ? [] : decision.refusals.map((refusal) => ({ ...refusal, field: itemField(index, 'roleId') })),
  );
  if (refusals.length > 0) return refused(...refusals);
  const submitted = items.map((item, position) => submittedItem(ports.environment, item, position, resolved[position]));
  return granted(submissionOf(ports, actor, input, basket, submitted));
}

/** An expression that fails names nobody: the step then goes to those who stand in for approvers. */
function namedByExpression(
  expressions: readonly string[],
  { attributes, held }: BeneficiarySituation,
  { model, today }: Pick<CheckedBasket, 'model' | 'today'>,
): NamedByExpression {
  const input = { person: attributes, roles: held, today };
  return new Map(
    expressions.map((text) => {
      try {
        const key = model.approverExpressions.get(text)?.evaluate(input) ?? null;
        return [text, typeof key === 'string' ? key : null];
      } catch {
        return [text, null];
      }
    }),
  );
}

type Requester = Extract<Actor, { kind: 'identity' }>;

function submittedItem(
  environment: Environment,
  item: RiskyItem,
  position: number,
  resolved: ReturnType<typeof resolveApprovers> | undefined,
): SubmittedItem {
  const steps = resolved?.ok === true ? resolved.value : [];
  const first = steps.find((step) => !step.isImplied);
  return {
    id: environment.newId(),
    position,
    action: item.action,
    role: item.role.identifier,
    startDate: item.startDate,
    endDate: item.endDate,
    parameters: item.parameters,
    state: first === undefined ? 'APPROVED' : 'PENDING_APPROVAL',
    warnings: item.warnings,
    adjustments: item.adjustments,
    steps: steps.map((step) => ({
      ...step,
      id: environment.newId(),
      isOpen: step === first,
      days: item.role.approvalDays,
    })),
  };
}

function submissionOf(
  ports: SubmitPorts,
  actor: Requester,
  input: SubmitInput,
  { situation, model }: CheckedBasket,
  items: readonly SubmittedItem[],
): Submission {
  const { environment } = ports;
  return {
    requestId: environment.newId(),
    requester: actor,
    beneficiaryId: situation.person.id,
    justification: input.justification,
    state: requestStateOf(items.map(({ state }) => state)),
    digest: requestDigest(situation.person.id, items, model, environment.digest),
    items,
    rolesWithEffects: items.map(({ role }) => role).filter((role) => hasEffects(model, role)),
    seen: situation.seen,
  };
}

const plan = (ports: SubmitPorts, actor: Actor, { beneficiaryId, items }: Submission): Promise<string> =>
  ports.planner.plan(
    {
      identityIds: [beneficiaryId],
      assumedItems: items.map(({ role, action, startDate, endDate, parameters }) => ({
        identityId: beneficiaryId,
        role,
        action,
        startDate,
        endDate,
        parameters,
      })),
    },
    actor,
  );

const unknownBeneficiary: Refusal = {
  code: 'NOT_FOUND',
  rule: 'request.beneficiary-known',
  field: ['input', 'beneficiaryId'],
  message: 'The request is for nobody known here.',
  hint: 'Take the id of an identity from the query identities.',
};

const notAPerson = (actor: Actor): Refusal => ({
  code: 'FORBIDDEN',
  rule: 'request.by-a-person',
  message: `${actor.displayName} is not a person; only people make requests.`,
  hint: 'Sign in as a person.',
});
