// Reads story and company files: YAML into their shapes, and everything wrong with them with file, line and column.
// Owns problems of reading; what a story does and expects is for run.ts.
import { readFile } from 'node:fs/promises';
import { relative } from 'node:path';
import type { z } from 'zod';
import { type ConfigurationFile, parseFile, type YamlPath } from '../adapters/configuration-file.js';
import { actions, companyShape, type CompanyShape, storyShape, type StoryShape } from './shape.js';

/** Anything a person has to correct in a story, or has to look at: the message is complete. */
export interface StoryProblem {
  readonly file: string;
  readonly line: number;
  readonly column: number;
  readonly message: string;
}

export interface StoryFile {
  /** Absolute. */
  readonly path: string;
  /** As problems name it. */
  readonly name: string;
  readonly story: StoryShape;
  readonly place: ConfigurationFile['place'];
}

export type Reading<T> =
  | { readonly ok: true; readonly value: T }
  | { readonly ok: false; readonly problems: readonly StoryProblem[] };

export async function readStory(path: string): Promise<Reading<StoryFile>> {
  const read = await readShaped(path, storyShape);
  if (!read.ok) return read;
  const { name, file, value } = read.value;
  const problems = value.steps.flatMap((step, index) => {
    const done = actions.filter((action) => step[action] !== undefined);
    if (done.length === 1 || (done.length === 0 && step.expect !== undefined)) return [];
    const why =
      done.length === 0
        ? `does nothing and expects nothing; write one of ${actions.join(', ')}`
        : `does several things (${done.join(', ')}); write a step for each`;
    return [problemAt(name, file.place(['steps', index]), `steps[${index}] ${why}`)];
  });
  return problems.length > 0
    ? { ok: false, problems }
    : { ok: true, value: { path, name, story: value, place: file.place } };
}

export async function readCompany(path: string): Promise<Reading<CompanyShape>> {
  const read = await readShaped(path, companyShape);
  return read.ok ? { ok: true, value: read.value.value } : read;
}

interface Shaped<T> {
  readonly name: string;
  readonly file: ConfigurationFile;
  readonly value: T;
}

async function readShaped<T>(path: string, shape: z.ZodType<T>): Promise<Reading<Shaped<T>>> {
  const name = relative('', path);
  const { file, problems } = parseFile(name, await readFile(path));
  if (file === null || problems.length > 0) {
    return {
      ok: false,
      problems: problems.map(({ why, hint, ...place }) => problemAt(name, place, `${why}. ${hint}`)),
    };
  }
  const parsed = shape.safeParse(file.value ?? {}, { reportInput: true });
  return parsed.success
    ? { ok: true, value: { name, file, value: parsed.data } }
    : { ok: false, problems: parsed.error.issues.flatMap((issue) => problemsOf(name, file, [], issue)) };
}

function problemsOf(
  name: string,
  file: ConfigurationFile,
  above: YamlPath,
  issue: z.core.$ZodIssue,
): readonly StoryProblem[] {
  const path: YamlPath = [...above, ...issue.path.map((part) => (typeof part === 'symbol' ? String(part) : part))];
  const at = written(path);
  if (issue.code === 'unrecognized_keys') {
    return issue.keys.map((key) =>
      problemAt(name, file.keyPlace([...path, key]), `${at === '' ? key : `${at}.${key}`}: this key is unknown`),
    );
  }
  if (issue.code === 'invalid_union') {
    const deeper = issue.errors.map((list) =>
      list.filter((one) => one.path.length > 0 || one.code === 'unrecognized_keys'),
    );
    const nearest = deeper.find((list) => list.length > 0);
    if (nearest !== undefined) return nearest.flatMap((one) => problemsOf(name, file, path, one));
    const reasons = [...new Set(issue.errors.flat().map((one) => one.message))];
    return [problemAt(name, file.place(path), `${at}: ${shown(issue.input)} does not fit: ${reasons.join('; or ')}`)];
  }
  if (issue.input === undefined) return [problemAt(name, file.place(path), `${at}: is missing`)];
  return [problemAt(name, file.place(path), `${at}: ${shown(issue.input)} does not fit: ${issue.message}`)];
}

/** `steps[3].expect.target`. */
export const written = (path: YamlPath): string =>
  path.map((part, index) => (typeof part === 'number' ? `[${part}]` : index === 0 ? part : `.${part}`)).join('');

const shown = (value: unknown): string => {
  if (typeof value === 'object' && value !== null) return Array.isArray(value) ? 'a list' : 'keys with values';
  return `«${String(value)}»`;
};

export const problemAt = (
  file: string,
  { line, column }: { readonly line: number; readonly column: number },
  message: string,
): StoryProblem => ({ file, line, column, message });

/** `stories/joiner/first-day.yaml:12:7: …`, continued lines indented. */
export const formatProblem = ({ file, line, column, message }: StoryProblem): string =>
  `${file}:${line}:${column}: ${message.replaceAll('\n', '\n    ')}`;
