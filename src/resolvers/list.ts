// Every resolver class of the API, named one by one: what is not listed is not served.
import 'reflect-metadata';
import type { NonEmptyArray } from 'type-graphql';
import {
  AssignmentResolver,
  IdentityAssignmentResolver,
  RequestItemAssignmentResolver,
  ResourceTypeAssignmentResolver,
  RoleAssignmentResolver,
} from './assignment.js';
import { ApprovalEvidenceOfResolver, ApprovalEvidenceResolver } from './approval-evidence.js';
import { AssignmentStreamResolver } from './assignment-stream.js';
import { ConnectionMutationResolver } from './connection-mutation.js';
import { ConnectionProfileResolver, ConnectorResolver } from './connector.js';
import { CorrelationResolver, ResourceCorrelationResolver } from './correlation.js';
import { DepartmentResolver } from './department.js';
import {
  EntityPropertyResolver,
  EntityTypeResolver,
  ResourceEntityTypeResolver,
  ResourcePropertyResolver,
} from './entity-type.js';
import { ErrorGroupResolver, ErrorGroupsResolver } from './error-group.js';
import { AccessExplanationResolver, AccessPathStepResolver, RuleNearMissResolver } from './explanation.js';
import { IdentityResolver } from './identity.js';
import { JobResolver, JobStepResolver } from './job.js';
import {
  JobExecutionResolver,
  JobExecutionsOfConnectorResolver,
  JobExecutionsOfJobResolver,
  TaskExecutionResolver,
} from './job-execution.js';
import { JobExecutionPlanResolver } from './job-execution-plan.js';
import { AuditEventResolver } from './audit-event.js';
import { AuditSubjectResolver } from './audit-subject.js';
import { ResourceChangeResolver, ResourceHistoryResolver } from './resource-change.js';
import {
  AssignmentTimelineResolver,
  IdentityTimelineResolver,
  RequestTimelineResolver,
  TimelineEventResolver,
} from './timeline.js';
import { ExportResolver } from './export.js';
import { InboxResolver, InboxStreamResolver } from './inbox.js';
import { LogStreamResolver } from './log-stream.js';
import { JobMutationResolver } from './job-mutation.js';
import { JobExecutionLogResolver } from './log-entry.js';
import { NodeResolver } from './node.js';
import { OnDemandResolver } from './on-demand.js';
import { PlanMutationResolver } from './plan-mutation.js';
import { PlannedChangeResolver, PlanResolver, PlanSummaryRowResolver } from './plan.js';
import { CategoryResolver } from './policy.js';
import { PropertyChangeResolver } from './property-change.js';
import { ProvisioningOrderMutationResolver } from './provisioning-order-mutation.js';
import { ProvisioningOrderChangeResolver, ProvisioningOrderResolver } from './provisioning-order.js';
import { JobExecutionStreamResolver } from './job-execution-stream.js';
import { ProvisioningOrderStreamResolver } from './provisioning-order-stream.js';
import { RateLimitResolver } from './rate-limit.js';
import { SearchResolver } from './search.js';
import { RequestStreamResolver } from './request-stream.js';
import { HeldChangeResolver, ReleaseMutationResolver, ReleaseResolver } from './release.js';
import { ReconciliationGroupResolver, ReconciliationItemResolver } from './reconciliation-item.js';
import { ResourceResourceTypeResolver, ResourceTypeResolver } from './resource-type.js';
import { IdentityResourceResolver, ResourceResolver } from './resource.js';
import { CompositeRoleResolver, RoleEffectResolver, RoleResolver, SingleRoleResolver } from './role.js';
import { ResourcePropertyRuleResolver, RuleResolver } from './rule.js';
import { RuleMutationResolver } from './rule-mutation.js';
import {
  ApprovalResolver,
  IdentityRequestResolver,
  RequestItemResolver,
  RequestResolver,
  WaitingOnResolver,
} from './request.js';
import { ApprovalPreviewResolver, RequestMutationResolver, RequestPlanResolver } from './request-mutation.js';
import { DelegationResolver, IdentityDelegationResolver } from './delegation.js';
import { IdentityRiskListResolver, IdentityRiskResolver, RiskResolver } from './risk.js';
import { ServerResolver } from './server.js';
import { AssignmentCountResolver, ProvisioningOrderCountResolver } from './state-count.js';
import { ThresholdViolationResolver } from './threshold-violation.js';
import { UserErrorResolver } from './user-error.js';
import { ValueAssignmentResolver } from './value-assignment.js';
import { ViewerResolver } from './viewer.js';

