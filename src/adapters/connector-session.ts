// Open sessions, one a connection: made when first needed, made anew when settings or secrets changed or the way was lost.
// Owns opening, lending and closing; what is asked of a session is connector.ts'.
import {
  callContext,
  type ConnectorHost,
  ConnectorError,
  type ConnectorPackageDefinition,
  type ConnectorSession,
  type ObjectTypeDescription,
} from '@joinery/connector-kit';
import type { ConnectionDefinition } from '../domain/configuration.js';
import type { Digest } from '../domain/resource.js';
import { resolveSettings, SettingError, type SettingSource, typedSettings } from './setting.js';

export interface SessionSource {
  readonly load: (packageName: string) => Promise<ConnectorPackageDefinition>;
  readonly settings: SettingSource;
  readonly digest: Digest;
  /** What a package of ours that runs inside is lent; null for every other. Left out: nothing. */
  readonly host?: (connection: ConnectionDefinition) => ConnectorHost | null;
}

export interface OpenSession {
  readonly session: ConnectorSession;
  readonly settingsDigest: string;
  /** Asked once a session. Throws ConnectorError. */
  objectType(name: string): Promise<ObjectTypeDescription>;
}

/** A session in use by one call. It is closed only when nobody uses it any more. */
export interface LentSession extends OpenSession {
  /** Once, when the call has ended. */
  giveBack(): void;
  /** Lends it to nobody else; another session may have taken its place already. */
  retire(): void;
}

export interface SessionCache {
  /** Throws ConnectorError. */
  lend(connection: ConnectionDefinition): Promise<LentSession>;
  closeAll(): Promise<void>;
}

/** How long resolved settings are trusted: files with secrets are not read for every call. */
const trustedMs = 1_000;

interface Kept {
  readonly opening: Promise<OpenSession>;
  readonly definition: ConnectionDefinition;
  readonly settingsDigest: string;
  readonly checkedAt: number;
  readonly use: Use;
}

/** The same object for as long as the session lives. */
interface Use {
  calls: number;
  isRetired: boolean;
}

export function sessionCache(source: SessionSource, now: () => number): SessionCache {
  const kept = new Map<string, Kept>();
  return {
    // Async, so that settings that cannot be resolved reject.
    lend: async (connection) => lend(kept, current(source, kept, connection, now())),
    closeAll: async () => {
      const sessions = [...kept.values()];
      kept.clear();
      await Promise.all(sessions.map(close));
    },
  };
}

async function lend(kept: Map<string, Kept>, entry: Kept): Promise<LentSession> {
  const { opening, use, definition } = entry;
  use.calls += 1;
  const giveBack = (): void => {
    use.calls -= 1;
    if (use.isRetired && use.calls === 0) void close(entry);
  };
  const open = await opening.catch((error: unknown) => {
    giveBack();
    throw error;
  });
  const retireIt = (): void => {
    if (kept.get(definition.identifier)?.use === use) kept.delete(definition.identifier);
    retire(entry);
  };
  return { ...open, giveBack, retire: retireIt };
}

/** For a session that nobody can borrow any more. */
function retire(entry: Kept): void {
  if (entry.use.isRetired) return;
  entry.use.isRetired = true;
  if (entry.use.calls === 0) void close(entry);
}

const close = ({ opening }: Kept): Promise<void> =>
  opening.then(({ session }) => session.close()).catch(() => undefined);

function current(source: SessionSource, kept: Map<string, Kept>, connection: ConnectionDefinition, at: number): Kept {
  const found = kept.get(connection.identifier);
  if (found !== undefined && found.definition === connection && at - found.checkedAt < trustedMs) return found;
  const { settings, settingsDigest } = resolvedSettings(source, connection);
  if (found?.settingsDigest === settingsDigest) {
    const renewed: Kept = { ...found, definition: connection, checkedAt: at };
    kept.set(connection.identifier, renewed);
    return renewed;
  }
  const opened = open(source, kept, connection, settings, settingsDigest, at);
  if (found !== undefined) retire(found);
  return opened;
}

function open(
  source: SessionSource,
  kept: Map<string, Kept>,
  connection: ConnectionDefinition,
  settings: Readonly<Record<string, unknown>>,
  settingsDigest: string,
  at: number,
): Kept {
  const opening = openSession(source, connection, settings, settingsDigest);
  const use: Use = { calls: 0, isRetired: false };
  const entry: Kept = { opening, definition: connection, settingsDigest, checkedAt: at, use };
  kept.set(connection.identifier, entry);
  // What could not be opened is tried again by the next call.
  opening.catch(() => {
    if (kept.get(connection.identifier)?.use === use) kept.delete(connection.identifier);
  });
  return entry;
}

async function openSession(
  source: SessionSource,
  connection: ConnectionDefinition,
  settings: Readonly<Record<string, unknown>>,
  settingsDigest: string,
): Promise<OpenSession> {
  const definition = await loadPackage(source, connection);
  const typed = typedSettings(settings, connection.settings, definition.settingsSchema);
  const session = await definition.open(typed, source.host?.(connection) ?? undefined);
  const described = new Map<string, Promise<ObjectTypeDescription>>();
  return {
    session,
    settingsDigest,
    objectType: (name) => {
      const known = described.get(name) ?? describeType(session, connection, name);
      described.set(name, known);
      known.catch(() => described.delete(name));
      return known;
    },
  };
}

async function loadPackage(
  source: SessionSource,
  connection: ConnectionDefinition,
): Promise<ConnectorPackageDefinition> {
  try {
    return await source.load(connection.package);
  } catch (error) {
    throw unusable(connection, error);
  }
}

async function describeType(
  session: ConnectorSession,
  connection: ConnectionDefinition,
  name: string,
): Promise<ObjectTypeDescription> {
  const types = await session.describe(callContext(connection.deadlineSeconds * 1_000));
  const found = types.find((type) => type.name === name);
  if (found !== undefined) return found;
  throw new ConnectorError({
    code: 'INVALID_VALUE',
    message: `The connection ${connection.identifier} has no object type "${name}".`,
    hint: `Known object types: ${types.map((type) => type.name).join(', ') || 'none'}.`,
  });
}

/** Throws ConnectorError when a placeholder cannot be resolved. */
function resolvedSettings(
  source: SessionSource,
  connection: ConnectionDefinition,
): { readonly settings: Readonly<Record<string, unknown>>; readonly settingsDigest: string } {
  try {
    const settings = resolveSettings(connection.settings, source.settings);
    return { settings, settingsDigest: source.digest(JSON.stringify([connection.package, settings])) };
  } catch (error) {
    if (error instanceof SettingError) throw unusable(connection, error);
    throw error;
  }
}

/** A connection that cannot even be opened is away: its circuit opens, and probes find out when it is back. */
function unusable(connection: ConnectionDefinition, cause: unknown): ConnectorError {
  const reason = cause instanceof Error ? cause.message : String(cause);
  return new ConnectorError(
    { code: 'UNREACHABLE', message: `The connection ${connection.identifier} cannot be opened: ${reason}` },
    { cause },
  );
}
