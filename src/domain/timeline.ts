// What happened to a person, a request or an assignment, as one list: which entries a fact makes, and their order.
// Owns entries and their places; the words people read are the resolver's.
import type { AssignmentChange } from './assignment.js';
import type { Fact } from './event.js';
import type { ResourceChangeRecord } from './resource.js';

interface Placed {
  /** ISO instant, to the microsecond. */
  readonly at: string;
  /** Unique, and in order within one instant. */
  readonly key: string;
  /** Who or what did it: `actorReference` or `execution:<id>`; null = nobody is named. */
  readonly actor: string | null;
}

export type TimelineEntry =
  | (Placed & {
      readonly kind: 'workflow' | 'provisioning';
      readonly change: AssignmentChange;
      /** Row id of the order that brought it; null = none did. */
      readonly orderId: string | null;
    })
  | (Placed & {
      readonly kind: 'comment';
      /** Row id of the request it is about. */
      readonly requestId: string;
      readonly about: string;
      readonly body: string;
    })
  | (Placed & {
      readonly kind: 'resource';
      readonly changeId: string;
      readonly resourceId: string;
      readonly change: ResourceChangeRecord['kind'];
    });

export interface TimelineQuestion {
  /** Row id: whose assignments. */
  readonly identityId: string;
  /** Only these assignments; null = all of the identity. */
  readonly assignmentIds: readonly string[] | null;
  /** Nothing earlier; null = from the start. */
  readonly since: Date | null;
  /** Row ids of the requests whose comments are told; null = all that are for the identity. */
  readonly requestIds: readonly string[] | null;
  /** Changes of accounts that the identity owns are told, too. */
  readonly withResources: boolean;
}

export interface TimelineFact extends Fact {
  readonly id: string;
  readonly occurredAt: string;
}

/** A change of both states is two entries: somebody decided, and a system has to follow. */
export function entriesOf(fact: TimelineFact, { assignmentIds }: TimelineQuestion): readonly TimelineEntry[] {
  const actor = actorIn(fact) ?? (fact.executionId === undefined ? null : `execution:${fact.executionId}`);
  return (fact.assignments ?? []).flatMap((change, index): readonly TimelineEntry[] => {
    if (assignmentIds !== null && !assignmentIds.includes(change.assignmentId)) return [];
    const orderId = fact.orders?.find(({ resourceType }) => resourceType === change.subject)?.orderId ?? null;
    const entry = (kind: 'workflow' | 'provisioning', rank: number): TimelineEntry => ({
      kind,
      at: fact.occurredAt,
      key: `e${fact.id.padStart(19, '0')}.${String(index).padStart(6, '0')}.${rank}`,
      actor,
      change,
      orderId: orderId ?? fact.orders?.[0]?.orderId ?? null,
    });
    return [
      ...(change.workflowState === change.previousWorkflowState ? [] : [entry('workflow', 0)]),
      ...(change.provisioningState === change.previousProvisioningState ? [] : [entry('provisioning', 1)]),
    ];
  });
}

const actorIn = ({ detail }: Fact): string | null => (typeof detail?.actor === 'string' ? detail.actor : null);

/** Newest first. */
export const byTime = (a: TimelineEntry, b: TimelineEntry): number =>
  a.at === b.at ? (a.key < b.key ? 1 : -1) : a.at < b.at ? 1 : -1;

/** A place in the list; entries after it are older. */
export interface TimelinePlace {
  readonly at: string;
  readonly key: string;
}

export const isAfter = (entry: TimelineEntry, place: TimelinePlace | null): boolean =>
  place === null || entry.at < place.at || (entry.at === place.at && entry.key < place.key);
