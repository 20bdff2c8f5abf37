// Open sessions, one a connection: made when first needed, made anew when settings or secrets changed or the way was lost.
// Owns opening and dropping; what is asked of a session is connector.ts'.
import {
  callContext,
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
}

export interface OpenSession {
  readonly session: ConnectorSession;
  readonly settingsDigest: string;
  /** Asked once a session. Throws ConnectorError. */
  objectType(name: string): Promise<ObjectTypeDescription>;
}

export interface SessionCache {
  /** Throws ConnectorError. */
  get(connection: ConnectionDefinition): Promise<OpenSession>;
  /** Forgets the session, unless another one has taken its place. */
  drop(connection: ConnectionDefinition, session: OpenSession): void;
  closeAll(): Promise<void>;
}

/** How long resolved settings are trusted: files with secrets are not read for every call. */
const trustedMs = 1_000;

interface Kept {
  readonly opening: Promise<OpenSession>;
  readonly definition: ConnectionDefinition;
  readonly settingsDigest: string;
  checkedAt: number;
}

export function sessionCache(source: SessionSource, now: () => number): SessionCache {
  const kept = new Map<string, Kept>();
  return {
    get: (connection) => current(source, kept, connection, now()),
    drop: (connection, session) => {
      const found = kept.get(connection.identifier);
      if (found?.settingsDigest !== session.settingsDigest) return;
      kept.delete(connection.identifier);
      void session.session.close().catch(() => undefined);
    },
    closeAll: async () => {
      const sessions = [...kept.values()];
      kept.clear();
      await Promise.all(
        sessions.map(({ opening }) => opening.then(({ session }) => session.close()).catch(() => undefined)),
      );
    },
  };
}

function current(
  source: SessionSource,
  kept: Map<string, Kept>,
  connection: ConnectionDefinition,
  at: number,
): Promise<OpenSession> {
  const found = kept.get(connection.identifier);
  if (found !== undefined && found.definition === connection && at - found.checkedAt < trustedMs) return found.opening;
  const { settings, settingsDigest } = resolvedSettings(source, connection);
  if (found?.settingsDigest === settingsDigest) {
    kept.set(connection.identifier, { ...found, definition: connection, checkedAt: at });
    return found.opening;
  }
  if (found !== undefined) void found.opening.then(({ session }) => session.close()).catch(() => undefined);
  return open(source, kept, connection, settings, settingsDigest, at);
}

function open(
  source: SessionSource,
  kept: Map<string, Kept>,
  connection: ConnectionDefinition,
  settings: Readonly<Record<string, unknown>>,
  settingsDigest: string,
  at: number,
): Promise<OpenSession> {
  const opening = openSession(source, connection, settings, settingsDigest);
  const entry: Kept = { opening, definition: connection, settingsDigest, checkedAt: at };
  kept.set(connection.identifier, entry);
  // What could not be opened is tried again by the next call.
  opening.catch(() => {
    if (kept.get(connection.identifier)?.opening === opening) kept.delete(connection.identifier);
  });
  return opening;
}

async function openSession(
  source: SessionSource,
  connection: ConnectionDefinition,
  settings: Readonly<Record<string, unknown>>,
  settingsDigest: string,
): Promise<OpenSession> {
  const definition = await loadPackage(source, connection);
  const session = await definition.open(typedSettings(settings, connection.settings, definition.settingsSchema));
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
