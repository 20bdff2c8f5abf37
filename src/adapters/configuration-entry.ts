// Takes the entries out of the files: each checked by its own shape, so that one bad entry hides no problem of another.
// Owns what is said about an entry's shape; leaves references and expressions to the check of the whole.
import { z } from 'zod';
import type { ConfigurationFile, ConfigurationProblem, Place, YamlPath } from './configuration-file.js';
import { type Entry, type EntryKind, entryKinds, entryShapes } from './configuration-schema.js';
import type { Entries } from './configuration-default.js';
import { entryConflicts } from './configuration-entry-rule.js';

/** Where an entry stands, so that a problem found later can be shown there. */
interface Origin {
  readonly file: ConfigurationFile;
  /** Index in the list of that file. */
  readonly index: number;
}

export interface EntriesRead {
  readonly entries: Entries;
  readonly problems: readonly ConfigurationProblem[];
  /** Every identifier that stands in the files, in bad entries too. */
  readonly declared: ReadonlyMap<EntryKind, ReadonlySet<string>>;
  /** Turns a place in `entries` into a problem at the place in its file. `offset`: character within a text. */
  readonly problemAt: (
    path: readonly [EntryKind, ...YamlPath],
    why: string,
    hint: string,
    offset?: number,
  ) => ConfigurationProblem;
}

export function readEntries(files: readonly ConfigurationFile[]): EntriesRead {
  const lists = new Map(entryKinds.map((kind) => [kind, files.flatMap((file) => readList(kind, file))]));
  const listOf = (kind: EntryKind): readonly ReadEntry[] => lists.get(kind) ?? [];
  const good = (kind: EntryKind): readonly (ReadEntry & { readonly value: unknown })[] =>
    listOf(kind).filter((entry) => entry.problems.length === 0);
  return {
    entries: Object.fromEntries(
      entryKinds.map((kind) => [kind, good(kind).map((entry) => entry.value)]),
    ) as unknown as Entries,
    problems: [
      ...files.flatMap(unknownLists),
      ...entryKinds.flatMap((kind) => listOf(kind).flatMap((entry) => entry.problems)),
    ],
    declared: new Map(
      entryKinds.map((kind) => [kind, new Set(listOf(kind).flatMap((entry) => entry.identifier ?? []))]),
    ),
    problemAt: ([kind, index, ...rest], why, hint, offset) => {
      const entry = good(kind)[Number(index)];
      return entry === undefined
        ? { file: '', line: 1, column: 1, what: kind, why, hint }
        : problem(
            entry.origin.file,
            [kind, entry.origin.index, ...rest],
            why,
            hint,
            entry.origin.file.place([kind, entry.origin.index, ...rest], offset),
          );
    },
  };
}

interface ReadEntry {
  readonly origin: Origin;
  readonly identifier: string | null;
  readonly value: unknown;
  readonly problems: readonly ConfigurationProblem[];
}

const problem = (
  file: ConfigurationFile,
  path: YamlPath,
  why: string,
  hint: string,
  place: Place,
): ConfigurationProblem => ({
  file: file.name,
  line: place.line,
  column: place.column,
  what: written(path),
  why,
  hint,
});

/** `singleRoles[3].category`. */
const written = (path: YamlPath): string =>
  path.map((part, index) => (typeof part === 'number' ? `[${part}]` : index === 0 ? part : `.${part}`)).join('');

function unknownLists(file: ConfigurationFile): readonly ConfigurationProblem[] {
  if (file.value === null || file.value === undefined) return [];
  if (!isRecord(file.value)) {
    return [
      problem(
        file,
        [],
        'the file holds no lists by name',
        `Start it with one of: ${entryKinds.join(', ')}.`,
        file.place([]),
      ),
    ];
  }
  return Object.entries(file.value).flatMap(([name, list]) => {
    if (!isKind(name))
      return [
        problem(file, [name], 'this key is unknown', `Known here: ${entryKinds.join(', ')}.`, file.keyPlace([name])),
      ];
    if (list === null || Array.isArray(list)) return [];
    return [problem(file, [name], 'a list is needed here', 'Start each entry with “- ”.', file.place([name]))];
  });
}

function readList(kind: EntryKind, file: ConfigurationFile): readonly ReadEntry[] {
  const list = isRecord(file.value) ? file.value[kind] : undefined;
  return Array.isArray(list) ? list.map((raw: unknown, index) => readEntry(kind, file, raw, index)) : [];
}

