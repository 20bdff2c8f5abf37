// All that the API shows, over one database: which view stands for which port.
import type { ApiPorts } from '../../steps/ports/api.js';
import type { Environment } from '../../steps/ports/clock.js';
import type { ModelSource } from '../../steps/ports/model.js';
import type { Database } from '../database.js';
import { assignmentViews } from './assignment.js';
import { connectorHealthView } from './connector-health.js';
import { feedView } from './feed.js';
import { heldChangeViews } from './held-change.js';
import { identityViews } from './identity.js';
import { jobExecutionViews } from './job-execution.js';
import { planViews } from './plan.js';
import { orderViews } from './provisioning-order.js';
import { requestViews } from './request.js';
import { resourceViews } from './resource.js';
import { roleViews } from './role.js';

type Views =
  | 'identities'
  | 'resources'
  | 'roles'
  | 'assignments'
  | 'requests'
  | 'orders'
  | 'planViews'
  | 'jobExecutions'
  | 'heldChanges'
  | 'connectorHealth'
  | 'feed';

export const apiViews = (database: Database, models: ModelSource, environment: Environment): Pick<ApiPorts, Views> => ({
  identities: identityViews(database, models, environment),
  resources: resourceViews(database, models),
  roles: roleViews(database, models),
  assignments: assignmentViews(database, models),
  requests: requestViews(database, models),
  orders: orderViews(database, models),
  planViews: planViews(database),
  jobExecutions: jobExecutionViews(database),
  heldChanges: heldChangeViews(database),
  connectorHealth: connectorHealthView(database),
  feed: feedView(database),
});
