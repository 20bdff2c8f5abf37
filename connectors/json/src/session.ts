// A session on a folder of documents: the contract's operations; there is nothing to read.
// Owns the order of acts of a write; the document, its way into the folder and the answer are beside it.
import { randomUUID } from 'node:crypto';
import { access, constants, readdir, unlink, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import {
  type ApplyContext,
  type ApplyOutcome,
  type ConnectorSession,
  type Delta,
  deltaRefusal,
  handOver,
  type HandoverStep,
  type ListPage,
  type MarkSent,
  objectTypeOf,
  refusal,
  runWrite,
  sweepHandovers,
} from '@joinery/connector-kit';
import { acknowledged } from './acknowledgement.js';
import { documentOf } from './document.js';
import { fileError, notReadable } from './failure.js';
import type { JsonSettings } from './settings.js';

/** What a test can do with a write; the connector itself passes none. */
export interface JsonOptions {
  readonly reached?: (step: HandoverStep) => void;
  readonly now?: () => Date;
}

const sweepEveryMs = 60 * 60 * 1_000;

interface Connection {
  readonly settings: JsonSettings;
  readonly options: Required<JsonOptions>;
  sweptAt: number;
}

export function openJsonSession(settings: JsonSettings, options: JsonOptions = {}): ConnectorSession {
  const connection: Connection = {
    settings,
    options: { reached: () => undefined, now: () => new Date(), ...options },
    sweptAt: 0,
  };
  return {
    describe: async () => settings.types,
    check: () => checkFolders(settings),
    read: async (objectType) => {
      throw notReadable(objectTypeOf(settings.types, objectType).name);
    },
    list: (objectType) => failingList(settings, objectType),
    apply: (delta, context) =>
      runWrite(context, `${delta.kind} ${delta.objectType} ${JSON.stringify(delta.key)}`, (signal, markSent) =>
        applyDelta(connection, delta, { ...context, signal }, markSent),
      ),
    close: async () => undefined,
  };
}

async function* failingList(settings: JsonSettings, objectType: string): AsyncGenerator<ListPage> {
  yield await Promise.reject(notReadable(objectTypeOf(settings.types, objectType).name));
}

async function checkFolders({ place, acknowledgements }: JsonSettings): Promise<void> {
  const probe = join(place.folder, `.${randomUUID()}.new`);
  try {
    await writeFile(probe, '', { flag: 'wx' });
    await unlink(probe);
  } catch (error) {
    throw fileError(error, 'write a document', place.folder);
  }
  if (acknowledgements === null) return;
  try {
    await access(acknowledgements, constants.R_OK | constants.X_OK);
    await readdir(acknowledgements);
  } catch (error) {
    throw fileError(error, 'look for acknowledgements', acknowledgements);
  }
}

async function applyDelta(
  connection: Connection,
  delta: Delta,
  { signal, idempotencyKey }: ApplyContext,
  markSent: MarkSent,
): Promise<ApplyOutcome> {
  const { settings, options } = connection;
  const type = objectTypeOf(settings.types, delta.objectType);
  const problem = deltaRefusal(delta, type);
  if (problem !== null) return { kind: 'refused', failure: problem };
  const document = documentOf(delta, type, settings.includesWriteOnly, idempotencyKey, options.now());
  if ('kind' in document) return document;
  signal.throwIfAborted();
  try {
    await sweepAtTimes(connection);
    const { kind, name } = await handOver(settings.place, document, (step) => {
      // Before the journal names the draft, nobody will ever deliver it.
      if (step === 'draft') markSent();
      options.reached(step);
    });
    if (kind === 'other')
      return refusal(delta, 'CONSTRAINT_VIOLATION', `another change was handed over under its id, as ${name}`);
    if (settings.acknowledgements === null)
      return { kind: kind === 'delivered' ? 'applied' : 'alreadySo', key: delta.key };
    markSent();
    return await answered(settings.acknowledgements, name, idempotencyKey, delta, signal);
  } catch (error) {
    throw fileError(error, 'hand over a document', settings.place.folder);
  }
}

async function answered(
  folder: string,
  name: string,
  idempotencyKey: string,
  delta: Delta,
  signal: AbortSignal,
): Promise<ApplyOutcome> {
  try {
    return await acknowledged(folder, name, idempotencyKey, delta, signal);
  } catch (error) {
    throw fileError(error, 'look for an acknowledgement', folder);
  }
}

async function sweepAtTimes(connection: Connection): Promise<void> {
  const now = connection.options.now().getTime();
  if (now - connection.sweptAt < sweepEveryMs) return;
  connection.sweptAt = now;
  await sweepHandovers(connection.settings.place, connection.settings.retentionMs, now);
}
