// All stores that steps write through, over one database, by the name of their port. A step is the same whoever calls it,
// the API or a worker, so both get all of them.
import type { Environment } from '../steps/ports/clock.js';
import type { ModelSource } from '../steps/ports/model.js';
import type { Database } from './database.js';
import { connectionStore } from './connection.js';
import { connectionTestStore } from './connection-test.js';
import { connectorSwitchStore } from './connector-switch.js';
import { delegationStore } from './delegation.js';
import { exportStore } from './export.js';
import { idempotencyStore } from './idempotency-key.js';
import { jobExecutionStore } from './job-execution.js';
import { manualOrderStore } from './manual-order.js';
import { orderGenerationStore } from './order-generation.js';
import { orderRetryStore } from './order-retry.js';
import { orderReviewStore } from './order-review.js';
import { planStore } from './plan.js';
import { releaseStore } from './release.js';
import { reconciliationFinder } from './reconciliation-finding.js';
import { reconciliationStore } from './reconciliation-item.js';
import { requestStore } from './request.js';
import { roleModelStore } from './role-model.js';

export const stepStores = (database: Database, models: ModelSource, environment: Environment) => ({
  environment,
  models,
  roleModel: roleModelStore(database),
  orderGeneration: orderGenerationStore(database),
  orderReviews: orderReviewStore(database, models),
  orderRetries: orderRetryStore(database),
  manualOrders: manualOrderStore(database, models),
  plans: planStore(database),
  executions: jobExecutionStore(database),
  idempotency: idempotencyStore(database),
  releases: releaseStore(database, models),
  exports: exportStore(database),
  reconciliation: reconciliationStore(database, models),
  reconciliationFinder: reconciliationFinder(database),
  requestStore: requestStore(database, models),
  delegationStore: delegationStore(database),
  connections: connectionStore(database),
  connectorSwitches: connectorSwitchStore(database),
  connectionTests: connectionTestStore(database),
});
