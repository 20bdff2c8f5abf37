// The settings of a memory connection: their schema, and the shape the code works with.
// Owns defaults; checking them against the schema is the kit's.
import type {
  AttributeDescription,
  ConnectorSettings,
  ObjectTypeDescription,
  SettingsSchema,
} from '@joinery/connector-kit';

/** An object type of a store: what it describes, and a rule of its own. */
export interface MemoryObjectType extends ObjectTypeDescription {
  /** Fewest characters of a password; absent: any password is accepted. */
  readonly shortestPassword?: number;
}

export interface MemorySettings {
  /** Name of the store; connections of one process with the same name share it. */
  readonly store: string;
  readonly objectTypes: readonly MemoryObjectType[];
  /** Delay of every call in milliseconds; 0 by default. */
  readonly latencyMs: number;
  /** Whether a link to a row that does not exist is refused; true by default. */
  readonly checkLinks: boolean;
  readonly password: string | null;
  /** Journal file that makes the store durable; null keeps it in the process. */
  readonly file: string | null;
  /** See `halt.ts`; null never halts. */
  readonly haltAfterWrite: string | null;
}

const attributeSchema = {
  type: 'object',
  additionalProperties: false,
  required: ['name'],
  properties: {
    name: { type: 'string', minLength: 1 },
    type: { enum: ['string', 'number', 'boolean', 'date'] },
    isRequired: { type: 'boolean' },
    isReadOnly: { type: 'boolean' },
    isWriteOnly: { type: 'boolean' },
  },
} as const;

const linkSchema = {
  type: 'object',
  additionalProperties: false,
  required: ['name', 'targetObjectType'],
  properties: { name: { type: 'string', minLength: 1 }, targetObjectType: { type: 'string', minLength: 1 } },
} as const;

const scalarSchema = { type: ['string', 'number', 'boolean', 'null'] } as const;

const disablingSchema = {
  type: 'object',
  additionalProperties: false,
  required: ['attribute', 'disabledValue', 'enabledValue'],
  properties: {
    attribute: { type: 'string', minLength: 1 },
    disabledValue: scalarSchema,
    enabledValue: scalarSchema,
  },
} as const;

export const memorySettingsSchema: SettingsSchema = {
  type: 'object',
  additionalProperties: false,
  required: ['store'],
  properties: {
    store: {
      type: 'string',
      minLength: 1,
      'x-endpoint': true,
      description: 'Name of the store; connections of one process with the same name share it.',
    },
    objectTypes: {
      type: 'array',
      minItems: 1,
      description: 'What the store holds; by default accounts with groups.',
      items: {
        type: 'object',
        additionalProperties: false,
        required: ['name', 'key', 'attributes'],
        properties: {
          name: { type: 'string', minLength: 1 },
          key: {
            type: 'string',
            minLength: 1,
            description: 'Attribute that holds the key; it need not be listed among the attributes.',
          },
          nameAttribute: {
            type: 'string',
            minLength: 1,
            description: 'Makes the store give keys: the attribute that names a row until then.',
          },
          attributes: { type: 'array', items: attributeSchema },
          links: { type: 'array', items: linkSchema },
          disabling: disablingSchema,
          passwordAttribute: { type: 'string', minLength: 1 },
          shortestPassword: { type: 'integer', minimum: 1 },
        },
      },
    },
    latencyMs: { type: 'integer', minimum: 0, description: 'Delay of every call in milliseconds.' },
    checkLinks: { type: 'boolean', description: 'Refuse links to rows that do not exist (default true).' },
    password: { type: 'string', 'x-secret': true, description: 'Needed when the test demands one of the store.' },
    file: {
      type: 'string',
      minLength: 1,
      description: 'Append-only journal that makes the store durable and visible to other processes.',
    },
    haltAfterWrite: {
      type: 'string',
      minLength: 1,
      description: 'While this file exists, the n-th write (n = its content) takes effect and is never answered.',
    },
  },
};

const defaultObjectTypes: readonly ObjectTypeDescription[] = [
  {
    name: 'account',
    keyAttribute: 'id',
    attributes: [
      { name: 'id', type: 'string', isRequired: true },
      { name: 'name', type: 'string' },
      { name: 'mail', type: 'string' },
    ],
    links: [{ name: 'groups', targetObjectType: 'group' }],
  },
  {
    name: 'group',
    keyAttribute: 'id',
    attributes: [
      { name: 'id', type: 'string', isRequired: true },
      { name: 'name', type: 'string' },
    ],
    links: [],
  },
];

/** An object type as the settings say it, which the schema has checked. */
interface ConfiguredObjectType
  extends Pick<MemoryObjectType, 'nameAttribute' | 'disabling' | 'passwordAttribute' | 'shortestPassword'> {
  readonly name: string;
  readonly key: string;
  readonly attributes: readonly (Omit<AttributeDescription, 'type'> & {
    readonly type?: AttributeDescription['type'];
  })[];
  readonly links?: ObjectTypeDescription['links'];
}

/** The settings with their defaults; they were checked against the schema before. */
export function memorySettings(settings: ConnectorSettings): MemorySettings {
  const given = settings as Partial<Omit<MemorySettings, 'objectTypes'>> & {
    readonly objectTypes?: readonly ConfiguredObjectType[];
  };
  return {
    store: String(settings.store),
    objectTypes: given.objectTypes?.map(toDescription) ?? defaultObjectTypes,
    latencyMs: given.latencyMs ?? 0,
    checkLinks: given.checkLinks ?? true,
    password: given.password ?? null,
    file: given.file ?? null,
    haltAfterWrite: given.haltAfterWrite ?? null,
  };
}

function toDescription({ name, key, attributes, links, ...rest }: ConfiguredObjectType): MemoryObjectType {
  const others = attributes.filter((attribute) => attribute.name !== key);
  const givesKeys = rest.nameAttribute !== undefined;
  return {
    ...rest,
    name,
    keyAttribute: key,
    attributes: [
      { name: key, type: 'string', ...(givesKeys ? { isReadOnly: true } : { isRequired: true }) },
      ...others.map((attribute) => ({
        ...attribute,
        type: attribute.type ?? 'string',
        ...(attribute.name === rest.nameAttribute ? { isRequired: true } : {}),
      })),
    ],
    links: links ?? [],
  };
}
