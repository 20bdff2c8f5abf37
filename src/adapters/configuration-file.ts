// Configuration files as text with places: reads a folder of YAML, answers values, and says where in which file they stand.
// Owns bytes, YAML syntax and positions; leaves meaning to configuration.ts.
import { readdir, readFile } from 'node:fs/promises';
import { join, relative, sep } from 'node:path';
import {
  type Document,
  isCollection,
  isMap,
  isPair,
  isScalar,
  LineCounter,
  type Node,
  parseDocument,
  type Scalar,
} from 'yaml';

/** Something a person has to correct, and where. Line and column count from 1. */
export interface ConfigurationProblem {
  /** Path of the file inside the folder, with `/`; the folder itself when no file is to blame. */
  readonly file: string;
  readonly line: number;
  readonly column: number;
  /** What is wrong, e.g. `singleRoles[3].category`. Empty where the file itself is. */
  readonly what: string;
  readonly why: string;
  /** What to do next. */
  readonly hint: string;
  /** An expression cannot be understood, or gives something else than is needed. */
  readonly isExpression?: true;
}

export type YamlPath = readonly (string | number)[];

export interface ConfigurationFile {
  readonly name: string;
  /** The whole document as plain data; null when it is empty. */
  readonly value: unknown;
  /** Place of the value at the path, or of the nearest thing around it that exists. `offset` counts within a text. */
  readonly place: (path: YamlPath, offset?: number) => Place;
  /** Place of a key rather than of its value. */
  readonly keyPlace: (path: YamlPath) => Place;
}
export interface Place {
  readonly line: number;
  readonly column: number;
}

export interface FilesRead {
  readonly files: readonly ConfigurationFile[];
  readonly problems: readonly ConfigurationProblem[];
}

/** All `.yaml` and `.yml` files of the folder and below, by name. Files that cannot be read at all become problems. */
export async function readConfigurationFiles(folder: string): Promise<FilesRead> {
  const names = await yamlFilesIn(folder);
  if (names === null)
    return {
      files: [],
      problems: [
        folderProblem(
          folder,
          'the folder cannot be read',
          'Create it, or name another one with JOINERY_CONFIGURATION.',
        ),
      ],
    };
  if (names.length === 0)
    return {
      files: [],
      problems: [folderProblem(folder, 'the folder holds no YAML file', 'Add a file that ends in .yaml.')],
    };
  const read = await Promise.all(names.map(async (name) => parseFile(name, await readFile(join(folder, name)))));
  return { files: read.flatMap((one) => one.file ?? []), problems: read.flatMap((one) => one.problems) };
}

/** The same for files held in memory, by path; what does not end in .yaml or .yml is a problem, not passed over. */
export function readConfigurationTexts(texts: readonly { readonly path: string; readonly text: string }[]): FilesRead {
  if (texts.length === 0)
    return {
      files: [],
      problems: [folderProblem('the files sent', 'there is none', 'Send a file that ends in .yaml.')],
    };
  const read = texts
    .toSorted((a, b) => (a.path < b.path ? -1 : 1))
    .map(({ path, text }) =>
      /\.ya?ml$/i.test(path)
        ? parseFile(path, new TextEncoder().encode(text))
        : {
            file: null,
            problems: [folderProblem(path, 'the file is no YAML file', 'Leave it out, or end it in .yaml.')],
          },
    );
  return { files: read.flatMap((one) => one.file ?? []), problems: read.flatMap((one) => one.problems) };
}

export const folderProblem = (folder: string, why: string, hint: string): ConfigurationProblem => ({
  file: folder,
  line: 1,
  column: 1,
  what: '',
  why,
  hint,
});

async function yamlFilesIn(folder: string): Promise<readonly string[] | null> {
  try {
    const entries = await readdir(folder, { recursive: true, withFileTypes: true });
    return entries
      .filter((entry) => entry.isFile() && /\.ya?ml$/i.test(entry.name))
      .map((entry) => relative(folder, join(entry.parentPath, entry.name)).split(sep).join('/'))
      .sort();
  } catch {
    return null;
  }
}

interface ParsedFile {
  readonly file: ConfigurationFile | null;
  readonly problems: readonly ConfigurationProblem[];
}

/** Exported for callers that hold the bytes already. */
export function parseFile(name: string, bytes: Uint8Array): ParsedFile {
  const text = decode(bytes);
  if (text === null) return { file: null, problems: [encodingProblem(name, bytes)] };
  const lines = new LineCounter();
  const document = parseDocument(text, { lineCounter: lines, prettyErrors: false, uniqueKeys: true, stringKeys: true });
  if (document.errors.length > 0)
    return { file: null, problems: document.errors.map((error) => syntaxProblem(name, error, lines)) };
  return valueOf(name, text, document, lines);
}

