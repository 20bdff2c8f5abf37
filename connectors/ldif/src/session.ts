// A session on LDIF files: reading an export, or writing change records; never both.
// Owns which file a call concerns; records, entries and the change file are beside it.
import { randomUUID } from 'node:crypto';
import { unlink, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import {
  type ApplyContext,
  type ApplyOutcome,
  type ChangePage,
  type ConnectorSession,
  type Delta,
  deltaRefusal,
  fileChangesByComparison,
  handOver,
  type HandoverStep,
  type ListPage,
  type MarkSent,
  objectTypeOf,
  refusal,
  runWrite,
  sweepHandovers,
} from '@joinery/connector-kit';
import { appendOnce, type AppendStep, commentOf } from './change-file.js';
import { changeRecordOf } from './change-record.js';
import { fileError, notInThisMode } from './failure.js';
import { listRows, readRow } from './listing.js';
import { readRecords } from './record.js';
import type { ChangeSettings, ContentSettings, LdifSettings, LdifType } from './settings.js';

/** What a test can do with a write; the connector itself passes none. */
export interface LdifOptions {
  readonly reached?: (step: AppendStep | HandoverStep) => void;
}

const sweepEveryMs = 60 * 60 * 1_000;

export function openLdifSession(settings: LdifSettings, options: LdifOptions = {}): ConnectorSession {
  return settings.mode === 'content' ? contentSession(settings) : changeSession(settings, options);
}

function typeNamed(settings: LdifSettings, objectType: string): LdifType {
  const { name } = objectTypeOf(
    settings.types.map(({ description }) => description),
    objectType,
  );
  return settings.types.find((type) => type.name === name) as LdifType;
}

function contentSession(settings: ContentSettings): ConnectorSession {
  return {
    describe: async () => settings.types.map(({ description }) => description),
    check: async ({ signal }) => {
      for await (const record of guarded(settings, readRecords(settings, signal))) void record;
    },
    read: async (objectType, key, { signal }) => {
      try {
        return await readRow(settings, typeNamed(settings, objectType), key, signal);
      } catch (error) {
        throw fileError(error, 'read', settings.path);
      }
    },
    list: (objectType, { signal }) => listPages(settings, objectType, signal),
    changes: (objectType, cookie, { signal }) => listChanges(settings, objectType, cookie, signal),
    apply: async (delta) => {
      const { failure } = notInThisMode(`${delta.kind} ${delta.objectType} ${JSON.stringify(delta.key)}`, 'content');
      return { kind: 'refused', failure };
    },
    close: async () => undefined,
  };
}

async function* listPages(
  settings: ContentSettings,
  objectType: string,
  signal: AbortSignal,
): AsyncGenerator<ListPage> {
  yield* guarded(settings, listRows(settings, typeNamed(settings, objectType), signal));
}

async function* listChanges(
  settings: ContentSettings,
  objectType: string,
  cookie: string | null,
  signal: AbortSignal,
): AsyncGenerator<ChangePage> {
  const type = typeNamed(settings, objectType);
  const { path, charset, types } = settings;
  const list = (): AsyncIterable<ListPage> => listRows(settings, type, signal);
  yield* guarded(
    settings,
    fileChangesByComparison({ path, objectType, meaning: { type, charset, types }, list }, cookie),
  );
}

async function* guarded<T>({ path }: ContentSettings, pages: AsyncIterable<T>): AsyncGenerator<T> {
  try {
    yield* pages;
  } catch (error) {
    throw fileError(error, 'read', path);
  }
}

interface Writing {
  readonly settings: ChangeSettings;
  readonly reached: (step: AppendStep | HandoverStep) => void;
  sweptAt: number;
}

function changeSession(settings: ChangeSettings, options: LdifOptions): ConnectorSession {
  const writing: Writing = { settings, reached: options.reached ?? (() => undefined), sweptAt: 0 };
  return {
    describe: async () => settings.types.map(({ description }) => description),
    check: () => checkFolder(settings),
    read: async (objectType) => {
      throw notInThisMode(`read ${typeNamed(settings, objectType).name}`, 'changes');
    },
    list: (objectType) => failingList(settings, objectType),
    apply: (delta, context) =>
      runWrite(context, `${delta.kind} ${delta.objectType} ${JSON.stringify(delta.key)}`, (signal, markSent) =>
        applyDelta(writing, delta, { ...context, signal }, markSent),
      ),
    close: async () => undefined,
  };
}

async function* failingList(settings: ChangeSettings, objectType: string): AsyncGenerator<ListPage> {
  yield await Promise.reject(notInThisMode(`list ${typeNamed(settings, objectType).name}`, 'changes'));
}

async function checkFolder({ place }: ChangeSettings): Promise<void> {
  const probe = join(place.folder, `.${randomUUID()}.new`);
  try {
    await writeFile(probe, '', { flag: 'wx' });
    await unlink(probe);
  } catch (error) {
    throw fileError(error, 'write a change record in', place.folder);
  }
}

async function applyDelta(
  writing: Writing,
  delta: Delta,
  { signal, idempotencyKey }: ApplyContext,
  markSent: MarkSent,
): Promise<ApplyOutcome> {
  const { settings } = writing;
  const type = typeNamed(settings, delta.objectType);
  const problem = deltaRefusal(delta, type.description);
  if (problem !== null) return { kind: 'refused', failure: problem };
  const record = changeRecordOf(delta, type, settings);
  if (typeof record !== 'string') return record;
  signal.throwIfAborted();
  try {
    await sweepAtTimes(writing);
    const done = await write(writing, idempotencyKey, record, markSent);
    if (done === 'other')
      return refusal(delta, 'CONSTRAINT_VIOLATION', 'another change was written under its idempotency key');
    return { kind: done === 'before' ? 'alreadySo' : 'applied', key: delta.key };
  } catch (error) {
    throw fileError(error, 'write a change record in', settings.changeFile ?? settings.place.folder);
  }
}

async function write(
  { settings, reached }: Writing,
  idempotencyKey: string,
  record: string,
  markSent: MarkSent,
): Promise<'written' | 'before' | 'other'> {
  const markAt = (step: AppendStep | HandoverStep): void => {
    if (step === 'noted' || step === 'draft') markSent();
    reached(step);
  };
  if (settings.changeFile !== null) {
    const done = await appendOnce(settings.changeFile, settings.place, idempotencyKey, record, markAt);
    return done === 'appended' ? 'written' : done;
  }
  const text = `version: 1\n\n${commentOf(idempotencyKey)}\n${record}\n`;
  const { kind } = await handOver(settings.place, { idempotencyKey, at: new Date(), meaning: record, text }, markAt);
  return kind === 'delivered' ? 'written' : kind;
}

async function sweepAtTimes(writing: Writing): Promise<void> {
  const now = Date.now();
  if (now - writing.sweptAt < sweepEveryMs) return;
  writing.sweptAt = now;
  await sweepHandovers(writing.settings.place, writing.settings.retentionMs, now);
}
