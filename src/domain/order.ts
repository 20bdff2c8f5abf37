// Orders out of assignments that wait: how urgent each is, what it has to wait for, and how many a run may make.
// Owns lanes, dependencies and thresholds of orders (domain.md §5, §8); carrying them out is outcome.ts' and retry.ts'.
import type { ResourceDelta } from './assignment.js';
import type { ThresholdViolation } from './job.js';
import { isManual } from './connection-setting.js';
import type { CompiledModel, CompiledResourceType } from './role-model/model.js';
import type { ProvisioningState } from './provisioning-state.js';
import { exceededLimit } from './threshold.js';

/**
 * What an order does to its resource: what its delta does, or ASSOCIATE where an account that was found with less than full
 * confidence becomes the owner's; such a delta is an UPDATE and may be empty.
 */
export type OrderKind = ResourceDelta['kind'] | 'ASSOCIATE';

/** Free to go, or waiting for a reviewer: a state of the account that its order begins with. */
export type InitialState = Extract<ProvisioningState, 'PENDING' | 'AWAITING_APPROVAL'>;

/** An account whose change was computed and not ordered yet. */
export interface WaitingChange {
  /** Row id of the resource assignment. */
  readonly assignmentId: string;
  readonly identityId: string;
  readonly resourceType: string;
  readonly kind: OrderKind;
  readonly state: InitialState;
  readonly delta: ResourceDelta;
  readonly expectedHash: string;
  readonly pendingRoles: readonly string[];
  readonly desiredVersion: number;
}

/** An order of an earlier run that is not finished. */
export interface OpenOrder {
  readonly id: string;
  readonly assignmentId: string;
  readonly identityId: string | null;
  readonly resourceType: string;
  readonly kind: OrderKind;
  /** Key of the resource it writes. */
  readonly key: string;
}

export type OrderMode = 'AUTOMATIC' | 'MANUAL';

export interface NewOrder extends WaitingChange {
  readonly id: string;
  readonly connection: string;
  /** What one claim at a time is for: `<entity type>/<key>`, or `*` where the whole connection is. */
  readonly target: string;
  readonly lane: Lane;
  /** Who carries it out: the connection's package, or a person. */
  readonly mode: OrderMode;
  /** How long it may stay TRANSMITTED, or EXECUTED without having been seen; 0: for ever. */
  readonly validityHours: number;
  /** Ids of orders that must be carried out first. */
  readonly dependsOn: readonly string[];
}

/** Lower first: who loses something before changes, before joiners, before the mass. */
export const lanes = { leaver: 0, change: 1, joiner: 2, bulk: 3 } as const;
export type Lane = (typeof lanes)[keyof typeof lanes];

/** A run with more orders than this is a mass: single changes made meanwhile go first. */
export const bulkSize = 1_000;

export function laneOf(delta: ResourceDelta, isBulk: boolean): Lane {
  if (takesAwayOnly(delta)) return lanes.leaver;
  if (isBulk) return lanes.bulk;
  return delta.kind === 'CREATE' ? lanes.joiner : lanes.change;
}

function takesAwayOnly({ kind, scalars, links }: ResourceDelta): boolean {
  if (kind === 'DELETE') return true;
  // An association may have nothing to write.
  if (scalars.length + links.length === 0) return false;
  return kind === 'UPDATE' && scalars.every(({ to }) => to === null) && links.every(({ add }) => add.length === 0);
}

export interface OrderInput {
  /** All waiting changes of the identities in hand. */
  readonly waiting: readonly WaitingChange[];
  /** Unfinished orders of these identities, and those that create what is linked. */
  readonly open: readonly OpenOrder[];
  readonly model: CompiledModel;
  /** Connections whose package is claimed one order at a time. */
  readonly serialConnections: ReadonlySet<string>;
  readonly isBulk: boolean;
  readonly newId: () => string;
}

