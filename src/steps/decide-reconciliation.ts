// A person decides what was found without a reason: singly, in a list, or a whole group as it was seen. Everything is checked
// first and done together: one refusal, and nothing is decided. Owns loading and asking; effects are the store's.
import type { Actor } from '../domain/actor.js';
import { actorReference, personBehind } from '../domain/actor.js';
import { checkText } from '../domain/basket.js';
import { addDays } from '../domain/calendar.js';
import { toGlobalId } from '../domain/global-id.js';
import { isAllowed, may } from '../domain/permission.js';
import { absenceOf, dayOfPeople } from '../domain/person.js';
import {
  checkDecision,
  checkGroup,
  type ItemDecision,
  type OpenItem,
  postponedDays,
} from '../domain/reconciliation-decision.js';
import { type Decision, granted, type Refusal, refused } from '../domain/refusal.js';
import { explainers } from '../domain/role-model/explainer.js';
import type { CompiledModel } from '../domain/role-model/model.js';
import { hasEffects } from '../domain/role-model/role-state.js';
import type { Environment } from './ports/clock.js';
import type { ModelSource } from './ports/model.js';
import type { DecidedItem, DecisionCommit, ReconciliationStore } from './ports/reconciliation-item.js';

export interface DecidePorts {
  readonly environment: Environment;
  readonly models: ModelSource;
  readonly reconciliation: ReconciliationStore;
}

export interface ItemInput extends Omit<ItemDecision, 'ownerId'> {
  /** Row id; null when the id given is no item's. */
  readonly itemId: string | null;
  /** Row id; null: not said, then whom the item names; undefined: the id given is nobody's. */
  readonly ownerId: string | null | undefined;
}

export interface GroupInput extends Omit<ItemInput, 'itemId'> {
  readonly groupKey: string;
  /** As it was seen. */
  readonly expectedCount: number;
}

/** Decided at once at most; larger groups go in several lists. */
export const mostDecisions = 5_000;

/** Answers the row ids of the items decided. */
export async function decideItems(
  ports: DecidePorts,
  actor: Actor,
  inputs: readonly ItemInput[],
): Promise<Decision<readonly string[]>> {
  const permit = may(actor, 'reconciliation.decide');
  if (!permit.ok) return refused(...permit.refusals.map((refusal) => ({ ...refusal, field: ['input'] })));
  const wrong = checkSize(inputs);
  if (wrong !== null) return refused(wrong);
  return decideAll(ports, actor, inputs, (index) => ['input', 'items', String(index)]);
}

export async function decideGroup(
  ports: DecidePorts,
  actor: Actor,
  input: GroupInput,
): Promise<Decision<readonly string[]>> {
  const permit = may(actor, 'reconciliation.decide');
  if (!permit.ok) return refused(...permit.refusals.map((refusal) => ({ ...refusal, field: ['input'] })));
  const ids = await ports.reconciliation.group(input.groupKey, await todayOf(ports));
  const moved =
    checkGroup(input.groupKey, input.expectedCount, ids.length) ??
    (ids.length > mostDecisions ? tooMany(ids.length) : null);
  if (moved !== null) return refused({ ...moved, field: ['input', ...(moved.field ?? [])] });
  return decideAll(
    ports,
    actor,
    ids.map((itemId) => ({ ...input, itemId })),
    () => ['input'],
  );
}

async function todayOf({ environment, models }: DecidePorts): Promise<string> {
  return dayOfPeople(environment.now(), (await models.current()).identityType, environment.timeZone);
}

function checkSize(inputs: readonly ItemInput[]): Refusal | null {
  const about = { rule: 'reconciliation.items', field: ['input', 'items'] };
  if (inputs.length === 0)
    return { ...about, code: 'BLANK', message: 'Nothing was decided.', hint: 'Add at least one item.' };
  if (inputs.length > mostDecisions) return { ...tooMany(inputs.length), ...about };
  const ids = inputs.map(({ itemId }) => itemId);
  const twice = ids.findIndex((id, index) => id !== null && ids.indexOf(id) !== index);
  if (twice === -1) return null;
  return {
    ...about,
    code: 'DUPLICATE',
    field: [...about.field, String(twice)],
    message: 'The same item is in the list twice.',
    hint: 'Decide each item once.',
  };
}

const tooMany = (count: number): Refusal => ({
  code: 'LIMIT_EXCEEDED',
  rule: 'reconciliation.items',
  message: `${count} items were decided at once; at most ${mostDecisions} are.`,
  hint: 'Decide them in several lists.',
});

