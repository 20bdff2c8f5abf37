// Entries as written → the definitions the engine reads: fills in every default that depends on something else.
// Defaults that depend on nothing stand in configuration-schema.ts.
import type {
  ApproverDefinition,
  Configuration,
  ConnectionDefinition,
  EntityTypeDefinition,
  JobDefinition,
  JobStepDefinition,
  ResourceTypeDefinition,
  RoleDefinition,
} from '../domain/configuration.js';
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
  const entityTypes = entries.entityTypes.map((entry) => entityType(entry, entries.connections));
  return {
    connectors: entries.connectors,
    connections: entries.connections.map((entry) => connection(entry, source)),
    entityTypes,
    policies: entries.policies,
    categories: entries.categories,
    singleRoles: entries.singleRoles.map((entry) => role(entry, policyOf(entry))),
    compositeRoles: entries.compositeRoles.map((entry) => ({
      ...role(entry, policyOf(entry)),
      singleRoles: entry.singleRoles,
    })),
    resourceTypes: entries.resourceTypes.map((entry) => resourceType(entry, policyOf(entry), entityTypes)),
    roleRules: entries.roleRules.map(withPolicy),
    typeRules: entries.typeRules.map(withPolicy),
    scalarRules: entries.scalarRules.map(withPolicy),
    navigationRules: entries.navigationRules.map(withPolicy),
    correlationRules: entries.correlationRules.map(withPolicy),
    jobs: entries.jobs.map((entry) => job(entry, source.timeZone)),
    profiles: entries.profiles,
    serviceAccounts: entries.serviceAccounts,
  };
}

const connection = (entry: Entry<'connections'>, source: DefaultSource): ConnectionDefinition => ({
  ...entry,
  concurrency: entry.concurrency ?? (source.isSerial(entry.package) ? 1 : 4),
});

function entityType(entry: Entry<'entityTypes'>, connections: readonly Entry<'connections'>[]): EntityTypeDefinition {
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
  const { identifier, displayName, description, category, owner, isRequestable, isPrivileged, maxDurationDays } = entry;
  return {
    identifier,
    displayName,
    description,
    category,
    policy,
    owner,
    isRequestable,
    isPrivileged,
    approvalWorkflow,
    approvers,
    maxDurationDays,
  };
}

const approver = (written: 'manager' | 'owner' | { readonly people: readonly string[] }): ApproverDefinition =>
  typeof written === 'string' ? { kind: written } : { kind: 'people', people: written.people };

function resourceType(
  entry: Entry<'resourceTypes'>,
  policy: string,
  entityTypes: readonly EntityTypeDefinition[],
): ResourceTypeDefinition {
  const target = entityTypes.find((type) => type.identifier === entry.targetEntityType);
  return { ...entry, policy, connection: entry.connection ?? target?.connection ?? '' };
}

function job(entry: Entry<'jobs'>, timeZone: string): JobDefinition {
  return { ...entry, timeZone: entry.timeZone ?? timeZone, steps: leveled(entry.steps) };
}

const leveled = (steps: Entry<'jobs'>['steps']): readonly JobStepDefinition[] =>
  steps.reduce<readonly JobStepDefinition[]>(
    (done, step) => [...done, { ...step, level: step.level ?? (done.at(-1)?.level ?? 0) + 1 }],
    [],
  );
