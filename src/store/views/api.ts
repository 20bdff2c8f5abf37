// All that the API shows, over one database: which view stands for which port.
import type { ApiPorts } from '../../steps/ports/api.js';
import type { Environment } from '../../steps/ports/clock.js';
import type { ModelSource } from '../../steps/ports/model.js';
import type { Database } from '../database.js';
import { assignmentViews } from './assignment.js';
import { connectorHealthView } from './connector-health.js';
import { delegationViews } from '../delegation.js';
import { feedView } from './feed.js';
import { auditViews } from './audit-entry.js';
import { heldChangeViews } from './held-change.js';
import { identityViews } from './identity.js';
import { jobExecutionViews } from './job-execution.js';
import { planViews } from './plan.js';
import { orderViews } from './provisioning-order.js';
import { reconciliationViews } from './reconciliation-item.js';
import { requestViews } from './request.js';
import { resourceChangeViews } from './resource-change.js';
import { resourceViews } from './resource.js';
import { riskViews } from './risk.js';
import { searchViews } from './search.js';
import { timelineViews } from './timeline.js';
import { roleViews } from './role.js';

type Views =
  | 'identities'
  | 'resources'
  | 'roles'
  | 'assignments'
  | 'reconciliationItems'
  | 'requests'
  | 'delegations'
  | 'risks'
  | 'search'
  | 'orders'
  | 'planViews'
  | 'jobExecutions'
  | 'heldChanges'
  | 'auditEntries'
  | 'timelines'
  | 'resourceChanges'
  | 'connectorHealth'
  | 'feed';

export const apiViews = (database: Database, models: ModelSource, environment: Environment): Pick<ApiPorts, Views> => ({
  identities: identityViews(database, models, environment),
  resources: resourceViews(database, models, environment),
  roles: roleViews(database, models),
  assignments: assignmentViews(database, models),
  reconciliationItems: reconciliationViews(database),
  requests: requestViews(database, models, environment),
  delegations: delegationViews(database),
  risks: riskViews(database),
  search: searchViews(database, models),
  orders: orderViews(database, models),
  planViews: planViews(database),
  jobExecutions: jobExecutionViews(database),
  heldChanges: heldChangeViews(database),
  auditEntries: auditViews(database),
  timelines: timelineViews(database),
  resourceChanges: resourceChangeViews(database),
  connectorHealth: connectorHealthView(database),
  feed: feedView(database),
});
