// Reads every entity type of one connector into a stage, holds the whole difference against the thresholds,
// and applies it at once. Owns the order of these acts; comparing and writing are store/synchronization.ts',
// which rows can be taken domain/reading.ts', what a row means to the packages is the gateway's.
import { isManual } from '../domain/connection-setting.js';
import { connectorFailureOf, isCookieRefused } from '../domain/failure.js';
import { calendarDay } from '../domain/calendar.js';
import type { ConnectorDefinition, EntityTypeDefinition } from '../domain/configuration.js';
import { type CorrelationExpressions, correlationExpressionsOf, correlationText } from '../domain/correlation.js';
import { completedTask, failedTask, noCounters, taskFailureOf, type TaskResult, type TaskRun } from '../domain/job.js';
import { chunksOf, cookieText, RefusedReading, repeatedRow, subjectOf, usableRows } from '../domain/reading.js';
import { canonicalContent, type ResourceContent } from '../domain/resource.js';
import type { CompiledModel } from '../domain/role-model/model.js';
import {
  leftOut,
  missingWarning,
  blocked,
  namedFailure,
  overtaken,
  reported,
  unlisted,
  sentenceOf,
  sumOf,
  unknownConnector,
} from '../domain/synchronization-result.js';
import { synchronizationViolations } from '../domain/synchronization.js';
import type { Environment } from './ports/clock.js';
import type { ConnectionProber, ConnectorGateway } from './ports/connector.js';
import type { ModelSource } from './ports/model.js';
import type {
  AppliedReading,
  EntityTypeState,
  ParkedReading,
  Reading,
  StagedRow,
  SynchronizationSession,
  SynchronizationStore,
} from './ports/synchronization.js';
import type { TaskContext } from './ports/task.js';

export interface SynchronizePorts {
  readonly environment: Environment;
  readonly models: ModelSource;
  readonly gateway: ConnectorGateway & Pick<ConnectionProber, 'settingsDigest'>;
  readonly synchronizations: SynchronizationStore;
}

/** Carries out a SYNCHRONIZE task. A reading that did not end properly changes nothing. */
export async function synchronize(ports: SynchronizePorts, run: TaskRun, context: TaskContext): Promise<TaskResult> {
  const model = await ports.models.current();
  const connector = model.configuration.connectors.find(({ identifier }) => identifier === run.connector);
  if (connector === undefined) return unknownConnector(run.connector);
  const released = run.isReleased ? await ports.synchronizations.parked(run.taskId) : null;
  if (released !== null) return applyReleased(ports, connector, context, released);
  const parkedSince = await ports.synchronizations.parkedSince(connector.identifier);
  if (parkedSince !== null && run.mode === 'INCREMENTAL') return leftOut(connector, parkedSince);
  const session = await ports.synchronizations.open(connector.identifier, run.taskId, ports.environment.newId());
  try {
    return await readAndApply(ports, { run, context, model, connector, session });
  } catch (error) {
    await ports.synchronizations.drop(session).catch(() => undefined);
    const failure = error instanceof RefusedReading ? error.reason : taskFailureOf(error);
    if (failure === null) throw error;
    return failedTask(failure);
  }
}

interface Work {
  readonly run: TaskRun;
  readonly context: TaskContext;
  readonly model: CompiledModel;
  readonly connector: ConnectorDefinition;
  readonly session: SynchronizationSession;
}

async function readAndApply(ports: SynchronizePorts, work: Work): Promise<TaskResult> {
  const readings = await readAll(ports, work);
  const differences = await ports.synchronizations.compare(work.session, readings);
  for (const difference of differences) work.context.log('INFO', sentenceOf(difference));
  const violations = synchronizationViolations(work.connector.identifier, differences, work.connector.thresholds);
  if (work.run.isDryRun) {
    await ports.synchronizations.drop(work.session);
    return reported(work.connector, differences, violations);
  }
  if (violations.length > 0) {
    await ports.synchronizations.park(work.session, readings);
    return blocked(differences, violations);
  }
  work.context.signal.throwIfAborted();
  const applied = await ports.synchronizations.apply(work.session, readings);
  const rowsRead = sumOf(differences, 'rowsRead');
  return applied === null ? overtaken(work.connector, rowsRead) : completed(work, rowsRead, applied);
}

