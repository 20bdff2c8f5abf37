// Creates an entry: one request where the server answers it with the new key, and whole or not at all.
// Owns names and places of new entries, and what an entry that is there already means.
import { type ApplyOutcome, ConnectorError, refusal } from '@joinery/connector-kit';
import {
  bytesOf,
  childName,
  comparableName,
  isLdapResult,
  isWithin,
  type LdapEntry,
  type LdapValue,
  parentName,
  parseName,
  postRead,
} from '@joinery/ldap-client';
import { isSameName } from './layout.js';
import { entryOfType, findEntry, rowAttributes, toRows } from './listing.js';
import { keyAttributes, memberValue } from './member.js';
import { memberPlace } from './directory.js';
import { othersSteps } from './other-side.js';
import { isMeant, keyOf, valueOf } from './row.js';
import { runSteps, type Step } from './step.js';
import { isSameValue, toValues } from './value.js';
import {
  type Job,
  membersIn,
  type NamedMembers,
  namedMembers,
  passwordOf,
  passwordStep,
  usesPasswordOperation,
  withRole,
} from './job.js';

export async function createEntry(job: Job): Promise<ApplyOutcome> {
  const dn = newName(job);
  const [existing, members] = await Promise.all([entryOfThatName(job), namedMembers(job)]);
  if (existing !== null) return compareExisting(job, existing, members);
  const attributes = newAttributes(job, dn, members);
  const created: { key: string | null } = { key: null };
  job.markSent();
  try {
    await runSteps([addStep(job, dn, attributes, created), ...laterSteps(job, dn, members)], job.operation);
  } catch (error) {
    if (!isLdapResult(error, 68)) throw error;
    const found = await entryOfType(job.client, job.layout, dn, rowAttributes(job.layout));
    return found === null
      ? refusal(job.delta, 'ALREADY_EXISTS', 'an entry of another kind has its name')
      : compareExisting(job, found, members);
  }
  return { kind: 'applied', key: created.key ?? (await givenKey(job, dn)) };
}

function newName({ layout, delta }: Job): string {
  const { key, rdnAttribute, places, scope } = layout.setting;
  const placeName = withRole(layout, 'place')?.name;
  const wished = placeName === undefined ? null : (delta.set[placeName] ?? null);
  if (wished === null && key !== 'dn') return childName(rdnAttribute, nameOfNew({ layout, delta }), places[0] ?? '');
  const dn =
    key === 'dn' ? delta.key : childName(rdnAttribute, nameOfNew({ layout, delta }), String(wished ?? places[0] ?? ''));
  const parent = parentName(dn);
  const isInPlace = places.some((place) =>
    scope === 'one' ? comparableName(parent ?? '') === comparableName(place) : isWithin(parent ?? '', place),
  );
  if (parseName(dn) !== null && parent !== null && isInPlace) return dn;
  throw new ConnectorError({
    code: 'INVALID_VALUE',
    message: `Could not create ${delta.objectType} ${JSON.stringify(delta.key)}: "${parent ?? dn}" is no place of this object type.`,
    hint: `Its places are ${places.join(' and ')}.`,
  });
}

function nameOfNew({ layout, delta }: Pick<Job, 'layout' | 'delta'>): string {
  const { key, rdnAttribute } = layout.setting;
  if (key === 'entryUUID' || isSameName(key, rdnAttribute)) return delta.key;
  return String(delta.set[withRole(layout, 'name')?.name ?? ''] ?? '');
}

// Where entries can be at several places, the name may be taken at another one.
async function entryOfThatName({ client, layout, delta }: Job): Promise<LdapEntry | null> {
  const { scope, places, key } = layout.setting;
  if (key === 'dn' || (scope === 'one' && places.length === 1)) return null;
  const found = await findEntry(client, layout, delta.key, keyAttributes(layout));
  // Nearly always there is none: everything about it is asked for only when there is.
  return found === null ? null : findEntry(client, layout, delta.key, rowAttributes(layout));
}

function newAttributes(job: Job, dn: string, members: NamedMembers): Readonly<Record<string, readonly LdapValue[]>> {
  const { layout, delta } = job;
  const { key, objectClasses, password } = layout.setting;
  const values = layout.attributes
    .filter(({ role, name }) => (role === 'plain' || role === 'disabling') && Object.hasOwn(delta.set, name))
    .map((attribute) => [attribute.attribute, toValues(attribute, delta.set[attribute.name] ?? null)] as const);
  const naming = (parseName(dn)?.[0] ?? []).map(({ attribute, value }) => [attribute, [value]] as const);
  const own = key === 'dn' || key === 'entryUUID' ? [] : [[key, [delta.key]] as const];
  const secret = usesPasswordOperation(job) ? null : passwordOf(job);
  const all = [
    ['objectClass', objectClasses] as const,
    ...values,
    ...own,
    ...naming,
    ...(secret === null || password === null ? [] : [[password.attribute, [secret]] as const]),
    ...newMembers(job, members),
  ];
  return Object.fromEntries(all.filter(([, some]) => some.length > 0));
}

