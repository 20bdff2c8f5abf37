// The settings of a SCIM connection: their schema, and the shape the code works with.
// Owns defaults and what does not fit together; what the service offers is asked of it in schema.ts.
import {
  type AttributeDescription,
  ConnectorError,
  type ConnectorSettings,
  type SettingsSchema,
} from '@joinery/connector-kit';
import {
  type ConfiguredHttpClient,
  httpClientProperties,
  type HttpClientSettings,
  httpClientSettings,
} from '@joinery/http-client';
import { parsePath, type ScimPath } from './path.js';

export const scimTypeNames = ['user', 'group'] as const;
export type ScimTypeName = (typeof scimTypeNames)[number];

/** How changes are written; `azure`: as Microsoft's provisioning service does; `put`: whole resources. */
export type Dialect = 'rfc' | 'azure' | 'put';

/** An attribute the settings add, or say more about. */
export interface ConfiguredAttribute {
  readonly objectType: ScimTypeName;
  readonly name: string;
  readonly path: ScimPath;
  readonly type: AttributeDescription['type'];
  readonly isRequired: boolean;
  readonly isReadOnly: boolean;
  readonly isWriteOnly: boolean;
}

export interface ScimSettings {
  readonly client: HttpClientSettings;
  readonly dialect: Dialect;
  readonly paging: 'auto' | 'index' | 'cursor' | 'none';
  readonly pageSize: number;
  readonly membersPerRequest: number;
  readonly asksForSchemas: boolean;
  readonly nameAttributes: Readonly<Record<ScimTypeName, string>>;
  readonly showsGroupsOfUsers: boolean;
  readonly attributes: readonly ConfiguredAttribute[];
  readonly usesBulk: boolean;
  readonly etag: 'announced' | 'always' | 'never';
  readonly incremental: 'comparison' | 'lastModified';
  readonly idPattern: RegExp;
}

const text = (description: string) => ({ type: 'string', minLength: 1, description }) as const;

const attributeSchema = {
  type: 'object',
  additionalProperties: false,
  required: ['objectType', 'name', 'path'],
  properties: {
    objectType: { enum: scimTypeNames, description: 'Object type that has the attribute.' },
    name: text('Name of the attribute in Joinery; that of a known attribute replaces it.'),
    path: text('Where it is, e.g. emails[type eq "work"].value or urn:example:User:costCentre.'),
    type: { enum: ['string', 'number', 'boolean', 'date'], description: 'Default string.' },
    required: { type: 'boolean', description: 'Must have a value.' },
    readOnly: { type: 'boolean', description: 'Joinery may not write it.' },
    writeOnly: { type: 'boolean', description: 'Can be written, never read back.' },
  },
} as const;

export const scimSettingsSchema: SettingsSchema = {
  type: 'object',
  additionalProperties: false,
  required: ['baseUrl'],
  properties: {
    ...httpClientProperties,
    patch: {
      enum: ['rfc', 'azure', 'put'],
      description:
        'How changes are written (default rfc): rfc: PATCH with paths; azure: PATCH as Microsoft sends it (capitalised operations, values without path); put: whole resources.',
    },
    paging: {
      enum: ['auto', 'index', 'cursor', 'none'],
      description: 'How listings are paged (default auto: cursor when the service announces it, else index).',
    },
    pageSize: { type: 'integer', minimum: 2, maximum: 1_000, description: 'Rows asked for at once (default 200).' },
    membersPerRequest: {
      type: 'integer',
      minimum: 1,
      maximum: 5_000,
      description: 'Most members added or removed by one request (default 500).',
    },
    discovery: {
      type: 'boolean',
      description: 'Ask the service for its schemas (default true); else those of RFC 7643 are taken.',
    },
    userNameAttribute: {
      enum: ['userName', 'externalId'],
      description: 'Attribute that names a user until it has an id (default userName).',
    },
    groupNameAttribute: {
      enum: ['displayName', 'externalId'],
      description: 'Attribute that names a group until it has an id (default displayName).',
    },
    userGroups: {
      enum: ['shown', 'none'],
      description: 'Whether users show the groups they are in (default shown); none leaves the link out.',
    },
    attributes: { type: 'array', items: attributeSchema, description: 'Attributes to add to those of the service.' },
    bulk: {
      type: 'boolean',
      description:
        'Send several changes at once when the service announces it (default true; false with idempotencyHeader, which names one change).',
    },
    etag: {
      enum: ['announced', 'always', 'never'],
      description: 'Whether changes name the version they are made to (default announced: when the service says so).',
    },
    incremental: {
      enum: ['comparison', 'lastModified'],
      description:
        'How changes are found (default comparison: all is listed and compared); lastModified: the service filters by meta.lastModified.',
    },
    idPattern: text(
      'Regular expression of the ids the service gives (default: UUIDs). What matches is not looked up by name first.',
    ),
  },
};