async function decideAll(
  ports: DecidePorts,
  actor: Actor,
  inputs: readonly ItemInput[],
  fieldOf: (index: number) => readonly string[],
): Promise<Decision<readonly string[]>> {
  const model = await ports.models.current();
  const today = await todayOf(ports);
  const loaded = new Map(
    (await ports.reconciliation.load(inputs.flatMap(({ itemId }) => itemId ?? []))).map((item) => [item.id, item]),
  );
  const checked = await checkAll(ports, actor, inputs, { loaded, today, model });
  const refusals = checked.flatMap((decision, index) =>
    decision.ok
      ? []
      : decision.refusals.map((refusal) => ({ ...refusal, field: [...fieldOf(index), ...(refusal.field ?? [])] })),
  );
  if (refusals.length > 0) return refused(...refusals);
  const items = checked.flatMap((decision) => (decision.ok ? [decision.value] : []));
  const gone = await ports.reconciliation.decide(commitOf(ports, model, { items, actor, today }));
  if (gone.length === 0) return granted(items.map(({ item }) => item.id));
  return refused(...gone.map((id) => overtaken(id, fieldOf(items.findIndex(({ item }) => item.id === id)))));
}

interface Situation {
  readonly loaded: ReadonlyMap<string, OpenItem>;
  readonly today: string;
  readonly model: CompiledModel;
}

async function checkAll(
  ports: DecidePorts,
  actor: Actor,
  inputs: readonly ItemInput[],
  { loaded, today, model }: Situation,
): Promise<readonly Decision<DecidedItem>[]> {
  const person = personBehind(actor, model.configuration);
  const own = person === null ? [] : await ports.reconciliation.sameHuman(person);
  const asked = inputs.map((input) => ({ input, item: input.itemId === null ? undefined : loaded.get(input.itemId) }));
  const owners = await ports.reconciliation.owners(asked.flatMap(({ input, item }) => ownerOf(input, item) ?? []));
  return asked.map(({ input, item }) => {
    if (item === undefined || !isAllowed(actor, 'reconciliation.read')) return refused(unknown);
    const tooLong = checkText(input.comment, 'comment').map((refusal) => ({ ...refusal, field: ['comment'] }));
    if (tooLong.length > 0) return refused(...tooLong);
    const ownerId = ownerOf(input, item);
    const owner = ownerId === null ? undefined : owners.get(ownerId);
    const isMany = model.resourceTypes.get(item.resourceType ?? '')?.definition.correlateMultipleResources === true;
    const decision: ItemDecision = { ...input, ownerId };
    const verdict = checkDecision({
      item,
      decision,
      actor,
      own,
      today,
      owner:
        owner === undefined
          ? null
          : {
              isAbsent: absenceOf(owner.person, today) !== null,
              hasOther: !isMany && owner.types.includes(item.resourceType ?? ''),
            },
    });
    if (!verdict.ok)
      return refused(
        ...verdict.refusals.map((refusal) => ({ ...refusal, subjectId: toGlobalId('ReconciliationItem', item.id) })),
      );
    return granted({ item, decision });
  });
}

/** Whom a LINK is for: who was named, else whom the item proposes. */
function ownerOf({ decision, ownerId }: ItemInput, item: OpenItem | undefined): string | null {
  if (decision !== 'LINK' || ownerId === undefined) return null;
  return ownerId ?? item?.identityId ?? null;
}

const commitOf = (
  { environment }: DecidePorts,
  model: CompiledModel,
  { items, actor, today }: { readonly items: readonly DecidedItem[]; readonly actor: Actor; readonly today: string },
): DecisionCommit => ({ ...commitAbout(model, environment, today), items, actor, decidedBy: actorReference(actor) });

/** What a commit needs of the configuration, whoever decides. */
function commitAbout(
  model: CompiledModel,
  environment: Environment,
  today: string,
): Omit<DecisionCommit, 'items' | 'actor' | 'decidedBy'> {
  const types = model.configuration.resourceTypes;
  return {
    postponedUntil: addDays(today, postponedDays),
    rolesWithEffects: [...model.roles.keys()].filter((role) => hasEffects(model, role)),
    newId: environment.newId,
    reviewedTypes: types.filter(({ blockProvisioning }) => blockProvisioning).map(({ identifier }) => identifier),
    multipleTypes: types
      .filter(({ correlateMultipleResources }) => correlateMultipleResources)
      .map(({ identifier }) => identifier),
    links: explainers(model).links,
  };
}

const unknown: Refusal = {
  code: 'NOT_FOUND',
  rule: 'reconciliation.known',
  field: ['reconciliationItemId'],
  message: 'There is no such item.',
  hint: 'Take the id from the query reconciliationItems.',
};

const overtaken = (id: string, field: readonly string[]): Refusal => ({
  code: 'STATE_CONFLICT',
  rule: 'reconciliation.open',
  field: [...field, 'reconciliationItemId'],
  subjectId: toGlobalId('ReconciliationItem', id),
  message: 'What this is about was changed meanwhile; nothing was decided.',
  hint: 'Load the list again.',
});
