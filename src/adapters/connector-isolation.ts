// Connector packages in processes of their own: the same definitions and sessions as loaded ones, with every call sent over.
// Owns which packages stay inside, and what the death of a process means for the calls it had.
import {
  type ApplyContext,
  type ApplyOutcome,
  type CallContext,
  ConnectorError,
  type ConnectorPackageDefinition,
  type ConnectorSession,
  type ConnectorSettings,
  type Delta,
  defineConnector,
  type HostRequest,
  loadConnectorPackage,
  longestSecret,
  moduleNames,
  outcomeOf,
  type PackageDescription,
  redactionOf,
  unfinishedRedactionOf,
} from '@joinery/connector-kit';
import {
  changePageFrom,
  listPageFrom,
  nextFrom,
  objectTypesFrom,
  outcomeFrom,
  outcomesFrom,
  packageFrom,
  rowFrom,
  says,
} from './connector-answer.js';
import { processLog } from './log.js';
import {
  type HiddenSecrets,
  type PackageProcess,
  ProcessGone,
  type ProcessOptions,
  startProcess,
} from './connector-process.js';

export type Isolation = 'process' | 'none';

export interface IsolationOptions extends ProcessOptions {
  /** `none` loads every package into this process, where it can take everything down with it. */
  readonly isolation: Isolation;
}

type Load = (name: string) => Promise<ConnectorPackageDefinition>;

/** Ours, and without a target outside: the state of `memory` is the process's, the others have nothing to call. */
const insiders = new Set(['memory', 'ticket', 'internal'].flatMap(moduleNames));
/** How long a package may take to be loaded, and to open a connection, in milliseconds. */
const openWithinMs = 30_000;
/** A package that is only described gets no settings. */
const nothingHidden: HiddenSecrets = { redact: (text) => text, redactEnd: (text) => text, longest: 0 };
/** How long closing may take, in milliseconds. */
const closeWithinMs = 4_000;

/** The part of the program's settings that says how packages are loaded. */
export interface LoaderConfig {
  readonly packages: Pick<IsolationOptions, 'isolation' | 'memoryMb'>;
  readonly variable: (name: string) => string | undefined;
  readonly logLevel: string;
  readonly role: string;
}

/** Loads as the settings of the program say; what packages print goes to its log. */
export const configuredLoader = ({ packages, variable, logLevel, role }: LoaderConfig): Load =>
  packageLoader({ ...packages, environment: variable, log: processLog(logLevel, role) });

/** Loads each package once; asked again when it failed, because it may be installed meanwhile. */
export function packageLoader(options: IsolationOptions): Load {
  if (options.isolation === 'none') return loadConnectorPackage;
  const known = new Map<string, Promise<ConnectorPackageDefinition>>();
  return (name) => {
    if (moduleNames(name).some((module) => insiders.has(module))) return loadConnectorPackage(name);
    const loading = known.get(name) ?? loadOutside(name, options);
    known.set(name, loading);
    loading.catch(() => known.delete(name));
    return loading;
  };
}

async function loadOutside(name: string, options: ProcessOptions): Promise<ConnectorPackageDefinition> {
  const description = await describe(name, options);
  return defineConnector({ ...description, open: (settings) => openOutside(name, description, settings, options) });
}

async function describe(name: string, options: ProcessOptions): Promise<PackageDescription> {
  const process = startProcess(name, options, nothingHidden);
  try {
    return packageFrom(await askInTime(process, { kind: 'package', name }, openWithinMs));
  } finally {
    process.end();
  }
}

/** One connection. Its process is made anew by the first call after it died. */
interface Outside {
  readonly name: string;
  readonly start: () => Promise<PackageProcess>;
  running: Promise<PackageProcess>;
  isClosed: boolean;
}

async function openOutside(
  name: string,
  { settingsSchema }: PackageDescription,
  settings: ConnectorSettings,
  options: ProcessOptions,
): Promise<ConnectorSession> {
  const secrets = {
    redact: redactionOf(settingsSchema, settings),
    redactEnd: unfinishedRedactionOf(settingsSchema, settings),
    longest: longestSecret(settingsSchema, settings),
  };
  let abilities: unknown;
  const start = async (): Promise<PackageProcess> => {
    const process = startProcess(name, options, secrets);
    try {
      abilities = await askInTime(process, { kind: 'open', name, settings }, openWithinMs);
      return process;
    } catch (error) {
      process.end();
      throw error instanceof ProcessGone ? unreachable(error) : error;
    }
  };
  const running = start();
  await running;
  return sessionOf({ name, start, running, isClosed: false }, abilities);
}

