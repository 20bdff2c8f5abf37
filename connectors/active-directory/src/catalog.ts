// What the domain says about itself, fitted to the settings: naming contexts, attributes and links of each object type.
// Owns the errors about places and attributes that are not as the settings say.
import { ConnectorError, type ObjectTypeDescription } from '@joinery/connector-kit';
import {
  allOf,
  type Filter,
  isLdapResult,
  isWithin,
  type LdapClient,
  parseFilter,
  present,
  textOf,
} from '@joinery/ldap-client';
import { type AdAttribute, typeOfForm } from './attribute.js';
import { kindOf, type KindTraits } from './kind.js';
import { attributeOf, readSchema, type Schema, type SchemaAttribute } from './schema.js';
import type { AdLink, AdObjectType, AdSettings } from './settings.js';

/** A link with the attributes behind it. */
export interface LinkLayout {
  readonly link: AdLink;
  /** The attribute that is written, on the row itself or, for a back link, on the other one. */
  readonly forward: string;
  /** The attribute the directory keeps on the other side; null when there is none. */
  readonly back: string | null;
  readonly isBack: boolean;
  /** Whether the attribute that is written holds many values. */
  readonly isMulti: boolean;
  /** For `member`, whose values are users and groups alike: which of them the link means. */
  readonly telling: 'groups' | 'others' | null;
}

/** An object type with everything requests need. */
export interface Layout {
  readonly settings: AdObjectType;
  readonly traits: KindTraits;
  readonly type: ObjectTypeDescription;
  readonly attributes: readonly AdAttribute[];
  readonly links: readonly LinkLayout[];
  /** What its rows pass, places aside. */
  readonly filter: Filter;
  /** Attributes of the directory to ask for, links aside. */
  readonly wanted: readonly string[];
}

export interface Catalog {
  readonly namingContext: string;
  /** The controller: numbers of changes mean something on it alone. */
  readonly server: string;
  /** Samba differs from Microsoft's controllers in a few things. */
  readonly isSamba: boolean;
  readonly layouts: readonly Layout[];
}

/** Asks the domain; throws INVALID_VALUE naming the place or attribute that does not fit. */
export async function readCatalog(settings: AdSettings, client: LdapClient): Promise<Catalog> {
  const root = await rootOf(client);
  const schema = await readSchema(client, root.schema, namesIn(settings));
  const layouts = settings.objectTypes.map((type) => layoutOf(type, settings, schema));
  for (const type of settings.objectTypes)
    for (const place of new Set([...type.places, ...(type.defaultPlace === null ? [] : [type.defaultPlace])]))
      await requirePlace(client, root.domain, type, place);
  return { namingContext: root.domain, server: root.server, isSamba: root.vendor.includes('Samba'), layouts };
}

interface Root {
  readonly domain: string;
  readonly schema: string;
  readonly server: string;
  /** Empty on Microsoft's controllers. */
  readonly vendor: string;
}

async function rootOf(client: LdapClient): Promise<Root> {
  const attributes = ['defaultNamingContext', 'schemaNamingContext', 'dsServiceName', 'vendorName'];
  const { entries } = await client.search({ base: '', scope: 'base', filter: present('objectClass'), attributes });
  const [domain = '', schema = '', server = '', vendor = ''] = attributes.map((name) =>
    entries[0] === undefined ? '' : (textOf(entries[0], name) ?? ''),
  );
  if (domain === '' || schema === '')
    throw invalid(
      'The server does not say that it is a domain controller.',
      'Correct "host", or use the package ldap for other directories.',
    );
  return { domain, schema, server, vendor };
}

function namesIn({ objectTypes }: AdSettings): readonly string[] {
  const names = objectTypes.flatMap((type) => [
    ...(type.attributes ?? kindOf(type.kind).usual),
    ...type.links.map((link) => link.attribute),
  ]);
  return [...new Set(names)];
}

