// One delta on its way into the domain: what is needed to apply it, and what is checked before anything is sent.
// Owns the errors about places and references that are not there.
import { ConnectorError, type Delta, type MarkSent } from '@joinery/connector-kit';
import { type LdapClient, parentName } from '@joinery/ldap-client';
import type { Catalog, Layout } from './catalog.js';
import { missingReference, type References } from './encoding.js';
import { type Found, isBelow, resolveKeys } from './lookup.js';

/** One delta and what is needed to apply it. */
export interface Work {
  readonly client: LdapClient;
  readonly catalog: Catalog;
  readonly layout: Layout;
  readonly delta: Delta;
  readonly markSent: MarkSent;
  /** A password nobody knows, for accounts made without one. */
  readonly newPassword: () => string;
}

export const operationOf = ({ kind, objectType, key }: Delta): string => `${kind} ${objectType} ${JSON.stringify(key)}`;

/** The objects that values of the delta refer to; throws CONSTRAINT_VIOLATION naming one that is not there. */
export async function referencesOf({ client, catalog, layout, delta }: Work): Promise<References> {
  const references = new Map<string, Found>();
  const users = catalog.layouts.find(({ settings }) => settings.kind === 'user') ?? layout;
  for (const { name, form, isReadOnly } of layout.attributes) {
    const key = delta.set[name];
    if (form !== 'reference' || isReadOnly || typeof key !== 'string') continue;
    const found = (await resolveKeys(client, catalog, users, [key])).get(key);
    if (found === undefined) throw missingReference(delta, name, key);
    references.set(key, found);
  }
  return references;
}

/** Throws when a row of that name would not be among those of its type. */
export function requirePlaceOfType({ settings }: Layout, delta: Delta, name: string): void {
  if (settings.places.length === 0 || settings.places.some((place) => isBelow(name, place))) return;
  throw new ConnectorError({
    code: 'INVALID_VALUE',
    message: `Could not ${operationOf(delta)}: ${parentName(name) ?? name} is none of the places of "${settings.name}".`,
    hint: `Its places are: ${settings.places.join('; ')}.`,
  });
}

/** The error for a place that is not there. */
export function missingPlace(delta: Delta, place: string): ConnectorError {
  return new ConnectorError({
    code: 'CONSTRAINT_VIOLATION',
    message: `Could not ${operationOf(delta)}: the place ${JSON.stringify(place)} does not exist.`,
    hint: 'Make the organisational unit first, or correct the mapping of "place".',
  });
}
