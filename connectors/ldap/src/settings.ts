// The settings of a directory connection in the shape the code works with.
// Owns defaults and what must fit together; whether attributes exist is asked of the directory in layout.ts.
import {
  type AttributeDescription,
  ConnectorError,
  type ConnectorSettings,
  type ScalarValue,
} from '@joinery/connector-kit';
import { type Filter, isWithin, type LdapAddress, ldapAddress, parseFilter, parseName } from '@joinery/ldap-client';

/** An attribute of the directory as an attribute of a row. */
export interface LdapAttribute {
  readonly name: string;
  readonly attribute: string;
  /** null: what the schema says. */
  readonly type: AttributeDescription['type'] | null;
  readonly isMultivalued: boolean;
  readonly encoding: 'text' | 'base64';
  /** null: what the schema says. */
  readonly isRequired: boolean | null;
  readonly isReadOnly: boolean;
  readonly isWriteOnly: boolean;
}

export interface LdapLink {
  readonly name: string;
  readonly attribute: string;
  readonly targetObjectType: string;
  readonly value: 'dn' | 'name';
  readonly side: 'own' | 'other';
  readonly reverseAttribute: string | null;
}

export interface LdapDisabling {
  readonly attribute: string;
  readonly disabledValue: string;
  readonly enabledValue: ScalarValue;
}

export interface LdapPassword {
  readonly attribute: string;
  /** null: the operation where the server knows it. */
  readonly method: 'operation' | 'attribute' | null;
}

export interface LdapObjectType {
  readonly name: string;
  readonly places: readonly string[];
  readonly scope: 'one' | 'sub';
  readonly objectClasses: readonly string[];
  readonly filter: Filter | null;
  readonly rdnAttribute: string;
  /** `entryUUID`, `dn`, or the name of an attribute. */
  readonly key: string;
  /** null: those of the schema. */
  readonly attributes: readonly LdapAttribute[] | null;
  readonly links: readonly LdapLink[];
  readonly placeholderMember: string | null;
  readonly placeAttribute: string | null;
  readonly disabling: LdapDisabling | null;
  readonly password: LdapPassword | null;
}

export type ChangesMode = 'accesslog' | 'entryCSN' | 'comparison';

export interface LdapSettings {
  readonly address: LdapAddress;
  readonly baseDn: string;
  readonly objectTypes: readonly LdapObjectType[];
  readonly pageSize: number;
  /** null: found out from the server. */
  readonly changes: ChangesMode | null;
  readonly accesslogDn: string;
}

type Configured<T> = { readonly [Name in keyof T]?: Exclude<T[Name], null> };

type ConfiguredAttribute = Configured<Pick<LdapAttribute, 'attribute' | 'type' | 'encoding'>> & {
  readonly name: string;
  readonly multivalued?: boolean;
  readonly required?: boolean;
  readonly readOnly?: boolean;
  readonly writeOnly?: boolean;
};

type ConfiguredLink = Configured<Pick<LdapLink, 'value' | 'side' | 'reverseAttribute'>> &
  Pick<LdapLink, 'name' | 'attribute' | 'targetObjectType'>;

interface ConfiguredObjectType {
  readonly name: string;
  readonly baseDn?: string | readonly string[];
  readonly scope?: 'one' | 'sub';
  readonly objectClasses: readonly string[];
  readonly filter?: string;
  readonly rdnAttribute: string;
  readonly key?: string;
  readonly attributes?: readonly ConfiguredAttribute[];
  readonly links?: readonly ConfiguredLink[];
  readonly placeholderMember?: string;
  readonly placeAttribute?: string;
  readonly disabling?:
    | 'ppolicy'
    | { readonly attribute: string; readonly disabledValue: string; readonly enabledValue?: string };
  readonly passwordAttribute?: string;
  readonly passwordMethod?: 'operation' | 'attribute';
}

interface ConfiguredSettings {
  readonly baseDn: string;
  readonly objectTypes: readonly ConfiguredObjectType[];
  readonly pageSize?: number;
  readonly changes?: ChangesMode;
  readonly accesslogDn?: string;
}