/** Exactly the rows that were parked and looked at: the system is not read again. */
async function applyReleased(
  { synchronizations }: SynchronizePorts,
  connector: ConnectorDefinition,
  context: TaskContext,
  { session, readings }: ParkedReading,
): Promise<TaskResult> {
  context.log('INFO', `What was parked of ${connector.displayName} was released and is applied.`);
  const rowsRead = sumOf(readings, 'rowsRead');
  const applied = await synchronizations.apply(session, readings);
  return applied === null ? overtaken(connector, rowsRead) : completed({ connector, context }, rowsRead, applied);
}

async function readAll(ports: SynchronizePorts, work: Work): Promise<readonly Reading[]> {
  const types = await listedTypes(ports, work);
  const states = await ports.synchronizations.states(types.map(({ identifier }) => identifier));
  const readings: Reading[] = [];
  for (const type of types)
    readings.push(
      await read(ports, { ...work, done: sumOf(readings, 'rowsRead') }, type, states.get(type.identifier) ?? null),
    );
  return readings;
}

/** What only people carry out can be read by nobody; what a package only writes is left out, and the log says so. */
async function listedTypes({ gateway }: SynchronizePorts, work: Work): Promise<readonly EntityTypeDefinition[]> {
  const { configuration } = work.model;
  const listed: EntityTypeDefinition[] = [];
  for (const type of configuration.entityTypes) {
    if (type.connector !== work.connector.identifier || isManual(configuration, type.connection)) continue;
    // A package that cannot be loaded is no package that only writes: the reading says why it failed.
    const found = await gateway.packageOf(type.connection).catch(() => null);
    if (found?.capabilities.includes('EXPORT_COMPLETE') === false) work.context.log('INFO', unlisted(type, found.name));
    else listed.push(type);
  }
  return listed;
}

interface TypeWork extends Work {
  /** Rows read of the entity types before. */
  readonly done: number;
}

async function read(
  ports: SynchronizePorts,
  work: TypeWork,
  type: EntityTypeDefinition,
  state: EntityTypeState | null,
): Promise<Reading> {
  const expressions = correlationExpressionsOf(work.model, type.identifier);
  const correlationDigest = ports.environment.digest(correlationText(expressions));
  const isRecorrelated = state !== null && state.correlationDigest !== correlationDigest;
  const about = {
    ...subjectOf(work.model, type, expressions),
    isFirstLoad: state === null,
    correlationDigest,
    isRecorrelated,
  };
  try {
    const source = { ...about, cookieSource: await cookieSourceOf(ports, work.model, type) };
    const since = await resumable(ports, work, type, { state, ...source });
    const changes = since === null ? null : await readChanges(ports, work, type, expressions, since);
    if (changes !== null) return { ...source, isComplete: false, ...changes };
    return { ...source, isComplete: true, ...(await readListing(ports, work, type, expressions)) };
  } catch (error) {
    const failure = error instanceof RefusedReading ? error.reason : taskFailureOf(error);
    if (failure === null) throw error;
    throw new RefusedReading(namedFailure(work.connector, type, failure), { cause: error });
  }
}

async function cookieSourceOf(
  { gateway, environment }: SynchronizePorts,
  { configuration }: CompiledModel,
  type: EntityTypeDefinition,
): Promise<string> {
  const isKnown = configuration.connections.some(({ identifier }) => identifier === type.connection);
  const settings = isKnown ? await gateway.settingsDigest(type.connection) : '';
  return environment.digest(cookieText(type, settings));
}

/** The cookie to go on from; null: everything is read. */
async function resumable(
  ports: SynchronizePorts,
  work: TypeWork,
  type: EntityTypeDefinition,
  about: { readonly state: EntityTypeState | null; readonly isRecorrelated: boolean; readonly cookieSource: string },
): Promise<string | null> {
  const { state, isRecorrelated, cookieSource } = about;
  const cookie = state?.cookie ?? null;
  if (work.run.mode !== 'INCREMENTAL' || cookie === null || isRecorrelated) return null;
  if (state?.cookieSource !== cookieSource)
    return wholly(work, type, 'its connection, the settings of it, or what is read by it are others now');
  if (await tellsChanges(ports, type)) return cookie;
  return wholly(work, type, 'the package of its connection tells no changes any more');
}