function valueOf(name: string, text: string, document: Document, lines: LineCounter): ParsedFile {
  try {
    const placeOf = (position: number): Place => placeAt(lines, position);
    return {
      problems: [],
      file: {
        name,
        value: document.toJS({ maxAliasCount: 100 }) as unknown,
        place: (path, offset) => placeOf(positionOf(document, text, path, offset ?? 0)),
        keyPlace: (path) => placeOf(keyPosition(document, text, path)),
      },
    };
  } catch (error) {
    const why = error instanceof Error ? error.message : String(error);
    return {
      file: null,
      problems: [{ file: name, line: 1, column: 1, what: '', why, hint: 'Write it without so many aliases.' }],
    };
  }
}

function decode(bytes: Uint8Array): string | null {
  try {
    return new TextDecoder('utf-8', { fatal: true }).decode(bytes);
  } catch {
    return null;
  }
}

function encodingProblem(name: string, bytes: Uint8Array): ConfigurationProblem {
  const good = longestGoodPrefix(bytes);
  const before = new TextDecoder().decode(bytes.subarray(0, good)).split('\n');
  return {
    file: name,
    line: before.length,
    column: (before.at(-1) ?? '').length + 1,
    what: '',
    why: 'the file is not valid UTF-8 here',
    hint: 'Save the file with the encoding UTF-8.',
  };
}

/** Bytes before the first that is not UTF-8, line by line so that a big file stays cheap. */
function longestGoodPrefix(bytes: Uint8Array): number {
  let start = 0;
  while (start < bytes.length) {
    const lineEnd = bytes.indexOf(10, start);
    const end = lineEnd < 0 ? bytes.length : lineEnd + 1;
    if (decode(bytes.subarray(start, end)) === null) break;
    start = end;
  }
  let good = start;
  for (let end = start + 1; end <= bytes.length && end - start < 10_000 && bytes[end - 1] !== 10; end += 1) {
    if (decode(bytes.subarray(start, end)) !== null) good = end;
  }
  return good;
}

function syntaxProblem(
  name: string,
  error: { readonly message: string; readonly pos: readonly [number, number] },
  lines: LineCounter,
): ConfigurationProblem {
  return {
    file: name,
    ...placeAt(lines, error.pos[0]),
    what: '',
    why: `this is not YAML: ${error.message}`,
    hint: 'Correct the text at this place.',
  };
}

function placeAt(lines: LineCounter, position: number): Place {
  const { line, col } = lines.linePos(position);
  return { line: Math.max(line, 1), column: Math.max(col, 1) };
}

function positionOf(document: Document, text: string, path: YamlPath, offset: number): number {
  for (let length = path.length; length >= 0; length -= 1) {
    const node = nodeAt(document, path.slice(0, length));
    if (node?.range)
      return length === path.length && isScalar(node) ? inText(node, node.range, text, offset) : node.range[0];
  }
  return 0;
}

function keyPosition(document: Document, text: string, path: YamlPath): number {
  const parent = nodeAt(document, path.slice(0, -1));
  const key = path.at(-1);
  const pair = isMap(parent) ? parent.items.find((item) => isScalar(item.key) && item.key.value === key) : undefined;
  return isPair(pair) && isScalar(pair.key) && pair.key.range ? pair.key.range[0] : positionOf(document, text, path, 0);
}

function nodeAt(document: Document, path: YamlPath): Node | null {
  if (path.length === 0) return document.contents;
  const found: unknown = isCollection(document.contents) ? document.getIn(path, true) : undefined;
  return isScalar(found) || isCollection(found) ? found : null;
}

/** The place of a character of a text value: exact where the file shows the value as it is, else its line, else its start. */
function inText(node: Scalar, range: readonly [number, number, number], text: string, offset: number): number {
  const value = typeof node.value === 'string' ? node.value : '';
  const isQuoted = node.type === 'QUOTE_SINGLE' || node.type === 'QUOTE_DOUBLE';
  const start = range[0] + (isQuoted ? 1 : 0);
  if (text.startsWith(value, start)) return start + Math.min(offset, value.length);
  if (node.type === 'BLOCK_LITERAL') return inBlock(value, range[0], text, offset);
  return range[0];
}

function inBlock(value: string, start: number, text: string, offset: number): number {
  const before = value.slice(0, offset).split('\n');
  let line = text.indexOf('\n', start) + 1;
  for (let step = 1; step < before.length; step += 1) line = text.indexOf('\n', line) + 1;
  // Lines of a block stand in the file as they are, behind the indentation of the block.
  const lineEnd = text.indexOf('\n', line);
  const indent = text
    .slice(line, lineEnd < 0 ? text.length : lineEnd)
    .indexOf(value.split('\n')[before.length - 1] ?? '');
  return line + Math.max(indent, 0) + (before.at(-1) ?? '').length;
}
