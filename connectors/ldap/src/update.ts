// Changes an entry that is there: attributes and members in one request, then its name and place, then its password.
// Owns what differs; only that is sent.
import { type ApplyOutcome, ConnectorError, type ScalarValue } from '@joinery/connector-kit';
import {
  bytesOf,
  comparableName,
  isWithin,
  type LdapChange,
  type LdapEntry,
  parentName,
  rdnOf,
  rdnText,
} from '@joinery/ldap-client';
import { memberPlace } from './directory.js';
import type { PlacedAttribute } from './layout.js';
import { findEntry } from './listing.js';
import { keyAttributes, memberValue } from './member.js';
import { inverted, type MemberChange, type Modified, modifyEntry, portions } from './membership.js';
import { othersSteps } from './other-side.js';
import { keyOf, valueOf } from './row.js';
import { runSteps, type Step } from './step.js';
import { isSameValue, toValues } from './value.js';
import {
  type Job,
  membersIn,
  type NamedMembers,
  namedMembers,
  notFound,
  passwordOf,
  passwordStep,
  withRole,
} from './job.js';

export async function updateEntry(job: Job): Promise<ApplyOutcome> {
  const { client, layout, delta } = job;
  const [entry, members] = await Promise.all([
    findEntry(client, layout, delta.key, attributesOf(job)),
    namedMembers(job),
  ]);
  if (entry === null) return notFound(delta);
  const moved = movedName(job, entry);
  const dn = moved?.dn ?? entry.dn;
  const password = passwordOf(job);
  const steps = [
    ...modifySteps(job, entry, members),
    ...(moved === null ? [] : [moveStep(job, entry.dn, moved)]),
    ...othersSteps(job, dn, members, entry),
    ...(password === null ? [] : [passwordStep(job, dn, password)]),
  ];
  job.markSent();
  const hasChanged = await runSteps(steps, job.operation);
  return { kind: hasChanged ? 'applied' : 'alreadySo', key: keyOf(layout, entry) ?? delta.key };
}

/** What has to be known of the entry: which it is, and what may change. */
function attributesOf({ layout, delta }: Job): readonly string[] {
  const changing = layout.attributes.filter(
    ({ name, attribute, isWriteOnly }) => attribute !== '' && !isWriteOnly && Object.hasOwn(delta.set, name),
  );
  return [...keyAttributes(layout), ...changing.map(({ attribute }) => attribute)];
}

function modifySteps(job: Job, entry: LdapEntry, named: NamedMembers): readonly Step[] {
  const [first = [], ...further] = portions(memberChanges(job, named));
  const changes = attributeChanges(job, entry);
  return [
    ...(changes.length + first.length === 0 ? [] : [modifyStep(job, entry, changes, first)]),
    ...further.map((portion) => modifyStep(job, entry, [], portion)),
  ];
}

function attributeChanges({ layout, delta }: Job, entry: LdapEntry): readonly LdapChange[] {
  return layout.attributes
    .filter(({ role, name }) => (role === 'plain' || role === 'disabling') && Object.hasOwn(delta.set, name))
    .map((attribute) => ({ attribute, value: delta.set[attribute.name] ?? null }))
    .filter(({ attribute, value }) => !isAsWished(attribute, value, entry))
    .map(({ attribute, value }) => ({
      operation: 'replace',
      attribute: attribute.attribute,
      values: toValues(attribute, value),
    }));
}

function isAsWished(attribute: PlacedAttribute, value: ScalarValue, entry: LdapEntry): boolean {
  return !attribute.isWriteOnly && isSameValue(attribute, value, bytesOf(entry, attribute.attribute));
}

function memberChanges({ layout, directory, delta }: Job, named: NamedMembers): readonly MemberChange[] {
  return layout.setting.links
    .filter(({ side }) => side === 'own')
    .map((link) => {
      const valuesOf = (keys: readonly string[] | undefined): readonly string[] =>
        membersIn(named, link.name, keys).flatMap((member) => memberValue(memberPlace(directory, link), member) ?? []);
      return {
        link,
        add: valuesOf(delta.add[link.name]),
        remove: valuesOf(delta.remove[link.name]),
        placeholder: layout.setting.placeholderMember,
      };
    })
    .filter(({ add, remove }) => add.length + remove.length > 0);
}

function modifyStep(
  { client }: Job,
  entry: LdapEntry,
  changes: readonly LdapChange[],
  members: readonly MemberChange[],
): Step {
  let modified: Modified = { hasChanged: false, members: [] };
  const before = changes.map(({ attribute }) => ({
    operation: 'replace' as const,
    attribute,
    values: bytesOf(entry, attribute),
  }));
  return {
    run: async () => {
      modified = await modifyEntry(client, entry.dn, changes, members);
      return modified.hasChanged;
    },
    undo: async () => void (await modifyEntry(client, entry.dn, before, modified.members.map(inverted))),
  };
}

interface NewName {
  readonly dn: string;
  readonly rdn: string;
  /** null: it stays where it is. */
  readonly place: string | null;
}

function movedName({ layout, delta }: Job, entry: LdapEntry): NewName | null {
  const wished = (role: 'name' | 'place'): string | null => {
    const attribute = withRole(layout, role);
    const value = attribute === undefined ? undefined : delta.set[attribute.name];
    if (attribute === undefined || value === undefined || value === null) return null;
    const present = String(valueOf(layout, attribute, entry, ''));
    const isSame = role === 'place' ? comparableName(present) === comparableName(String(value)) : present === value;
    return isSame ? null : String(value);
  };
  const [name, place] = [wished('name'), wished('place')];
  if (name === null && place === null) return null;
  if (place !== null) refuseForeignPlace({ layout, delta }, place);
  const rdn = name === null ? rdnOf(entry.dn) : rdnText(layout.setting.rdnAttribute, name);
  return { dn: `${rdn},${place ?? parentName(entry.dn) ?? ''}`, rdn, place };
}

function refuseForeignPlace({ layout: { setting }, delta }: Pick<Job, 'layout' | 'delta'>, place: string): void {
  const isOwn = (own: string): boolean =>
    setting.scope === 'one' ? comparableName(own) === comparableName(place) : isWithin(place, own);
  if (setting.places.some(isOwn)) return;
  throw new ConnectorError({
    code: 'INVALID_VALUE',
    message: `Could not move ${delta.objectType} ${JSON.stringify(delta.key)}: "${place}" is no place of this object type.`,
    hint: `Its places are ${setting.places.join(' and ')}.`,
  });
}

function moveStep({ client }: Job, from: string, { dn, rdn, place }: NewName): Step {
  return {
    run: async () => {
      await client.rename(from, rdn, place);
      return true;
    },
    undo: () => client.rename(dn, rdnOf(from), place === null ? null : parentName(from)),
  };
}