export const resolverClasses: NonEmptyArray<abstract new () => object> = [
  NodeResolver,
  UserErrorResolver,
  ServerResolver,
  ViewerResolver,
  IdentityResolver,
  DepartmentResolver,
  ResourceResolver,
  IdentityResourceResolver,
  ConnectionMutationResolver,
  ConnectionProfileResolver,
  ConnectorResolver,
  EntityPropertyResolver,
  EntityTypeResolver,
  ResourceEntityTypeResolver,
  ResourcePropertyResolver,
  CategoryResolver,
  ResourceResourceTypeResolver,
  ResourceTypeResolver,
  ProvisioningOrderResolver,
  ProvisioningOrderChangeResolver,
  ProvisioningOrderMutationResolver,
  ErrorGroupsResolver,
  ErrorGroupResolver,
  CompositeRoleResolver,
  RoleEffectResolver,
  RoleResolver,
  SingleRoleResolver,
  ResourcePropertyRuleResolver,
  RuleResolver,
  ApprovalResolver,
  IdentityRequestResolver,
  RequestItemResolver,
  RequestMutationResolver,
  RequestPlanResolver,
  ApprovalPreviewResolver,
  DelegationResolver,
  IdentityDelegationResolver,
  IdentityRiskListResolver,
  IdentityRiskResolver,
  RiskResolver,
  RequestResolver,
  WaitingOnResolver,
  RequestStreamResolver,
  AssignmentStreamResolver,
  JobExecutionStreamResolver,
  ProvisioningOrderStreamResolver,
  JobExecutionLogResolver,
  JobExecutionResolver,
  JobExecutionsOfConnectorResolver,
  JobExecutionsOfJobResolver,
  JobMutationResolver,
  JobResolver,
  JobStepResolver,
  TaskExecutionResolver,
  ThresholdViolationResolver,
  AuditEventResolver,
  AuditSubjectResolver,
  ResourceChangeResolver,
  ResourceHistoryResolver,
  AssignmentTimelineResolver,
  IdentityTimelineResolver,
  RequestTimelineResolver,
  TimelineEventResolver,
  ExportResolver,
  InboxResolver,
  InboxStreamResolver,
  LogStreamResolver,
  HeldChangeResolver,
  ReleaseMutationResolver,
  ReleaseResolver,
  JobExecutionPlanResolver,
  AssignmentCountResolver,
  ProvisioningOrderCountResolver,
  AssignmentResolver,
  IdentityAssignmentResolver,
  RequestItemAssignmentResolver,
  ResourceTypeAssignmentResolver,
  RoleAssignmentResolver,
  ValueAssignmentResolver,
  AccessPathStepResolver,
  AccessExplanationResolver,
  RuleNearMissResolver,
  PlanResolver,
  PlanSummaryRowResolver,
  PlanMutationResolver,
  RuleMutationResolver,
  OnDemandResolver,
  ApprovalEvidenceOfResolver,
  ApprovalEvidenceResolver,
  PlannedChangeResolver,
  PropertyChangeResolver,
  CorrelationResolver,
  ResourceCorrelationResolver,
  ReconciliationGroupResolver,
  ReconciliationItemResolver,
  RateLimitResolver,
  SearchResolver,
];
