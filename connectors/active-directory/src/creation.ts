// Makes a row. Owns that an account never exists enabled without a password, and that a creation sent twice makes one row
// and finishes what the first had begun.
import { type ApplyOutcome, ConnectorError, type Delta, refusal } from '@joinery/connector-kit';
import {
  childName,
  extendedNames,
  isLdapResult,
  type LdapEntry,
  type LdapValue,
  parentName,
  parseName,
  present,
} from '@joinery/ldap-client';
import { differing, newValues, passwordValue } from './encoding.js';
import { existingName, findHolder, findRow, type Found } from './lookup.js';
import { type LinkChange, linkSteps, plannedLinks } from './member.js';
import { dnOf, guidOf, wantedForChange } from './row.js';
import { runSteps, type Step } from './step.js';
import { missingPlace, operationOf, referencesOf, requirePlaceOfType, type Work } from './work.js';

const enabledAccount = '512';
const globalSecurityGroup = '-2147483646';

/** `entry`: the row of that name, when there is one already. */
export async function createRow(work: Work, entry: LdapEntry | null): Promise<ApplyOutcome> {
  if (entry !== null) return finish(work, entry);
  const { client, catalog, layout, delta, markSent } = work;
  const name = nameOf(work);
  if (name === null) return refusal(delta, 'INVALID_VALUE', placeProblem(work));
  requirePlaceOfType(layout, delta, name);
  const attributes = await attributesOf(work);
  const links = await plannedLinks(work, delta, null, null);
  markSent();
  try {
    await client.add(name, attributes);
  } catch (error) {
    if (isLdapResult(error, 32)) throw await absentPlace(work, name, error);
    if (!isLdapResult(error, 68)) throw error;
    const now = await findRow(client, catalog, layout, delta.key, wantedForChange(layout));
    return now === null ? taken(work, name) : finish(work, now);
  }
  const made = await madeEntry(work, name);
  return link(work, made, links, [async () => true]);
}

function placeProblem({ layout }: Work): string {
  return layout.traits.nameAttribute === 'distinguishedName'
    ? 'the name of an organisational unit is its distinguished name'
    : 'it says no "place", and the settings have no "defaultPlace"';
}

function nameOf({ layout, delta }: Work): string | null {
  const { traits, settings } = layout;
  if (traits.nameAttribute === 'distinguishedName') return (parseName(delta.key)?.length ?? 0) > 1 ? delta.key : null;
  const place = delta.set.place ?? settings.defaultPlace;
  const own = delta.set[traits.rdnAttribute] ?? delta.key;
  return typeof place === 'string' ? childName(traits.rdnAttribute.toUpperCase(), String(own), place) : null;
}

/** All in one request, so that there is no instant at which the account is there without its password. */
async function attributesOf(work: Work): Promise<Readonly<Record<string, readonly LdapValue[]>>> {
  const { layout, delta, newPassword } = work;
  const references = await referencesOf(work);
  const values = newValues(delta, differing(layout, delta, null, references), null, references);
  const { kind } = layout.settings;
  return {
    objectClass: layout.traits.objectClasses,
    ...(kind === 'container' ? {} : { sAMAccountName: [delta.key] }),
    ...(kind === 'user' ? { userAccountControl: [enabledAccount], unicodePwd: [passwordValue(newPassword())] } : {}),
    ...(kind === 'group' ? { groupType: [globalSecurityGroup] } : {}),
    ...Object.fromEntries(values),
  };
}

async function absentPlace({ client, delta }: Work, name: string, error: unknown): Promise<unknown> {
  const place = parentName(name) ?? '';
  return (await existingName(client, place)) ? error : missingPlace(delta, place);
}

async function taken({ client, catalog, delta }: Work, name: string): Promise<ApplyOutcome> {
  const holder = await findHolder(client, catalog, delta.key, name);
  return refusal(delta, 'ALREADY_EXISTS', `another object has its account name or its place: ${holder ?? name}`);
}

async function madeEntry({ client, delta }: Work, name: string): Promise<LdapEntry> {
  const search = { base: name, scope: 'base', filter: present('objectClass'), attributes: ['1.1'] } as const;
  const { entries } = await client.search({ ...search, controls: [extendedNames()] });
  const [made] = entries;
  if (made !== undefined) return made;
  throw new ConnectorError({
    code: 'OUTCOME_UNKNOWN',
    message: `Could not ${operationOf(delta)}: ${name} was made, but cannot be read.`,
    hint: 'Let the service account read there; or somebody has deleted it at once.',
  });
}

/** Compares what is there with the delta and adds the memberships that are missing. */
async function finish(work: Work, entry: LdapEntry): Promise<ApplyOutcome> {
  if (await differs(work, entry)) return refusal(work.delta, 'ALREADY_EXISTS', 'it exists with other values');
  const row = { guid: guidOf(entry), dn: dnOf(entry) };
  return link(work, entry, await plannedLinks(work, additionsOf(work.delta), entry, row), []);
}

async function link(
  work: Work,
  entry: LdapEntry,
  links: readonly LinkChange[],
  before: readonly Step[],
): Promise<ApplyOutcome> {
  const row: Found = { guid: guidOf(entry), dn: dnOf(entry) };
  const steps = links.flatMap((change) => linkSteps(work, row, change));
  if (steps.length > 0) work.markSent();
  const changed = await runSteps([...before, ...steps], operationOf(work.delta));
  return { kind: changed > 0 ? 'applied' : 'alreadySo', key: row.guid };
}

const additionsOf = (delta: Delta): Delta => ({ ...delta, remove: {} });

// A password cannot be compared; whoever repeats a creation does not mean another one.
async function differs(work: Work, entry: LdapEntry): Promise<boolean> {
  const found = differing(work.layout, work.delta, entry, await referencesOf(work));
  return found.some(({ form }) => form !== 'password');
}