async function requirePlace(client: LdapClient, domain: string, type: AdObjectType, place: string): Promise<void> {
  if (!isWithin(place, domain))
    throw invalid(`The place "${place}" of "${type.name}" is not in the domain "${domain}".`, 'Correct the settings.');
  try {
    await client.search({ base: place, scope: 'base', filter: present('objectClass'), attributes: ['1.1'] });
  } catch (error) {
    if (!isLdapResult(error, 32, 34)) throw error;
    throw invalid(
      `The place "${place}" of "${type.name}" does not exist, or the account cannot see it.`,
      'Correct the settings, or let the account read there.',
    );
  }
}

function layoutOf(type: AdObjectType, settings: AdSettings, schema: Schema): Layout {
  const traits = kindOf(type.kind);
  const named =
    type.attributes ??
    traits.usual.filter((name) => traits.virtual[name] !== undefined || schema.has(name.toLowerCase()));
  const attributes = [...new Set([...traits.always, ...named])].map(
    (name) => traits.virtual[name] ?? attributeOf(type.name, name, schema),
  );
  const filters = [parseFilter(traits.filter), ...(type.filter === null ? [] : [parseFilter(type.filter)])];
  const links = type.links.map((link) => linkLayout(type, link, settings, schema));
  return {
    settings: type,
    traits,
    type: descriptionOf(type, traits, attributes),
    attributes,
    links,
    filter: allOf(...filters),
    wanted: [...new Set(attributes.map(({ source }) => source).filter((source) => source !== ''))],
  };
}

function linkLayout(type: AdObjectType, link: AdLink, settings: AdSettings, schema: Schema): LinkLayout {
  const found = schema.get(link.attribute.toLowerCase());
  if (found === undefined || found.form !== 'reference')
    throw invalid(
      `The link "${link.name}" of "${type.name}" needs an attribute that holds names, which "${link.attribute}" is not.`,
      'Use member, memberOf, manager, managedBy or directReports.',
    );
  const partner = partnerOf(found, schema);
  const toGroups = settings.objectTypes.find(({ name }) => name === link.targetObjectType)?.kind === 'group';
  const telling = found.name === 'member' ? (toGroups ? 'groups' : 'others') : null;
  if (!found.isBackLink)
    return { link, forward: found.name, back: partner?.name ?? null, isBack: false, isMulti: found.isMulti, telling };
  if (partner === null)
    throw invalid(
      `Nothing is known of what "${link.attribute}" is the other side of.`,
      'Use the attribute of that side.',
    );
  return { link, forward: partner.name, back: found.name, isBack: true, isMulti: partner.isMulti, telling };
}

function partnerOf({ linkId, isBackLink }: SchemaAttribute, schema: Schema): SchemaAttribute | null {
  if (linkId === null) return null;
  return [...schema.values()].find((other) => other.linkId === linkId + (isBackLink ? -1 : 1)) ?? null;
}

function descriptionOf(
  type: AdObjectType,
  traits: KindTraits,
  attributes: readonly AdAttribute[],
): ObjectTypeDescription {
  const described = attributes.map(({ name, form, isReadOnly }) => ({
    name,
    type: typeOfForm[form],
    isReadOnly,
    isWriteOnly: form === 'password',
  }));
  const names = described.map(({ name }) => name);
  return {
    name: type.name,
    keyAttribute: 'objectGUID',
    nameAttribute: traits.nameAttribute,
    attributes: described,
    links: type.links.map(({ name, targetObjectType }) => ({ name, targetObjectType })),
    ...(names.includes('enabled')
      ? { disabling: { attribute: 'enabled', disabledValue: false, enabledValue: true } }
      : {}),
    ...(names.includes('password') ? { passwordAttribute: 'password' } : {}),
  };
}

function invalid(message: string, hint: string): ConnectorError {
  return new ConnectorError({ code: 'INVALID_VALUE', message, hint });
}