function newMembers(
  { layout, directory, delta }: Job,
  named: NamedMembers,
): readonly (readonly [string, readonly LdapValue[]])[] {
  const { links, placeholderMember } = layout.setting;
  const [first] = layout.memberAttributes;
  const added = links
    .filter(({ side }) => side === 'own')
    .map((link) => {
      const members = membersIn(named, link.name, delta.add[link.name]);
      return [
        link.attribute,
        members.flatMap((member) => memberValue(memberPlace(directory, link), member) ?? []),
      ] as const;
    });
  if (placeholderMember === null || first === undefined) return added;
  const others = added.find(([attribute]) => attribute === first)?.[1] ?? [];
  return [...added, [first, [placeholderMember, ...others]]];
}

function addStep(
  { client, layout, directory }: Job,
  dn: string,
  attributes: Readonly<Record<string, readonly LdapValue[]>>,
  created: { key: string | null },
): Step {
  return {
    run: async () => {
      const after = directory.facts.hasPostRead ? postRead(keyAttributes(layout)) : null;
      await client.add(dn, attributes, after === null ? [] : [after.control]);
      const entry = after?.entry() ?? null;
      created.key = entry === null ? null : keyOf(layout, entry);
      return true;
    },
    undo: () => client.remove(dn),
  };
}

function laterSteps(job: Job, dn: string, members: NamedMembers): readonly Step[] {
  const password = usesPasswordOperation(job) ? passwordOf(job) : null;
  return [...(password === null ? [] : [passwordStep(job, dn, password)]), ...othersSteps(job, dn, members)];
}

async function givenKey({ client, layout, delta }: Job, dn: string): Promise<string> {
  if (layout.setting.key !== 'entryUUID' && layout.setting.key !== 'dn') return delta.key;
  const entry = await entryOfType(client, layout, dn, layout.requested);
  // An entry its own object type does not match is of no use to anybody: the filter of the settings excludes it.
  return (entry === null ? null : keyOf(layout, entry)) ?? delta.key;
}

async function compareExisting(job: Job, entry: LdapEntry, members: NamedMembers): Promise<ApplyOutcome> {
  const { delta, layout } = job;
  const key = keyOf(layout, entry) ?? delta.key;
  const isEqual =
    isMeant(layout, entry, delta.key) &&
    hasValues(job, entry, key) &&
    (await hasMembers(job, entry, members)) &&
    (await hasPassword(job, entry));
  return isEqual ? { kind: 'alreadySo', key } : refusal(delta, 'ALREADY_EXISTS', 'it exists with other values');
}

function hasValues({ layout, delta }: Job, entry: LdapEntry, key: string): boolean {
  return layout.attributes
    .filter(({ name, isWriteOnly }) => !isWriteOnly && Object.hasOwn(delta.set, name))
    .every((attribute) => {
      const value = delta.set[attribute.name] ?? null;
      if (attribute.role === 'plain') return isSameValue(attribute, value, bytesOf(entry, attribute.attribute));
      const present = valueOf(layout, attribute, entry, key);
      if (attribute.role === 'place')
        return value === null || comparableName(String(value)) === comparableName(String(present));
      return value === present;
    });
}

async function hasMembers(
  { client, directory, layout, delta }: Job,
  entry: LdapEntry,
  named: NamedMembers,
): Promise<boolean> {
  if (Object.values(delta.add).every((keys) => keys.length === 0)) return true;
  const [row] = await toRows(client, directory, layout, [entry]);
  return layout.setting.links.every(({ name }) =>
    membersIn(named, name, delta.add[name]).every(({ key }) => row?.links[name]?.includes(key) === true),
  );
}

// A disabled account lets nobody in, whatever its password: then the password is taken for the same.
async function hasPassword(job: Job, entry: LdapEntry): Promise<boolean> {
  const password = passwordOf(job);
  const { disabling } = job.layout.setting;
  if (password === null) return true;
  if (
    disabling !== null &&
    bytesOf(entry, disabling.attribute).some((value) => String(value) === disabling.disabledValue)
  )
    return true;
  return job.accepts(entry.dn, password);
}
