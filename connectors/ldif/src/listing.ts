// Reading a content file: one row or all rows.
import type { ListPage, TargetObject } from '@joinery/connector-kit';
import { comparableName } from '@joinery/ldap-client';
import { isOfType, keyOf, type KnownNames, nameOfEntry, toTargetObject } from './entry.js';
import { damaged } from './failure.js';
import { type LdifRecord, readRecords } from './record.js';
import type { ContentSettings, LdifType } from './settings.js';

const pageSize = 500;

/** All rows in file order. With links by name the file is read twice: first for the names of possible members. */
export async function* listRows(
  settings: ContentSettings,
  type: LdifType,
  signal: AbortSignal,
): AsyncGenerator<ListPage> {
  const known = await knownNames(settings, type, signal);
  let objects: TargetObject[] = [];
  for await (const record of soundRecords(settings, type, signal)) {
    objects.push(toTargetObject(settings.path, record, type, known));
    if (objects.length < pageSize) continue;
    yield { objects };
    objects = [];
  }
  if (objects.length > 0) yield { objects };
}

/** The row of that key or null; reads the whole file, because the key may be there twice. */
export async function readRow(
  settings: ContentSettings,
  type: LdifType,
  key: string,
  signal: AbortSignal,
): Promise<TargetObject | null> {
  const known = await knownNames(settings, type, signal);
  let found: TargetObject | null = null;
  for await (const record of soundRecords(settings, type, signal))
    if (keyOf(settings.path, record, type) === key) found = toTargetObject(settings.path, record, type, known);
  return found;
}

async function* soundRecords(
  settings: ContentSettings,
  type: LdifType,
  signal: AbortSignal,
): AsyncGenerator<LdifRecord> {
  const lines = new Map<string, number>();
  for await (const record of readRecords(settings, signal)) {
    if (!isOfType(settings.path, record, type)) continue;
    const key = keyOf(settings.path, record, type);
    const earlier = lines.get(key);
    if (earlier !== undefined)
      throw damaged(
        settings.path,
        record.line,
        `the key ${JSON.stringify(key)} of ${type.name} stands on line ${earlier} already`,
        'Choose a key that is unique, or correct the entries.',
        'AMBIGUOUS_MATCH',
      );
    lines.set(key, record.line);
    yield record;
  }
}

async function knownNames(settings: ContentSettings, type: LdifType, signal: AbortSignal): Promise<KnownNames> {
  const wanted = new Set(type.links.filter(({ values }) => values === 'dn').map((link) => link.targetObjectType));
  const targets = settings.types.filter(({ name }) => wanted.has(name));
  const known = new Map(targets.map(({ name }) => [name, new Map<string, string>()]));
  if (targets.length === 0) return known;
  for await (const record of readRecords(settings, signal))
    for (const target of targets)
      if (isOfType(settings.path, record, target))
        known
          .get(target.name)
          ?.set(comparableName(nameOfEntry(settings.path, record)), keyOf(settings.path, record, target));
  return known;
}
