// A session on CSV files: the contract's operations.
// Owns which file a call concerns and what its errors mean; reading, editing and replacing are beside it.
import { access, constants, realpath, stat } from 'node:fs/promises';
import {
  type ApplyOutcome,
  type ChangePage,
  ConnectorError,
  type ConnectorSession,
  type Delta,
  fileChangesByComparison,
  type MarkSent,
  outcomeOf,
  runWrite,
} from '@joinery/connector-kit';
import { editFile, type PlacedDelta } from './edit.js';
import { damageAsOutage, fileError } from './failure.js';
import { checkFile, describeFile, listRows, readRow } from './listing.js';
import { withLock } from './lock.js';
import { leftoversOf, type ReplaceOptions, replaceFile, settleLeftovers } from './replace.js';
import type { CsvFile, CsvSettings } from './settings.js';

export function openCsvSession(settings: CsvSettings, options: ReplaceOptions = {}): ConnectorSession {
  return {
    describe: async ({ signal }) => Promise.all(settings.files.map((file) => describeFile(file, settings, signal))),
    check: ({ signal }) => checkFiles(settings, signal),
    read: async (objectType, key, { signal }) => readRow(fileOf(settings, objectType), settings, key, signal),
    list: (objectType, { signal }) => listRows(fileOf(settings, objectType), settings, signal),
    changes: (objectType, cookie, { signal }) => listChanges(settings, objectType, cookie, signal),
    apply: (delta, context) =>
      runWrite(context, `${delta.kind} ${delta.objectType} ${JSON.stringify(delta.key)}`, async (signal, markSent) => {
        const [outcome] = await applyAll(settings, [delta], signal, markSent, options);
        return outcome as ApplyOutcome;
      }),
    applyMany: async (deltas, { signal }) => {
      let wasSent = false;
      const markSent = (): void => {
        wasSent = true;
      };
      return applyAll(
        settings,
        deltas.map(({ delta }) => delta),
        signal,
        markSent,
        options,
      ).catch((error: unknown) => {
        const outcome = outcomeOf(error, wasSent);
        return deltas.map(() => outcome);
      });
    },
    close: async () => undefined,
  };
}

function fileOf(settings: CsvSettings, objectType: string): CsvFile {
  const file = settings.files.find((candidate) => candidate.objectType === objectType);
  if (file !== undefined) return file;
  throw new ConnectorError({
    code: 'INVALID_VALUE',
    message: `The settings name no file for the object type "${objectType}".`,
    hint: `Known object types: ${settings.files.map((known) => known.objectType).join(', ')}.`,
  });
}

async function* listChanges(
  settings: CsvSettings,
  objectType: string,
  cookie: string | null,
  signal: AbortSignal,
): AsyncGenerator<ChangePage> {
  const file = fileOf(settings, objectType);
  const list = (): ReturnType<typeof listRows> => listRows(file, settings, signal);
  const meaning = { ...file, protectsFormulas: settings.protectsFormulas };
  try {
    yield* fileChangesByComparison({ path: file.path, objectType, meaning, list }, cookie);
  } catch (error) {
    throw fileError(error, 'read', file.path);
  }
}

// A check reads the files whole: what waits for a repaired file must not be let go by a file that is still damaged.
async function checkFiles(settings: CsvSettings, signal: AbortSignal): Promise<void> {
  try {
    for (const file of settings.files) {
      if (!settings.isReadOnly) await settleAfterCrash(file.path, signal);
      await checkFile(file, settings, signal);
    }
  } catch (error) {
    throw damageAsOutage(error);
  }
}

async function settleAfterCrash(path: string, signal: AbortSignal): Promise<void> {
  try {
    const real = await realpath(path);
    if ((await leftoversOf(real)).length > 0) await withLock(real, signal, () => settleLeftovers(real));
  } catch (error) {
    throw fileError(error, 'look after', path);
  }
}

async function applyAll(
  settings: CsvSettings,
  deltas: readonly Delta[],
  signal: AbortSignal,
  markSent: MarkSent,
  options: ReplaceOptions,
): Promise<readonly ApplyOutcome[]> {
  const outcomes = new Map<number, ApplyOutcome>();
  for (const [objectType, placed] of byObjectType(deltas)) {
    for (const [at, outcome] of await applyToType(settings, objectType, placed, signal, markSent, options))
      outcomes.set(at, outcome);
  }
  return deltas.map(
    (_delta, at) => outcomes.get(at) ?? outcomeOf(new Error('a delta was left without an outcome'), true),
  );
}

function byObjectType(deltas: readonly Delta[]): ReadonlyMap<string, readonly PlacedDelta[]> {
  const groups = new Map<string, PlacedDelta[]>();
  for (const [at, delta] of deltas.entries())
    groups.set(delta.objectType, [...(groups.get(delta.objectType) ?? []), { delta, at }]);
  return groups;
}

// Each file is its own whole: what fails for one says nothing about another that was written before it.
async function applyToType(
  settings: CsvSettings,
  objectType: string,
  placed: readonly PlacedDelta[],
  signal: AbortSignal,
  markSent: MarkSent,
  options: ReplaceOptions,
): Promise<ReadonlyMap<number, ApplyOutcome>> {
  let wasSent = false;
  const markBoth = (): void => {
    wasSent = true;
    markSent();
  };
  try {
    const file = await behindLinks(fileOf(settings, objectType));
    await assertWritable(file, settings);
    const replace = (): Promise<ReadonlyMap<number, ApplyOutcome>> =>
      replaceFile(file.path, signal, (sink) => editFile(file, settings, placed, sink, signal), markBoth, options);
    return await (options.isGuarded === false ? replace() : withLock(file.path, signal, replace));
  } catch (error) {
    const outcome = outcomeOf(damageAsOutage(error), wasSent);
    return new Map(placed.map(({ at }) => [at, outcome]));
  }
}

// A symbolic link stays a link: what is replaced is the file it leads to.
async function behindLinks(file: CsvFile): Promise<CsvFile> {
  try {
    return { ...file, path: await realpath(file.path) };
  } catch (error) {
    throw fileError(error, 'write', file.path);
  }
}

async function assertWritable(file: CsvFile, settings: CsvSettings): Promise<void> {
  if (settings.isReadOnly)
    throw forbidden(file, 'the connection is read-only', 'Set "readOnly" to false if Joinery may write the file.');
  try {
    await access(file.path, constants.W_OK);
    // The superuser may write everything; a file nobody may write is meant to stay as it is all the same.
    if (((await stat(file.path)).mode & 0o222) === 0)
      throw forbidden(file, 'the file is read-only', 'Make the file writable.');
  } catch (error) {
    throw fileError(error, 'write', file.path);
  }
}

function forbidden(file: CsvFile, reason: string, hint: string): ConnectorError {
  return new ConnectorError({ code: 'FORBIDDEN', message: `Could not write ${file.path}: ${reason}.`, hint });
}
