// Applies one delta: look, compare, then write what is missing. Owns the order of the steps of each kind of change.
import { type ApplyOutcome, ConnectorError, type Delta, deltaRefusal, refusal } from '@joinery/connector-kit';
import {
  comparableName,
  flagControl,
  isLdapResult,
  type LdapChange,
  type LdapEntry,
  parentName,
  rdnOf,
  rdnText,
} from '@joinery/ldap-client';
import type { AdAttribute } from './attribute.js';
import { createRow } from './creation.js';
import { differing, newValues, valueProblem } from './encoding.js';
import { guidName } from './identifier.js';
import { existingName, findRow, type Found } from './lookup.js';
import { linkSteps, plannedLinks } from './member.js';
import { neverHadPassword } from './password-history.js';
import { dnOf, guidOf, wantedForChange } from './row.js';
import { runSteps, type Step } from './step.js';
import { missingPlace, operationOf, referencesOf, requirePlaceOfType, type Work } from './work.js';

/** Deletes what is beneath as well. */
const treeDelete = '1.2.840.113556.1.4.805';

/** The outcome; throws what the directory or the network says. */
export async function applyDelta(work: Work): Promise<ApplyOutcome> {
  const { delta, layout } = work;
  const problem = deltaRefusal(delta, layout.type);
  if (problem !== null) return { kind: 'refused', failure: problem };
  const values = delta.kind === 'delete' ? null : valueProblem(layout, delta);
  if (values !== null) return refusal(delta, 'INVALID_VALUE', values);
  try {
    return await changeRow(work);
  } catch (error) {
    if (error instanceof ConnectorError && error.failure.code === 'OUTCOME_UNKNOWN')
      return { kind: 'unknown', failure: error.failure };
    throw error;
  }
}

async function changeRow(work: Work): Promise<ApplyOutcome> {
  const { client, catalog, layout, delta } = work;
  const entry = await findRow(client, catalog, layout, delta.key, wantedForChange(layout));
  switch (delta.kind) {
    case 'create':
      return createRow(work, entry);
    case 'update':
      return entry === null ? refusal(delta, 'NOT_FOUND', 'it does not exist') : updateRow(work, entry);
    case 'delete':
      return entry === null ? { kind: 'alreadySo', key: delta.key } : deleteRow(work, entry);
    default:
      return delta.kind satisfies never;
  }
}

async function updateRow(work: Work, entry: LdapEntry): Promise<ApplyOutcome> {
  const { client, layout, delta } = work;
  const row = { guid: guidOf(entry), dn: dnOf(entry) };
  const references = await referencesOf(work);
  const attributes = differing(layout, delta, entry, references);
  if (isEnabledAlone(attributes, delta) && (await neverHadPassword(client, row.guid)))
    return refusal(
      delta,
      'CONSTRAINT_VIOLATION',
      'it has no password, so it is not enabled; set one in the same change',
    );
  const name = newName(work, row);
  if (name !== null) await requireFree(work, name, row);
  const links = await plannedLinks(work, delta, entry, row);
  const values = newValues(delta, attributes, entry, references);
  const steps: readonly Step[] = [
    ...(values.size === 0 ? [] : [done(() => client.modify(guidName(row.guid), [...values].map(toChange)))]),
    ...links.flatMap((change) => linkSteps(work, row, change)),
    ...(name === null ? [] : [done(() => client.rename(guidName(row.guid), rdnOf(name), parentName(name)))]),
  ];
  if (steps.length > 0) work.markSent();
  const changed = await runSteps(steps, operationOf(delta));
  return { kind: changed > 0 ? 'applied' : 'alreadySo', key: row.guid };
}

// Microsoft's controllers look for a password themselves once bit 32 is gone; Samba's do not.
const isEnabledAlone = (attributes: readonly AdAttribute[], { set }: Delta): boolean =>
  set.enabled === true &&
  attributes.some(({ form }) => form === 'enabled') &&
  !attributes.some(({ form }) => form === 'password');

function done(send: () => Promise<void>): Step {
  return async () => {
    await send();
    return true;
  };
}

function toChange([attribute, values]: readonly [string, LdapChange['values']]): LdapChange {
  return { operation: 'replace', attribute, values };
}

/** The name the row gets by the delta; null when it keeps its own. */
function newName({ layout, delta }: Work, { dn }: Found): string | null {
  const { rdnAttribute } = layout.traits;
  const [rdn, place, whole] = [delta.set[rdnAttribute], delta.set.place, delta.set.distinguishedName];
  const isWhole = typeof whole === 'string' && layout.traits.nameAttribute === 'distinguishedName';
  const before = isWhole ? whole : dn;
  const own = typeof rdn === 'string' ? rdnText(rdnAttribute.toUpperCase(), rdn) : rdnOf(before);
  const after = `${own},${typeof place === 'string' ? place : (parentName(before) ?? '')}`;
  // A change of case alone is a change of the name, but not of the place.
  const isSame = comparableName(after) === comparableName(dn) && (typeof rdn !== 'string' || sameRdn(own, rdnOf(dn)));
  return isSame ? null : after;
}

function sameRdn(wanted: string, present: string): boolean {
  return (
    wanted.slice(wanted.indexOf('=') + 1) === present.slice(present.indexOf('=') + 1) ||
    comparableForm(wanted) === comparableForm(present)
  );
}

// Servers escape differently; compared without escapes, but with case.
function comparableForm(rdn: string): string {
  return rdn
    .slice(rdn.indexOf('=') + 1)
    .replaceAll(/\\([0-9a-f]{2})|\\(.)/gi, (_all, hex: string | undefined, plain: string | undefined) =>
      hex === undefined ? (plain ?? '') : String.fromCharCode(Number.parseInt(hex, 16)),
    );
}

// Renaming is the last step: what would keep it from working is found before the first.
async function requireFree({ client, layout, delta }: Work, name: string, row: Found): Promise<void> {
  const place = parentName(name) ?? '';
  requirePlaceOfType(layout, delta, name);
  if (!(await existingName(client, place))) throw missingPlace(delta, place);
  if (comparableName(name) !== comparableName(row.dn) && (await existingName(client, name)))
    throw new ConnectorError({
      code: 'ALREADY_EXISTS',
      message: `Could not ${operationOf(delta)}: another object is called ${name}.`,
      hint: 'Give it another name, or rename the other one.',
    });
}

async function deleteRow({ client, layout, delta, markSent }: Work, entry: LdapEntry): Promise<ApplyOutcome> {
  const guid = guidOf(entry);
  markSent();
  try {
    await client.remove(guidName(guid), layout.settings.deletesTree ? [flagControl(treeDelete, true)] : []);
  } catch (error) {
    // Somebody else has deleted it since it was looked at.
    if (isLdapResult(error, 32)) return { kind: 'alreadySo', key: delta.key };
    throw error;
  }
  return { kind: 'applied', key: guid };
}
