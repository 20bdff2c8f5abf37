// Where connector packages lie on disk: which of ours are installed, and the conformance report beside a package's code.
// Owns finding and reading; loading them is the kit's.
import { readdir, readFile } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { join } from 'node:path';
import type { ConformanceReport } from '../steps/ports/connector-package.js';

const scope = '@joinery';
const prefix = 'connector-';
/** Workspaces of ours that begin alike and are no connectors. */
const others = new Set(['kit']);

/** Folders in which Node would look for a package from here, the nearest first. */
const moduleFolders = (): readonly string[] => createRequire(import.meta.url).resolve.paths(`${scope}/any`) ?? [];

/** Short names, in alphabetical order. What cannot be loaded is among them. */
export async function installedNames(folders: readonly string[] = moduleFolders()): Promise<readonly string[]> {
  const lists = await Promise.all(folders.map((folder) => readdir(join(folder, scope)).catch(() => [])));
  const names = lists
    .flat()
    .filter((name) => name.startsWith(prefix))
    .map((name) => name.slice(prefix.length));
  return [...new Set(names)].filter((name) => !others.has(name)).sort();
}

/** Null when the package has none, or one that is not understood. `modules`: the names it may be installed under. */
export async function conformanceOf(
  modules: readonly string[],
  folders: readonly string[] = moduleFolders(),
): Promise<ConformanceReport | null> {
  for (const module of modules) {
    for (const folder of folders) {
      const report = await fieldsOf(join(folder, module, 'conformance.json'));
      if (report !== null) return reportFrom(report, await fieldsOf(join(folder, module, 'package.json')));
    }
  }
  return null;
}

type Fields = ReadonlyMap<string, unknown>;

async function fieldsOf(path: string): Promise<Fields | null> {
  const text = await readFile(path, 'utf8').catch(() => null);
  const parsed = text === null ? null : parsedJson(text);
  return typeof parsed === 'object' && parsed !== null ? new Map(Object.entries(parsed)) : null;
}

function reportFrom(fields: Fields, manifest: Fields | null): ConformanceReport | null {
  const [passed, failed, skipped] = ['passed', 'failed', 'skipped'].map((name) => countOf(fields.get(name)));
  const date = fields.get('date') ?? fields.get('ranAt');
  const ranAt = new Date(typeof date === 'string' ? date : '');
  if (passed === undefined || failed === undefined || skipped === undefined) return null;
  if (passed < 0 || failed < 0 || skipped < 0 || Number.isNaN(ranAt.getTime())) return null;
  return { kitVersion: kitOf(manifest), passed, failed, skipped, ranAt };
}

/** The kit that the package was made with: its suite is the one that ran. */
function kitOf(manifest: Fields | null): string {
  const dependencies = manifest?.get('dependencies');
  if (typeof dependencies !== 'object' || dependencies === null) return 'unknown';
  const version = new Map<string, unknown>(Object.entries(dependencies)).get(`${scope}/${prefix}kit`);
  return typeof version === 'string' ? version : 'unknown';
}

/** A number, or a list of what is counted; -1: neither. */
function countOf(value: unknown): number {
  if (Array.isArray(value)) return value.length;
  return typeof value === 'number' && Number.isInteger(value) ? value : -1;
}

function parsedJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return null;
  }
}
