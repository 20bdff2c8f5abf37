// What a SYNCHRONIZE task answers, in words and counts. Owns the sentences; what happened is the step's business.
import type { ConnectorDefinition, EntityTypeDefinition } from './configuration.js';
import {
  completedTask,
  failedTask,
  noCounters,
  type TaskFailure,
  type TaskResult,
  type ThresholdViolation,
} from './job.js';
import type { EntityTypeDifference } from './synchronization.js';

interface MissingReferences {
  readonly count: number;
  readonly first: readonly Readonly<Record<'entityType' | 'key' | 'property' | 'missing' | 'target', string>>[];
}

type Differences = readonly EntityTypeDifference[];

export const sumOf = <Figure extends string>(
  rows: readonly Readonly<Record<Figure, number>>[],
  figure: Figure,
): number => rows.reduce((total, row) => total + row[figure], 0);

/** The listing's own words, led by what was read: packages name file and line, not connector and entity type. */
export function namedFailure(
  connector: ConnectorDefinition,
  type: EntityTypeDefinition,
  failure: TaskFailure,
): TaskFailure {
  const what = `${type.displayName} (${type.identifier}) of ${connector.displayName} (${connector.identifier})`;
  return { ...failure, message: `Reading ${what} failed, nothing was changed: ${failure.message}` };
}

export const unlisted = ({ displayName, identifier, connection }: EntityTypeDefinition, packageName: string): string =>
  `${displayName} (${identifier}) is left out: the package ${packageName} of its connection ${connection} only writes.`;

export const unknownConnector = (connector: string | null): TaskResult =>
  failedTask({
    code: 'NOT_FOUND',
    message: `The configuration has no connector "${connector ?? ''}" to synchronise.`,
    hint: 'Correct the step of the job and apply the configuration.',
  });

export function leftOut(connector: ConnectorDefinition, since: Date): TaskResult {
  const reason = `its changes exceeded a threshold at ${since.toISOString()} and wait for a person`;
  const warning = `${connector.displayName} is left out: ${reason}. A complete job reads it again.`;
  return { ...completedTask, state: 'WARNING', warnings: [warning] };
}

export function overtaken(connector: ConnectorDefinition, read: number): TaskResult {
  const warning = `A younger reading of ${connector.displayName} was applied meanwhile; this one was dropped.`;
  return { ...completedTask, counters: { ...noCounters, read, skipped: read }, warnings: [warning] };
}

/** A dry run reports what it would have changed and blocked; it does neither. The plan after it does not see the reading,
 * so a difference is worth a warning: an empty plan would look as if nothing were to come. */
export function reported(
  connector: ConnectorDefinition,
  differences: Differences,
  violations: readonly ThresholdViolation[],
): TaskResult {
  const changes = changesOf(differences);
  const rows =
    changes === 1
      ? `1 row of ${connector.displayName} differs and was`
      : `${changes} rows of ${connector.displayName} differ and were`;
  const warning = `Dry run: ${rows} not applied; the plan is of what was read before.`;
  return {
    ...completedTask,
    state: changes > 0 || violations.length > 0 ? 'WARNING' : 'COMPLETED',
    counters: {
      ...noCounters,
      read: sumOf(differences, 'rowsRead'),
      created: sumOf(differences, 'inserted'),
      updated: sumOf(differences, 'updated'),
      deleted: sumOf(differences, 'deleted'),
    },
    violations,
    warnings: changes > 0 ? [warning] : [],
  };
}

export const blocked = (differences: Differences, violations: readonly ThresholdViolation[]): TaskResult => ({
  ...completedTask,
  state: 'BLOCKED',
  counters: { ...noCounters, read: sumOf(differences, 'rowsRead'), skipped: changesOf(differences) },
  violations,
});

/** Rows that a value points to and that are not there, counted, the first of them by name; nothing when there are none. */
export function missingWarning(connector: ConnectorDefinition, missing: MissingReferences): readonly string[] {
  if (missing.count === 0) return [];
  const named = missing.first.map(
    (each) => `${each.entityType} "${each.key}": ${each.property} is "${each.missing}", no ${each.target} has that key`,
  );
  const rest = missing.count - missing.first.length;
  const more = rest > 0 ? `; and ${rest} more` : '';
  const values = missing.count === 1 ? '1 value points' : `${missing.count} values point`;
  return [`${connector.displayName}: ${values} to rows that are not there: ${named.join('; ')}${more}.`];
}

/** One line of the log per entity type. */
export const sentenceOf = ({
  entityType,
  isFirstLoad,
  rowsRead,
  inserted,
  updated,
  deleted,
  own,
}: EntityTypeDifference): string =>
  `${entityType}: ${rowsRead} rows read, ${inserted} new, ${updated} changed, ${deleted} gone${isFirstLoad ? ' (first load)' : ''}${ownText(own)}.`;

const ownText = (own: EntityTypeDifference['own']): string =>
  own === undefined ? '' : `; ${own.inserted + own.updated + own.deleted} of them by our own orders`;

const changesOf = (differences: Differences): number =>
  sumOf(differences, 'inserted') + sumOf(differences, 'updated') + sumOf(differences, 'deleted');
