// All ports the API process needs, by noun. Each slice adds its own line; compose.ts fills it.
import type { AssignmentViews } from './assignment.js';
import type { Environment } from './clock.js';
import type { ConnectorHealthView } from './connection-health.js';
import type { ConnectorPackages } from './connector-package.js';
import type { FeedBell, FeedView } from './feed.js';
import type { IdempotencyStore } from './idempotency.js';
import type { IdentityViews } from './identity.js';
import type { JobExecutionStore } from './job-execution.js';
import type { JobExecutionViews } from './job-view.js';
import type { ModelSource } from './model.js';
import type { OrderViews } from './provisioning-order-view.js';
import type { PlanViews } from './plan.js';
import type { Planner } from './planner.js';
import type { HeldChangeViews, ReleaseStore } from './release.js';
import type { RequestStore, RequestViews } from './request.js';
import type { ResourceViews } from './resource.js';
import type { RoleViews } from './role.js';
import type { ScheduleReader } from './schedule.js';
import type { ServerFacts } from './server.js';

export interface ApiPorts {
  readonly environment: Environment;
  readonly models: ModelSource;
  readonly server: ServerFacts;
  readonly identities: IdentityViews;
  readonly requests: RequestViews;
  readonly requestStore: RequestStore;
  readonly planner: Planner;
  readonly planViews: PlanViews;
  readonly assignments: AssignmentViews;
  readonly orders: OrderViews;
  readonly resources: ResourceViews;
  readonly roles: RoleViews;
  readonly connectorPackages: ConnectorPackages;
  readonly connectorHealth: ConnectorHealthView;
  readonly executions: JobExecutionStore;
  readonly releases: ReleaseStore;
  readonly heldChanges: HeldChangeViews;
  readonly jobExecutions: JobExecutionViews;
  readonly schedules: ScheduleReader;
  readonly idempotency: IdempotencyStore;
  readonly feed: FeedView;
  readonly bell: FeedBell;
}