interface ConfiguredScim extends ConfiguredHttpClient {
  readonly patch?: Dialect;
  readonly paging?: ScimSettings['paging'];
  readonly pageSize?: number;
  readonly membersPerRequest?: number;
  readonly discovery?: boolean;
  readonly userNameAttribute?: string;
  readonly groupNameAttribute?: string;
  readonly userGroups?: 'shown' | 'none';
  readonly attributes?: readonly {
    readonly objectType: ScimTypeName;
    readonly name: string;
    readonly path: string;
    readonly type?: AttributeDescription['type'];
    readonly required?: boolean;
    readonly readOnly?: boolean;
    readonly writeOnly?: boolean;
  }[];
  readonly bulk?: boolean;
  readonly etag?: ScimSettings['etag'];
  readonly incremental?: ScimSettings['incremental'];
  readonly idPattern?: string;
}

const uuid = '[0-9a-fA-F]{8}(-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12}';

/** The settings with their defaults; throws INVALID_VALUE naming what does not fit. */
export function scimSettings(settings: ConnectorSettings): ScimSettings {
  // The kit has checked the settings against the schema above.
  const configured = settings as unknown as ConfiguredScim;
  const incremental = configured.incremental ?? 'comparison';
  const showsGroupsOfUsers = configured.userGroups !== 'none';
  if (incremental === 'lastModified' && showsGroupsOfUsers)
    throw invalid(
      'The settings "incremental" lastModified and "userGroups" shown do not fit together: a user is not modified when a group takes it in.',
      'Set "userGroups" to none; memberships are then read with the groups.',
    );
  return {
    client: httpClientSettings(configured),
    dialect: configured.patch ?? 'rfc',
    paging: configured.paging ?? 'auto',
    pageSize: configured.pageSize ?? 200,
    membersPerRequest: configured.membersPerRequest ?? 500,
    asksForSchemas: configured.discovery ?? true,
    nameAttributes: {
      user: configured.userNameAttribute ?? 'userName',
      group: configured.groupNameAttribute ?? 'displayName',
    },
    showsGroupsOfUsers,
    attributes: (configured.attributes ?? []).map(toAttribute),
    usesBulk: configured.bulk ?? configured.idempotencyHeader === undefined,
    etag: configured.etag ?? 'announced',
    incremental,
    idPattern: patternOf(configured.idPattern ?? uuid),
  };
}

function toAttribute(attribute: NonNullable<ConfiguredScim['attributes']>[number], index: number): ConfiguredAttribute {
  const path = parsePath(attribute.path);
  if (path === null)
    throw invalid(
      `The setting "attributes[${index}].path" is no path of SCIM: ${attribute.path}.`,
      'Write it like title, name.givenName or emails[type eq "work"].value, with the schema and a colon before those of an extension.',
    );
  return {
    objectType: attribute.objectType,
    name: attribute.name,
    path,
    type: attribute.type ?? 'string',
    isRequired: attribute.required ?? false,
    isReadOnly: attribute.readOnly ?? false,
    isWriteOnly: attribute.writeOnly ?? false,
  };
}

function patternOf(text: string): RegExp {
  try {
    return new RegExp(`^(?:${text})$`, 'u');
  } catch {
    throw invalid('The setting "idPattern" is no regular expression.', 'Correct it, or leave it out.');
  }
}

function invalid(message: string, hint: string): ConnectorError {
  return new ConnectorError({ code: 'INVALID_VALUE', message, hint });
}