function readEntry<Kind extends EntryKind>(
  kind: Kind,
  file: ConfigurationFile,
  raw: unknown,
  index: number,
): ReadEntry {
  const named = isRecord(raw) && typeof raw.identifier === 'string' ? raw.identifier : null;
  const parsed = entryShapes[kind].safeParse(raw, { reportInput: true });
  const path: YamlPath = [kind, index];
  const problems = parsed.success
    ? entryConflicts(kind, parsed.data as Entry<Kind>).map((found) =>
        problem(file, [...path, ...found.path], found.why, found.hint, file.place([...path, ...found.path])),
      )
    : parsed.error.issues.flatMap((issue) => issueProblems(file, path, issue, kind));
  return { origin: { file, index }, identifier: named, value: parsed.data, problems };
}

function issueProblems(
  file: ConfigurationFile,
  entry: YamlPath,
  issue: z.core.$ZodIssue,
  kind: EntryKind,
): readonly ConfigurationProblem[] {
  const path: YamlPath = [...entry, ...issue.path.map((part) => (typeof part === 'symbol' ? String(part) : part))];
  if (issue.code === 'unrecognized_keys') {
    const hint = `Known here: ${keysAt(entryShapes[kind], issue.path).join(', ')}.`;
    return issue.keys.map((key) =>
      problem(file, [...path, key], 'this key is unknown', hint, file.keyPlace([...path, key])),
    );
  }
  if (issue.code === 'invalid_union') {
    const inner = issue.errors.flat().filter((one) => one.path.length > 0);
    if (inner.length > 0) return inner.flatMap((one) => issueProblems(file, path, one, kind));
  }
  return [problem(file, path, reasonOf(issue), hintOf(issue), file.place(path))];
}

function reasonOf(issue: z.core.$ZodIssue): string {
  if (issue.input === undefined && (issue.code === 'invalid_type' || issue.code === 'invalid_value'))
    return 'is missing';
  switch (issue.code) {
    case 'invalid_type':
      return `has the wrong type: expected ${typeWords[issue.expected] ?? issue.expected}, found ${shown(issue.input)}`;
    case 'invalid_value':
      return `${shown(issue.input)} is not one of ${issue.values.map(String).join(', ')}`;
    case 'too_big':
      return `is too big: at most ${String(issue.maximum)}${issue.origin === 'string' ? ' characters' : ''}`;
    case 'too_small':
      return issue.origin === 'string' || issue.origin === 'array'
        ? 'is empty'
        : `is too small: at least ${String(issue.minimum)}`;
    default:
      return `${shown(issue.input)} is not valid: ${issue.message}`;
  }
}

const typeWords: Readonly<Record<string, string>> = {
  string: 'a text',
  boolean: 'true or false',
  number: 'a number',
  int: 'a whole number',
  array: 'a list',
  object: 'keys with values',
  record: 'keys with values',
};

function hintOf(issue: z.core.$ZodIssue): string {
  if (issue.input === undefined) return `Add it; docs/configuration.md says what it means.`;
  if (issue.code === 'invalid_type' && issue.expected === 'string')
    return 'Write a text; put it in quotes if it looks like a number, a date or true/false.';
  return 'Correct the value; docs/configuration.md says what is allowed.';
}

// Settings never come here in whole: a value that is shown stands outside of them, and is cut.
const shown = (value: unknown): string => {
  if (value === null) return 'nothing (null)';
  if (typeof value === 'string') return `«${value.length > 60 ? `${value.slice(0, 60)}…` : value}»`;
  if (typeof value === 'number' || typeof value === 'boolean') return `«${String(value)}»`;
  return Array.isArray(value) ? 'a list' : 'keys with values';
};

/** The keys that a shape knows at a place inside it. */
function keysAt(shape: z.ZodType, path: readonly PropertyKey[]): readonly string[] {
  const inner = unwrapped(shape);
  const [first, ...rest] = path;
  if (inner instanceof z.ZodUnion) return inner.options.flatMap((option) => keysAt(option as z.ZodType, path));
  if (inner instanceof z.ZodArray) return keysAt(inner.element as z.ZodType, rest);
  if (!(inner instanceof z.ZodObject)) return [];
  if (first === undefined) return Object.keys(inner.shape);
  const next: unknown = inner.shape[String(first)];
  return next instanceof z.ZodType ? keysAt(next, rest) : [];
}

function unwrapped(shape: z.ZodType): z.ZodType {
  const isWrapper =
    shape instanceof z.ZodOptional ||
    shape instanceof z.ZodDefault ||
    shape instanceof z.ZodNullable ||
    shape instanceof z.ZodPrefault;
  return isWrapper ? unwrapped(shape.unwrap() as z.ZodType) : shape;
}

const isKind = (name: string): name is EntryKind => Object.hasOwn(entryShapes, name);
const isRecord = (value: unknown): value is Readonly<Record<string, unknown>> =>
  typeof value === 'object' && value !== null && !Array.isArray(value);