function sessionOf(outside: Outside, abilities: unknown): ConnectorSession {
  return {
    describe: async ({ deadline, signal }) =>
      objectTypesFrom(await call(outside, { kind: 'describe', deadline }, signal)),
    check: async ({ deadline, signal }) => void (await call(outside, { kind: 'check', deadline }, signal)),
    read: async (objectType, key, { deadline, signal }) =>
      rowFrom(await call(outside, { kind: 'read', objectType, key, deadline }, signal)),
    list: (objectType, context) =>
      pages(outside, { kind: 'list', objectType, deadline: context.deadline }, context, listPageFrom),
    apply: (delta, context) => apply(outside, delta, context),
    ...(says(abilities, 'hasApplyMany') ? { applyMany: (deltas, context) => applyMany(outside, deltas, context) } : {}),
    ...(says(abilities, 'hasChanges')
      ? {
          changes: (objectType, cookie, context) =>
            pages(
              outside,
              { kind: 'changes', objectType, cookie, deadline: context.deadline },
              context,
              changePageFrom,
            ),
        }
      : {}),
    close: () => close(outside),
  };
}

async function live(outside: Outside): Promise<PackageProcess> {
  if (outside.isClosed) throw closed(outside);
  const before = outside.running;
  const process = await before.catch(() => null);
  if (process !== null && !process.isGone()) return process;
  // Only the first of those who waited makes the next one.
  if (outside.running === before) outside.running = outside.start();
  return outside.running;
}

const closed = ({ name }: Outside): ConnectorError =>
  new ConnectorError({ code: 'UNREACHABLE', message: `The session of the connector package "${name}" is closed.` });

/** A call that changes nothing: it can be made again. */
async function call(outside: Outside, request: HostRequest, signal: AbortSignal): Promise<unknown> {
  const process = await live(outside);
  return process.ask(request, signal).catch((error: unknown) => {
    throw error instanceof ProcessGone ? interrupted(error) : error;
  });
}

const hint = 'The next call starts it anew. If it happens again, tell the author of the package.';

const interrupted = ({ message }: ProcessGone): ConnectorError =>
  new ConnectorError({ code: 'TIMEOUT', message, hint });
const unreachable = ({ message }: ProcessGone): ConnectorError =>
  new ConnectorError({ code: 'UNREACHABLE', message, hint });

async function apply(outside: Outside, delta: Delta, context: ApplyContext): Promise<ApplyOutcome> {
  const { idempotencyKey, deadline, signal } = context;
  return write(outside, { kind: 'apply', delta, idempotencyKey, deadline }, signal, outcomeFrom, (outcome) => outcome);
}

async function applyMany(
  outside: Outside,
  deltas: Extract<HostRequest, { kind: 'applyMany' }>['deltas'],
  { deadline, signal }: CallContext,
): Promise<readonly ApplyOutcome[]> {
  return write(outside, { kind: 'applyMany', deltas, deadline }, signal, outcomesFrom, (outcome) =>
    deltas.map(() => outcome),
  );
}

/** Once it was sent, whatever is no answer leaves open what was applied. */
async function write<T>(
  outside: Outside,
  request: HostRequest,
  signal: AbortSignal,
  parse: (value: unknown) => T,
  spread: (outcome: ApplyOutcome) => T,
): Promise<T> {
  let wasSent = false;
  try {
    const process = await live(outside);
    const answer = process.ask(request, signal, () => {
      wasSent = true;
    });
    return parse(await answer);
  } catch (error) {
    return spread(outcomeOf(wasSent ? withoutAnswer(error) : unsent(error), wasSent));
  }
}

/** A process that was gone before it was asked is away, and no fault of the change. */
const unsent = (error: unknown): unknown => (error instanceof ProcessGone ? unreachable(error) : error);

/** A package that answers nonsense has not said that the change was not applied. */
function withoutAnswer(error: unknown): unknown {
  if (error instanceof ProcessGone) return interrupted(error);
  const isNonsense = error instanceof ConnectorError && error.failure.code === 'CONNECTOR_BUG';
  return isNonsense ? new ConnectorError({ ...error.failure, code: 'OUTCOME_UNKNOWN' }) : error;
}

/** A page is asked for when somebody wants it: the package is never ahead of its reader by more than one. */
async function* pages<Page>(
  outside: Outside,
  request: HostRequest,
  { signal }: CallContext,
  parse: (value: unknown) => Page,
): AsyncGenerator<Page> {
  const process = await live(outside);
  let id = 0;
  try {
    await process.ask(request, signal, (given) => {
      id = given;
    });
    for (;;) {
      const page = nextFrom(await process.ask({ kind: 'next', pages: id }, signal));
      if (page === undefined) return;
      yield parse(page);
    }
  } catch (error) {
    throw error instanceof ProcessGone ? interrupted(error) : error;
  } finally {
    process.abort(id);
  }
}

async function close(outside: Outside): Promise<void> {
  outside.isClosed = true;
  const process = await outside.running.catch(() => null);
  if (process === null || process.isGone()) return;
  try {
    await askInTime(process, { kind: 'close' }, closeWithinMs);
  } catch (error) {
    if (!(error instanceof ProcessGone)) throw error;
  } finally {
    process.end();
  }
}

/** A request without a caller's signal; the process that does not answer it in time is killed. */
async function askInTime(process: PackageProcess, request: HostRequest, timeoutMs: number): Promise<unknown> {
  const timer = setTimeout(() => process.kill(`no answer to "${request.kind}" came in time`), timeoutMs);
  try {
    return await process.ask(request);
  } finally {
    clearTimeout(timer);
  }
}