function wholly({ context }: TypeWork, { displayName, identifier }: EntityTypeDefinition, why: string): null {
  context.log('WARN', `Everything of ${displayName} (${identifier}) is read, because ${why}.`);
  return null;
}

async function tellsChanges({ gateway }: SynchronizePorts, { connection }: EntityTypeDefinition): Promise<boolean> {
  if (gateway.changes === undefined) return false;
  const { capabilities } = await gateway.packageOf(connection);
  return capabilities.includes('EXPORT_INCREMENTAL');
}

async function readListing(
  ports: SynchronizePorts,
  work: TypeWork,
  type: EntityTypeDefinition,
  expressions: CorrelationExpressions,
) {
  const cookie = await firstCookie(ports, work, type);
  let rowsRead = 0;
  for await (const page of ports.gateway.list(type.identifier, work.context.signal)) {
    for (const chunk of chunksOf(page)) {
      const repeated = await ports.synchronizations.stage(
        work.session,
        type.identifier,
        stagedRows(ports, work, chunk, expressions),
      );
      if (repeated[0] !== undefined) throw repeatedRow(repeated[0]);
      rowsRead += chunk.length;
      work.context.progress({ done: work.done + rowsRead, total: null }, `Reading ${type.displayName}`);
    }
  }
  return { rowsRead, cookie };
}

/** Null: the cookie is refused, and nothing of what was told since is kept. */
async function readChanges(
  ports: SynchronizePorts,
  work: TypeWork,
  type: EntityTypeDefinition,
  expressions: CorrelationExpressions,
  since: string,
) {
  try {
    return await readSince(ports, work, type, expressions, since);
  } catch (error) {
    const failure = connectorFailureOf(error);
    if (failure === null || !(isCookieRefused(failure) || failure.code === 'CAPABILITY_MISSING')) throw error;
    await ports.synchronizations.unstage(work.session, type.identifier);
    return wholly(
      work,
      type,
      `the changes since the last reading cannot be told: ${failure.message.replace(/\.$/, '')}`,
    );
  }
}

async function readSince(
  ports: SynchronizePorts,
  work: TypeWork,
  type: EntityTypeDefinition,
  expressions: CorrelationExpressions,
  since: string,
) {
  let rowsRead = 0;
  let cookie = since;
  for await (const page of ports.gateway.changes?.(type.identifier, since, work.context.signal) ?? []) {
    const rows = stagedRows(ports, work, page.upserted, expressions);
    await ports.synchronizations.stageChanges(work.session, type.identifier, rows, page.deletedKeys);
    rowsRead += page.upserted.length + page.deletedKeys.length;
    cookie = page.cookie;
  }
  return { rowsRead, cookie };
}

/** Taken before the listing: what changes while we list is told again by the next `changes`. */
async function firstCookie(
  ports: SynchronizePorts,
  work: TypeWork,
  type: EntityTypeDefinition,
): Promise<string | null> {
  if (ports.gateway.changes === undefined || !(await tellsChanges(ports, type))) return null;
  for await (const page of ports.gateway.changes(type.identifier, null, work.context.signal)) return page.cookie;
  return null;
}

function stagedRows(
  { environment }: SynchronizePorts,
  work: TypeWork,
  contents: readonly ResourceContent[],
  expressions: CorrelationExpressions,
): readonly StagedRow[] {
  const today = calendarDay(environment.now(), environment.timeZone);
  return usableRows(contents, expressions, today).map(({ content, found: { problems, ...found } }) => {
    for (const each of problems)
      work.context.log('WARN', `Row "${content.key}" could not be correlated by rule ${each}`);
    return { id: environment.newId(), content, hash: environment.digest(canonicalContent(content)), ...found };
  });
}

function completed(work: Pick<Work, 'connector' | 'context'>, rowsRead: number, applied: AppliedReading): TaskResult {
  const { created, updated, deleted, dirty, verified, missingReferences } = applied;
  const warnings = missingWarning(work.connector, missingReferences);
  const rows = `${created} new, ${updated} changed and ${deleted} removed rows`;
  work.context.log('INFO', `Applied ${rows}; ${dirty} people to compute again, ${verified} accounts verified.`);
  return {
    ...completedTask,
    state: warnings.length > 0 ? 'WARNING' : 'COMPLETED',
    counters: { ...noCounters, read: rowsRead, created, updated, deleted },
    warnings,
  };
}
