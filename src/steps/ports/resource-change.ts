// What happened to a resource: changes that readings found, and those that orders made.
import type { Page, PageRequest } from '../../domain/page.js';
import type { ResourceChangeRecord } from '../../domain/resource.js';
import type { ResourceDelta } from '../../domain/assignment.js';

export interface ResourceChangeView {
  /** A number, or the row id of the order that made it. */
  readonly id: string;
  readonly resourceId: string;
  readonly entityType: string;
  readonly occurredAt: Date;
  readonly kind: ResourceChangeRecord['kind'];
  /** As a reading found it; null when an order made it. */
  readonly changes: ResourceChangeRecord['changes'] | null;
  /** As an order made it; null when a reading found it. */
  readonly delta: ResourceDelta | null;
  /** Row id of the job execution that read it, or that the order was made in; null: none. */
  readonly executionId: string | null;
}

export interface ResourceChangeViews {
  /** Newest first. */
  page(resourceId: string, page: PageRequest): Promise<Page<ResourceChangeView>>;
  count(resourceId: string): Promise<number>;
  /** Those of these ids that exist. */
  byIds(ids: readonly string[]): Promise<readonly ResourceChangeView[]>;
}