/** The settings with their defaults; throws INVALID_VALUE when they do not fit together. */
export function ldapSettings(settings: ConnectorSettings): LdapSettings {
  // The kit has checked the settings against the schema.
  const configured = settings as unknown as ConfiguredSettings;
  const objectTypes = configured.objectTypes.map((type) => toObjectType(type, configured.baseDn));
  const problem = namesProblem(configured.baseDn, objectTypes) ?? linksProblem(objectTypes);
  if (problem !== null)
    throw new ConnectorError({
      code: 'INVALID_VALUE',
      message: problem,
      hint: 'Correct the settings of the connection.',
    });
  return {
    address: ldapAddress(settings),
    baseDn: configured.baseDn,
    objectTypes,
    pageSize: configured.pageSize ?? 500,
    changes: configured.changes ?? null,
    accesslogDn: configured.accesslogDn ?? 'cn=accesslog',
  };
}

function toObjectType(type: ConfiguredObjectType, baseDn: string): LdapObjectType {
  return {
    name: type.name,
    places: [type.baseDn ?? baseDn].flat(),
    scope: type.scope ?? 'sub',
    objectClasses: type.objectClasses,
    filter: type.filter === undefined ? null : parseFilter(type.filter),
    rdnAttribute: type.rdnAttribute,
    key: type.key ?? 'entryUUID',
    attributes: type.attributes?.map(toAttribute) ?? null,
    links: (type.links ?? []).map(toLink),
    placeholderMember: type.placeholderMember ?? null,
    placeAttribute: type.placeAttribute ?? null,
    disabling: toDisabling(type.disabling),
    password:
      type.passwordAttribute === undefined
        ? null
        : { attribute: type.passwordAttribute, method: type.passwordMethod ?? null },
  };
}

function toAttribute(attribute: ConfiguredAttribute): LdapAttribute {
  return {
    name: attribute.name,
    attribute: attribute.attribute ?? attribute.name,
    type: attribute.type ?? null,
    isMultivalued: attribute.multivalued ?? false,
    encoding: attribute.encoding ?? 'text',
    isRequired: attribute.required ?? null,
    isReadOnly: attribute.readOnly ?? false,
    isWriteOnly: attribute.writeOnly ?? false,
  };
}

function toLink(link: ConfiguredLink): LdapLink {
  const { name, attribute, targetObjectType } = link;
  return {
    name,
    attribute,
    targetObjectType,
    value: link.value ?? 'dn',
    side: link.side ?? 'own',
    reverseAttribute: link.reverseAttribute ?? null,
  };
}

/** What the password policy of OpenLDAP takes for «locked until an administrator opens it». */
const lockedForGood: LdapDisabling = {
  attribute: 'pwdAccountLockedTime',
  disabledValue: '000001010000Z',
  enabledValue: null,
};

function toDisabling(disabling: ConfiguredObjectType['disabling']): LdapDisabling | null {
  if (disabling === undefined) return null;
  if (disabling === 'ppolicy') return lockedForGood;
  return { ...disabling, enabledValue: disabling.enabledValue ?? null };
}

function namesProblem(baseDn: string, types: readonly LdapObjectType[]): string | null {
  const badDn = [baseDn, ...types.flatMap((type) => type.places)].find((dn) => parseName(dn) === null);
  if (badDn !== undefined)
    return `${JSON.stringify(badDn)} is no name (DN) of an entry, such as ou=people,dc=example,dc=org.`;
  const outside = types.flatMap((type) => type.places).find((place) => !isWithin(place, baseDn));
  if (outside !== undefined) return `The place "${outside}" is not below the setting "baseDn" ("${baseDn}").`;
  const names = types.map((type) => type.name);
  const twice = names.find((name, index) => names.indexOf(name) !== index);
  if (twice !== undefined) return `The setting "objectTypes" names "${twice}" twice.`;
  const nested = types.find((type) => type.places.some((place, n) => isInOther(type.places, place, n)));
  // Entries there would be listed twice.
  if (nested !== undefined) return `The places of the object type "${nested.name}" lie within one another.`;
  return null;
}

function isInOther(places: readonly string[], place: string, index: number): boolean {
  return places.some((other, n) => n !== index && isWithin(place, other));
}

function linksProblem(types: readonly LdapObjectType[]): string | null {
  for (const type of types)
    for (const link of type.links) {
      const target = types.find((candidate) => candidate.name === link.targetObjectType);
      if (target === undefined)
        return `The link "${link.name}" leads to the object type "${link.targetObjectType}", which the setting "objectTypes" does not name.`;
      if (link.reverseAttribute !== null && link.side === 'own')
        return `The link "${link.name}" of "${type.name}" has a "reverseAttribute", which only links with side other have.`;
    }
  return null;
}