/** In the order they must be numbered in: what others wait for comes first. Changes of unknown resource types are left out. */
export function ordersOf(input: OrderInput): readonly NewOrder[] {
  const drafts = input.waiting.flatMap((change) => draftOf(change, input) ?? []);
  const replaced = new Set(drafts.map(({ assignmentId }) => assignmentId));
  const all = [...drafts.map(nodeOf), ...input.open.filter(({ assignmentId }) => !replaced.has(assignmentId))];
  const ofIdentity = new Map<string | null, OpenOrder[]>();
  for (const order of all) ofIdentity.set(order.identityId, [...(ofIdentity.get(order.identityId) ?? []), order]);
  const creating = new Map(all.filter(({ kind }) => kind === 'CREATE').map((order) => [linkText(order), order]));
  return inOrder(drafts, (draft) => [
    ...(ofIdentity.get(draft.identityId) ?? []).filter((other) => needsAccount(draft, other, input.model)),
    ...linkedKeys(draft, input.model)
      .flatMap((linked) => creating.get(linkText(linked)) ?? [])
      .filter(({ id }) => id !== draft.id),
  ]);
}

const linkText = ({ resourceType, key }: LinkedKey): string => `${resourceType}\n${key}`;

function draftOf(change: WaitingChange, { model, serialConnections, isBulk, newId }: OrderInput): NewOrder | null {
  const type = model.resourceTypes.get(change.resourceType);
  if (type === undefined) return null;
  const { connection, transmittedStateValidityHours: validityHours } = type.definition;
  const target = serialConnections.has(connection) ? '*' : targetOf(type, change.delta.key);
  const mode = isManual(model.configuration, connection) ? 'MANUAL' : 'AUTOMATIC';
  const lane = laneOf(change.delta, isBulk);
  return { ...change, id: newId(), connection, target, mode, validityHours, lane, dependsOn: [] };
}

/** What one claim at a time is for, where the connection is not serial. */
export const targetOf = ({ targetEntityType }: CompiledResourceType, key: string): string =>
  `${targetEntityType.identifier}/${key}`;

const nodeOf = ({ id, assignmentId, identityId, resourceType, kind, delta }: NewOrder): OpenOrder => ({
  id,
  assignmentId,
  identityId,
  resourceType,
  kind,
  key: delta.key,
});

/** The account a resource type depends on is there first, and goes last. */
function needsAccount(order: NewOrder, other: OpenOrder, model: CompiledModel): boolean {
  const dependsOn = (type: string, on: string): boolean =>
    model.resourceTypes.get(type)?.definition.dependsOn.includes(on) === true;
  if (order.delta.kind === 'DELETE')
    return other.kind === 'DELETE' && dependsOn(other.resourceType, order.resourceType);
  return other.kind !== 'DELETE' && dependsOn(order.resourceType, other.resourceType);
}

/** A resource that some resource type of the model creates. */
export interface LinkedKey {
  readonly resourceType: string;
  readonly key: string;
}

/** What the change links to must exist: a manager's account before the report's. */
export function linkedKeys({ resourceType, delta }: WaitingChange, model: CompiledModel): readonly LinkedKey[] {
  const types = [...model.resourceTypes.values()];
  const properties = model.resourceTypes.get(resourceType)?.targetEntityType.properties ?? [];
  return properties.flatMap(({ identifier, references }) => {
    const creators =
      references === null ? [] : types.filter(({ targetEntityType }) => targetEntityType.identifier === references);
    if (creators.length === 0) return [];
    const scalar = delta.scalars.find(({ property }) => property === identifier)?.to ?? null;
    const added = delta.links.find(({ property }) => property === identifier)?.add ?? [];
    const keys = [...(scalar === null ? [] : [String(scalar)]), ...added];
    return creators.flatMap(({ definition }) => keys.map((key) => ({ resourceType: definition.identifier, key })));
  });
}

/** Whether something among these creates what others may link to. */
export function areLinked(counts: readonly ChangeCount[], model: CompiledModel): boolean {
  const types = [...model.resourceTypes.values()];
  const referenced = new Set(
    types.flatMap(({ targetEntityType }) => targetEntityType.properties.map(({ references }) => references)),
  );
  return counts.some(({ resourceType, kind }) => {
    const type = model.resourceTypes.get(resourceType);
    return kind === 'CREATE' && type !== undefined && referenced.has(type.targetEntityType.identifier);
  });
}

