// The settings of a domain: their schema, and the shape the code works with.
// Owns defaults; whether places and attributes exist is asked of the domain in catalog.ts.
import { ConnectorError, type ConnectorSettings, type SettingsSchema } from '@joinery/connector-kit';
import { type LdapAddress, ldapAddress, ldapAddressSchema } from '@joinery/ldap-client';

export const kinds = ['user', 'group', 'container'] as const;
export type Kind = (typeof kinds)[number];

/** An attribute whose values are names of other objects. */
export interface AdLink {
  readonly name: string;
  /** `member`, `memberOf`, `manager`, `directReports` … */
  readonly attribute: string;
  readonly targetObjectType: string;
}

export interface AdObjectType {
  readonly name: string;
  readonly kind: Kind;
  /** Names (DNs) under which its rows are; none: the whole domain. */
  readonly places: readonly string[];
  /** Where rows are made when they do not say it themselves; null: they must. */
  readonly defaultPlace: string | null;
  /** A filter of RFC 4515 that its rows must pass. */
  readonly filter: string | null;
  /** null: the usual ones of its kind. */
  readonly attributes: readonly string[] | null;
  readonly links: readonly AdLink[];
  /** Whether a deletion takes along what is beneath the row. */
  readonly deletesTree: boolean;
}

export type ChangesBy = 'dirSync' | 'usnChanged' | 'comparison';

export interface AdSettings {
  readonly address: LdapAddress;
  readonly objectTypes: readonly AdObjectType[];
  readonly changesBy: ChangesBy;
  readonly pageSize: number;
}

const text = (description: string) => ({ type: 'string', minLength: 1, description }) as const;
const texts = (description: string) =>
  ({ type: 'array', items: { type: 'string', minLength: 1 }, description }) as const;

const linkSchema = {
  type: 'object',
  additionalProperties: false,
  required: ['name', 'attribute', 'targetObjectType'],
  properties: {
    name: text('Name of the link.'),
    attribute: text('Attribute that holds the names of the others: member, memberOf, manager, directReports.'),
    targetObjectType: text('Object type of the others.'),
  },
} as const;

const objectTypeSchema = {
  type: 'object',
  additionalProperties: false,
  required: ['name', 'kind'],
  properties: {
    name: text('Name of the object type.'),
    kind: { enum: kinds, description: 'What its rows are; container means organisational unit.' },
    places: texts('Distinguished names under which its rows are (default: the whole domain).'),
    defaultPlace: text('Where rows are made that say no place (default: the first of places).'),
    filter: text('Filter its rows must pass, such as (employeeID=*).'),
    attributes: texts('Attributes by their LDAP names, and the virtual ones (default: the usual ones of the kind).'),
    links: { type: 'array', items: linkSchema, description: 'Memberships and the like (default: none).' },
    deleteTree: { type: 'boolean', description: 'Deletes what is beneath a row together with it (default false).' },
  },
} as const;

const { bindDn: _bindDn, allowUnencrypted: _allowUnencrypted, ...address } = ldapAddressSchema;

export const adSettingsSchema: SettingsSchema = {
  type: 'object',
  additionalProperties: false,
  required: ['host', 'user', 'password', 'objectTypes'],
  properties: {
    ...address,
    tls: { enum: ['ldaps', 'startTls'], description: 'Encryption (default: startTls on port 389, else ldaps).' },
    user: text('Account Joinery signs in with: name@domain, DOMAIN\\name or its distinguished name.'),
    password: { type: 'string', minLength: 1, 'x-secret': true, description: 'Password of the account.' },
    objectTypes: { type: 'array', minItems: 1, items: objectTypeSchema, description: 'One entry a kind of rows.' },
    changes: {
      enum: ['dirSync', 'usnChanged', 'comparison'],
      description:
        'How changes are found (default dirSync, which needs the right «Replicating Directory Changes»; usnChanged needs the right to read deleted objects; comparison needs none and reads everything).',
    },
    pageSize: { type: 'integer', minimum: 1, maximum: 1_000, description: 'Rows asked for at a time (default 500).' },
  },
};

interface ConfiguredObjectType extends Partial<Omit<AdObjectType, 'name' | 'kind'>> {
  readonly name: string;
  readonly kind: Kind;
  readonly deleteTree?: boolean;
}

interface ConfiguredSettings {
  readonly user: string;
  readonly port?: number;
  readonly tls?: 'ldaps' | 'startTls';
  readonly objectTypes: readonly ConfiguredObjectType[];
  readonly changes?: ChangesBy;
  readonly pageSize?: number;
}

/** The settings with their defaults; throws INVALID_VALUE when names do not fit together. */
export function adSettings(settings: ConnectorSettings): AdSettings {
  // The kit has checked the settings against the schema above.
  const configured = settings as unknown as ConfiguredSettings;
  const { user, port, tls, changes, pageSize } = configured;
  const objectTypes = configured.objectTypes.map(toObjectType);
  const problem = settingsProblem(objectTypes, changes ?? 'dirSync');
  if (problem !== null)
    throw new ConnectorError({
      code: 'INVALID_VALUE',
      message: problem,
      hint: 'Correct the settings of the connection.',
    });
  return {
    address: ldapAddress({ ...settings, bindDn: user, tls: tls ?? (port === 389 ? 'startTls' : 'ldaps') }),
    objectTypes,
    changesBy: changes ?? 'dirSync',
    pageSize: pageSize ?? 500,
  };
}

function toObjectType(type: ConfiguredObjectType): AdObjectType {
  const places = type.places ?? [];
  return {
    name: type.name,
    kind: type.kind,
    places,
    defaultPlace: type.defaultPlace ?? places[0] ?? null,
    filter: type.filter ?? null,
    attributes: type.attributes ?? null,
    links: type.links ?? [],
    deletesTree: type.deleteTree ?? false,
  };
}

function settingsProblem(types: readonly AdObjectType[], changesBy: ChangesBy): string | null {
  const names = types.map((type) => type.name);
  const twice = names.find((name, index) => names.indexOf(name) !== index);
  if (twice !== undefined) return `The setting "objectTypes" names "${twice}" twice.`;
  const links = types.flatMap((type) => type.links);
  const dangling = links.find((link) => !names.includes(link.targetObjectType));
  if (dangling !== undefined)
    return `The link "${dangling.name}" leads to the object type "${dangling.targetObjectType}", which the setting "objectTypes" does not name.`;
  const unseen = links.find((link) => changesBy === 'usnChanged' && link.attribute.toLowerCase() === 'memberof');
  return unseen === undefined
    ? null
    : `The link "${unseen.name}" reads memberOf, but with "changes": "usnChanged" nobody tells that a user has left a group; read "member" of the group, or use dirSync or comparison.`;
}
