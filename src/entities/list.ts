// All row classes, for the data source. One a table; each says columns, indexes and constraints, and nothing else.
import { ApprovalVoteEntity } from './approval-vote.js';
import { ApprovalEntity } from './approval.js';
import { AssignmentRequestEntity } from './assignment-request.js';
import { AuditEntryEntity } from './audit-entry.js';
import { ConfigurationCandidateEntity } from './configuration-candidate.js';
import { ConfigurationVersionEntity } from './configuration-version.js';
import { ConnectionEntity } from './connection.js';
import { ConnectionHealthEntity } from './connection-health.js';
import { ConnectionTestEntity } from './connection-test.js';
import { ConnectorSwitchEntity } from './connector-switch.js';
import { CorrelationKeyEntity } from './correlation-key.js';
import { CorrelationSourceEntity } from './correlation-source.js';
import { DelegationEntity } from './delegation.js';
import { DirtyIdentityEntity } from './dirty-identity.js';
import { EventSequenceEntity } from './event-sequence.js';
import { EventEntity } from './event.js';
import { ExportPartEntity } from './export-part.js';
import { ExportEntity } from './export.js';
import { IdempotencyKeyEntity } from './idempotency-key.js';
import { IdentityStateEntity } from './identity-state.js';
import { JobExecutionEntity } from './job-execution.js';
import { LogEntryEntity } from './log-entry.js';
import { OutboxEntity } from './outbox.js';
import { PlanInputEntity } from './plan-input.js';
import { PlannedChangeEntity } from './planned-change.js';
import { ProvisioningAttemptEntity } from './provisioning-attempt.js';
import { ProvisioningOrderEntity } from './provisioning-order.js';
import { ProvisioningPlanEntity } from './provisioning-plan.js';
import { ReconciliationItemEntity } from './reconciliation-item.js';
import { ReconciliationStateEntity } from './reconciliation-state.js';
import { RequestItemEntity } from './request-item.js';
import { ReservedValueEntity } from './reserved-value.js';
import { ResourceAssignmentEntity } from './resource-assignment.js';
import { ResourceChangeEntity } from './resource-change.js';
import { ResourceLinkEntity } from './resource-link.js';
import { ResourceEntity } from './resource.js';
import { RoleAssignmentEntity } from './role-assignment.js';
import { SynchronizationRowEntity } from './synchronization-row.js';
import { SynchronizationSessionEntity } from './synchronization-session.js';
import { SynchronizationStateEntity } from './synchronization-state.js';
import { TaskExecutionEntity } from './task-execution.js';
import { TaskPartEntity } from './task-part.js';
import { ValueAssignmentEntity } from './value-assignment.js';

export const entities = [
  ApprovalEntity,
  ApprovalVoteEntity,
  AssignmentRequestEntity,
  AuditEntryEntity,
  ConfigurationCandidateEntity,
  ConfigurationVersionEntity,
  ConnectionEntity,
  ConnectionHealthEntity,
  ConnectionTestEntity,
  ConnectorSwitchEntity,
  CorrelationKeyEntity,
  CorrelationSourceEntity,
  DelegationEntity,
  DirtyIdentityEntity,
  EventEntity,
  EventSequenceEntity,
  ExportEntity,
  ExportPartEntity,
  IdempotencyKeyEntity,
  IdentityStateEntity,
  JobExecutionEntity,
  LogEntryEntity,
  OutboxEntity,
  PlanInputEntity,
  PlannedChangeEntity,
  ProvisioningAttemptEntity,
  ProvisioningOrderEntity,
  ProvisioningPlanEntity,
  ReconciliationItemEntity,
  ReconciliationStateEntity,
  RequestItemEntity,
  ReservedValueEntity,
  ResourceAssignmentEntity,
  ResourceChangeEntity,
  ResourceEntity,
  ResourceLinkEntity,
  RoleAssignmentEntity,
  SynchronizationRowEntity,
  SynchronizationSessionEntity,
  SynchronizationStateEntity,
  TaskExecutionEntity,
  TaskPartEntity,
  ValueAssignmentEntity,
] as const;
