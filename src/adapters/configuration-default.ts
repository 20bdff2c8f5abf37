// Entries as written → the definitions the engine reads: fills in every default that depends on something else.
// Defaults that depend on nothing stand in configuration-schema.ts.
import type {
  ApproverDefinition,
  ContextCriterion,
  RemovalDefinition,
  Configuration,
  ConnectionDefinition,
  EntityTypeDefinition,
  JobDefinition,
  JobStepDefinition,
  ResourceTypeDefinition,
  RoleDefinition,
} from '../domain/configuration.js';
import { isManualPackage } from '../domain/connection-setting.js';
import type { Entry, EntryKind } from './configuration-schema.js';

/** The well-formed entries of all files, by kind. */
export type Entries = { readonly [Kind in EntryKind]: readonly Entry<Kind>[] };

export interface DefaultSource {
  /** Identifiers of all policies that stand in the files. */
  readonly policies: readonly string[];
  /** IANA zone of the company. */
  readonly timeZone: string;
  /** True for packages that are serial by connection. */
  readonly isSerial: (packageName: string) => boolean;
  /** Connections that stand in no file. Left out: there are none. */
  readonly keptConnections?: readonly KnownConnection[];
}

/** What references to a connection have to know of it. */
export interface KnownConnection {
  readonly identifier: string;
  readonly connector: string;
  readonly package: string;
}

/** What has no default and was not said is the empty text: the check reports it as missing. */
export function withDefaults(entries: Entries, source: DefaultSource): Configuration {
  const [first, second] = source.policies;
  const policyOf = (entry: { readonly policy?: string | undefined }): string =>
    entry.policy ?? (second === undefined ? (first ?? '') : '');
  const withPolicy = <T extends { readonly policy?: string | undefined }>(entry: T) => ({
    ...entry,
    policy: policyOf(entry),
  });
  const inRule = <T extends { readonly policy?: string | undefined; readonly context: Context }>(entry: T) => ({
    ...withPolicy(entry),
    context: criteria(entry.context),
  });
  const known = [...entries.connections, ...(source.keptConnections ?? [])];
  const entityTypes = entries.entityTypes.map((entry) => entityType(entry, known));
  return {
    connectors: entries.connectors,
    connections: entries.connections.map((entry) => connection(entry, source)),
    entityTypes,
    dimensions: entries.dimensions,
    contextRules: entries.contextRules.map(withPolicy),
    policies: entries.policies,
    categories: entries.categories,
    singleRoles: entries.singleRoles.map((entry) => role(entry, policyOf(entry))),
    compositeRoles: entries.compositeRoles.map((entry) => ({
      ...role(entry, policyOf(entry)),
      singleRoles: entry.singleRoles,
    })),
    resourceTypes: entries.resourceTypes.map((entry) => resourceType(entry, policyOf(entry), entityTypes, known)),
    roleRules: entries.roleRules.map(inRule),
    typeRules: entries.typeRules.map(inRule),
    scalarRules: entries.scalarRules.map(inRule),
    navigationRules: entries.navigationRules.map(inRule),
    queryRules: entries.queryRules.map(inRule),
    correlationRules: entries.correlationRules.map(withPolicy),
    classificationRules: entries.classificationRules.map(withPolicy),
    automationRules: entries.automationRules.map(withPolicy),
    risks: entries.risks.map((entry) => ({ ...entry, approvers: entry.approvers.map(approver) })),
    jobs: entries.jobs.map((entry) => job(entry, source.timeZone)),
    profiles: entries.profiles,
    serviceAccounts: entries.serviceAccounts,
  };
}

const connection = (entry: Entry<'connections'>, source: DefaultSource): ConnectionDefinition => ({
  ...entry,
  concurrency: entry.concurrency ?? (source.isSerial(entry.package) ? 1 : 4),
});

function entityType(entry: Entry<'entityTypes'>, connections: readonly KnownConnection[]): EntityTypeDefinition {
  return {
    ...entry,
    connector: connections.find((known) => known.identifier === entry.connection)?.connector ?? '',
    displayProperty: entry.displayProperty ?? entry.key,
    properties: entry.properties.map((property) => ({
      ...property,
      displayName: property.displayName ?? property.identifier,
      attribute: property.attribute ?? property.identifier,
    })),
  };
}

function role(entry: Entry<'singleRoles'>, policy: string): RoleDefinition {
  const approvalWorkflow = entry.approvalWorkflow ?? 'NONE';
  const approvers = (entry.approvers ?? (approvalWorkflow === 'MANAGER' ? ['manager' as const] : [])).map(approver);
  return { ...entry, policy, approvalWorkflow, approvers };
}

type WrittenApprover = Entry<'risks'>['approvers'][number];

function approver(written: WrittenApprover): ApproverDefinition {
  if (typeof written === 'string') return { kind: written, quorum: 1 };
  if ('people' in written) return { kind: 'people', ...written };
  return 'officers' in written
    ? { kind: 'officers', quorum: written.quorum }
    : { kind: 'expression', expression: written.expression, quorum: 1 };
}

type Context = Entry<'typeRules'>['context'];

const criteria = (context: Context): readonly ContextCriterion[] =>
  Object.entries(context).map(([dimension, written]) =>
    typeof written === 'object' && 'under' in written
      ? { dimension, values: [written.under].flat(), includesBelow: true }
      : { dimension, values: [written].flat(), includesBelow: false },
  );

const automaticValidityHours = 48;
const manualValidityHours = 360;

function resourceType(
  entry: Entry<'resourceTypes'>,
  policy: string,
  entityTypes: readonly EntityTypeDefinition[],
  connections: readonly KnownConnection[],
): ResourceTypeDefinition {
  const target = entityTypes.find((type) => type.identifier === entry.targetEntityType);
  const connectionName = entry.connection ?? target?.connection ?? '';
  const isManual = isManualPackage(connections.find(({ identifier }) => identifier === connectionName)?.package ?? '');
  return {
    ...entry,
    policy,
    connection: connectionName,
    onRemove: removal(entry.onRemove),
    transmittedStateValidityHours:
      entry.transmittedStateValidityHours ?? (isManual ? manualValidityHours : automaticValidityHours),
  };
}

const removal = (written: Entry<'resourceTypes'>['onRemove']): RemovalDefinition =>
  written === 'delete' ? { kind: 'DELETE' } : { kind: 'DISABLE', ...named(written) };

const named = ({
  disable,
  ...rest
}: Exclude<Entry<'resourceTypes'>['onRemove'], 'delete'>): Omit<
  Extract<RemovalDefinition, { readonly kind: 'DISABLE' }>,
  'kind'
> => ({ property: disable, ...rest });

function job(entry: Entry<'jobs'>, timeZone: string): JobDefinition {
  return { ...entry, timeZone: entry.timeZone ?? timeZone, steps: leveled(entry.steps) };
}

const leveled = (steps: Entry<'jobs'>['steps']): readonly JobStepDefinition[] =>
  steps.reduce<readonly JobStepDefinition[]>(
    (done, step) => [...done, { ...step, level: step.level ?? (done.at(-1)?.level ?? 0) + 1 }],
    [],
  );