/** Each after what it needs. A circle is cut where it closes: somebody has to begin. */
function inOrder(
  drafts: readonly NewOrder[],
  neededBy: (draft: NewOrder) => readonly { readonly id: string }[],
): readonly NewOrder[] {
  const byId = new Map(drafts.map((draft) => [draft.id, draft]));
  const begun = new Set<string>();
  const placed = new Map<string, NewOrder>();
  const place = (draft: NewOrder): void => {
    if (begun.has(draft.id)) return;
    begun.add(draft.id);
    const needed = neededBy(draft);
    for (const { id } of needed) {
      const inHand = byId.get(id);
      if (inHand !== undefined) place(inHand);
    }
    const dependsOn = needed.map(({ id }) => id).filter((id) => placed.has(id) || !byId.has(id));
    placed.set(draft.id, { ...draft, dependsOn });
  };
  for (const draft of drafts) place(draft);
  return [...placed.values()];
}

/** How many changes of one kind and resource type wait to be ordered. */
export interface ChangeCount {
  readonly resourceType: string;
  readonly kind: OrderKind;
  readonly count: number;
}

export interface HeldBack {
  readonly resourceType: string;
  readonly kind: Exclude<OrderKind, 'ASSOCIATE'>;
  readonly violation: ThresholdViolation;
}

export interface WaitingCount extends ChangeCount {
  /** Of these, how many an earlier run held back. */
  readonly heldCount: number;
  /** Besides these: changes that a second person has released. No threshold counts them. */
  readonly releasedCount: number;
}

export interface Judgement {
  /** Exceeds now: nothing of it is ordered, and it stays held back. */
  readonly heldBack: readonly HeldBack[];
  /** Held back earlier and free to go now. */
  readonly released: readonly WaitingCount[];
  /** Held back earlier and not free yet. */
  readonly stillHeld: readonly WaitingCount[];
}

/**
 * What an earlier run held back is free only when a run that counts everything finds all of it within the limit; what has come
 * since is judged by itself, or one accident would stop every later run.
 */
export function judge(
  counts: readonly WaitingCount[],
  bases: ReadonlyMap<string, number>,
  model: CompiledModel,
  isWhole: boolean,
): Judgement {
  const held = counts.filter(({ heldCount }) => heldCount > 0);
  const exceeding = new Set(heldBack(counts, bases, model).map(kindText));
  const released = isWhole ? held.filter((count) => !exceeding.has(kindText(count))) : [];
  const fresh = counts.map((each) => ({ ...each, count: each.count - each.heldCount }));
  return {
    heldBack: heldBack(fresh, bases, model),
    released,
    stillHeld: held.filter((count) => !released.includes(count)),
  };
}

/** One kind of change of one resource type, as a text to look it up by. */
export const kindText = ({ resourceType, kind }: Pick<ChangeCount, 'resourceType' | 'kind'>): string =>
  `${kind} ${resourceType}`;

const kindWords = { CREATE: 'insert', UPDATE: 'update', DELETE: 'delete' } as const;

/** `bases`: VERIFIED and EXECUTED accounts of each resource type before this computation. */
export function heldBack(
  counts: readonly ChangeCount[],
  bases: ReadonlyMap<string, number>,
  model: CompiledModel,
): readonly HeldBack[] {
  return counts.flatMap(({ resourceType, kind, count }) => {
    const limit = model.resourceTypes.get(resourceType)?.definition.thresholds;
    const base = bases.get(resourceType) ?? 0;
    // The first accounts of a type have nothing to be compared with; an association waits for a person in any case.
    if (limit === undefined || kind === 'ASSOCIATE' || (kind === 'CREATE' && base === 0)) return [];
    const exceeded = exceededLimit(count, base, limit);
    if (exceeded === null) return [];
    const name = `orders.${kindWords[kind]}.${exceeded.measure}`;
    return [
      {
        resourceType,
        kind,
        violation: {
          name,
          limit: exceeded.limit,
          actual: exceeded.actual,
          scope: resourceType,
          scopeKind: 'resourceType',
        },
      },
    ];
  });
}

/** Below this many changes nothing can be exceeded in percent, and counting what is there can be left out. */
export const needsBase = (counts: readonly ChangeCount[], model: CompiledModel): boolean =>
  counts.some(
    ({ resourceType, count }) =>
      count > (model.resourceTypes.get(resourceType)?.definition.thresholds.percentFloor ?? 0),
  );
