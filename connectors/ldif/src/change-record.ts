// A delta as an LDIF change record (RFC 2849), for ldapmodify, slapmodify and every directory's import.
// Owns names of entries, base64 and folding; where the record goes is the session's.
import { type ApplyOutcome, type Delta, refusal, type ScalarValue } from '@joinery/connector-kit';
import { childName } from '@joinery/ldap-client';
import { directoryText } from './entry.js';
import type { ChangeSettings, LdifType } from './settings.js';

type Refused = Extract<ApplyOutcome, { readonly kind: 'refused' }>;

/** Columns of a line, its leading blank included. */
const lineWidth = 76;

/** The record without its comment, or the refusal when nothing would be left to write. */
export function changeRecordOf(delta: Delta, type: LdifType, settings: ChangeSettings): string | Refused {
  const withheld = Object.keys(delta.set).filter((name) => isWithheld(name, type, settings));
  const lines = [attributeLine('dn', entryName(type, delta.key)), `changetype: ${changeTypes[delta.kind]}`];
  if (delta.kind === 'delete') return textOf(lines);
  const body = delta.kind === 'create' ? additionOf(delta, type, settings) : modificationOf(delta, type, settings);
  if (body.length === 0) return refused(delta, withheld);
  return textOf([...lines, ...body]);
}

const changeTypes: Readonly<Record<Delta['kind'], string>> = { create: 'add', update: 'modify', delete: 'delete' };

function refused(delta: Delta, withheld: readonly string[]): Refused {
  const isWithholding = withheld.length > 0;
  const outcome = isWithholding
    ? refusal(delta, 'CAPABILITY_MISSING', `the settings write no ${withheld.join(', ')}`)
    : refusal(delta, 'INVALID_VALUE', 'there is nothing to change');
  const failure = 'failure' in outcome ? outcome.failure : { code: 'INVALID_VALUE' as const, message: '' };
  const hint = isWithholding ? 'Set "includeWriteOnly" if the file may hold it in clear.' : 'Correct the mapping.';
  return { kind: 'refused', failure: { ...failure, hint } };
}

function additionOf(delta: Delta, type: LdifType, settings: ChangeSettings): readonly string[] {
  return [
    ...type.objectClasses.map((name) => attributeLine('objectClass', name)),
    attributeLine(type.key, delta.key),
    ...valuesOf(delta, type, settings).flatMap(({ attribute, text }) =>
      text === null ? [] : [attributeLine(attribute, text)],
    ),
    ...type.links.flatMap((link) =>
      (delta.add[link.name] ?? []).map((member) =>
        attributeLine(link.attribute, memberText(type, settings, link.name, member)),
      ),
    ),
  ];
}

// A replacement by nothing takes the attribute away and does not mind when there is none.
function modificationOf(delta: Delta, type: LdifType, settings: ChangeSettings): readonly string[] {
  const replaced = valuesOf(delta, type, settings).flatMap(({ attribute, text }) => [
    `replace: ${attribute}`,
    ...(text === null ? [] : [attributeLine(attribute, text)]),
    '-',
  ]);
  const linked = type.links.flatMap((link) => [
    ...memberLines('delete', link.attribute, membersOf(delta.remove, type, settings, link.name)),
    ...memberLines('add', link.attribute, membersOf(delta.add, type, settings, link.name)),
  ]);
  return [...replaced, ...linked];
}

function memberLines(act: 'add' | 'delete', attribute: string, members: readonly string[]): readonly string[] {
  if (members.length === 0) return [];
  return [`${act}: ${attribute}`, ...members.map((member) => attributeLine(attribute, member)), '-'];
}

function membersOf(members: Delta['add'], type: LdifType, settings: ChangeSettings, link: string): readonly string[] {
  return (members[link] ?? []).map((member) => memberText(type, settings, link, member));
}

function memberText(type: LdifType, settings: ChangeSettings, link: string, member: string): string {
  const found = type.links.find(({ name }) => name === link);
  const target = settings.types.find(({ name }) => name === found?.targetObjectType);
  return found?.values === 'key' || target === undefined ? member : entryName(target, member);
}

/** A new entry is named by its key; so is every other that was made here. */
const entryName = (type: LdifType, key: string): string => childName(type.key, key, type.base ?? '');

interface Value {
  readonly attribute: string;
  readonly text: string | null;
}

function valuesOf(delta: Delta, type: LdifType, settings: ChangeSettings): readonly Value[] {
  return type.attributes.flatMap(({ attribute, description }) => {
    if (!Object.hasOwn(delta.set, description.name) || isWithheld(description.name, type, settings)) return [];
    const value: ScalarValue = delta.set[description.name] ?? null;
    // A directory holds no empty text.
    return [{ attribute, text: value === null || value === '' ? null : directoryText(description.type, value) }];
  });
}

function isWithheld(name: string, type: LdifType, { includesWriteOnly }: ChangeSettings): boolean {
  const attribute = type.attributes.find(({ description }) => description.name === name);
  return !includesWriteOnly && attribute?.description.isWriteOnly === true;
}

/** `name: value`, in base64 where plain text would be read as something else. */
export function attributeLine(name: string, value: string): string {
  const isSafe = /^(?![ :<])[ -~]*$/.test(value) && !value.endsWith(' ');
  return folded(isSafe ? `${name}: ${value}` : `${name}:: ${Buffer.from(value).toString('base64')}`);
}

function folded(line: string): string {
  const parts = [line.slice(0, lineWidth)];
  for (let at = lineWidth; at < line.length; at += lineWidth - 1) parts.push(line.slice(at, at + lineWidth - 1));
  return parts.join('\n ');
}

const textOf = (lines: readonly string[]): string => `${lines.join('\n')}\n`;
