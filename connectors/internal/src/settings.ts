// The settings of an internal connection: which entity types it has, and their properties. Owns defaults.
import type {
  AttributeDescription,
  ConnectorSettings,
  ObjectTypeDescription,
  SettingsSchema,
} from '@joinery/connector-kit';

export interface InternalSettings {
  readonly types: readonly ObjectTypeDescription[];
}

interface ConfiguredType {
  readonly name: string;
  readonly key: string;
  readonly attributes?: readonly AttributeDescription[];
  readonly links?: readonly { readonly name: string; readonly targetEntityType?: string }[];
}

const name = { type: 'string', minLength: 1 } as const;
const attribute = {
  type: 'object',
  additionalProperties: false,
  required: ['name'],
  properties: {
    name: { ...name, description: 'Identifier of the property.' },
    type: { enum: ['string', 'number', 'boolean', 'date'], description: 'Type of the value (default string).' },
    isRequired: { type: 'boolean', description: 'A row without it is refused (default false).' },
  },
} as const;
const link = {
  type: 'object',
  additionalProperties: false,
  required: ['name'],
  properties: {
    name: { ...name, description: 'Identifier of the multi-valued property.' },
    targetEntityType: { ...name, description: 'Entity type it points to, one of these (default: the same).' },
  },
} as const;

export const internalSettingsSchema: SettingsSchema = {
  type: 'object',
  additionalProperties: false,
  required: ['entityTypes'],
  properties: {
    entityTypes: {
      type: 'array',
      minItems: 1,
      'x-endpoint': true,
      description: 'The entity types that this connection has; each must be read through it, and through no other.',
      items: {
        type: 'object',
        additionalProperties: false,
        required: ['name', 'key'],
        properties: {
          name: { ...name, description: 'Identifier of the entity type; also its object type.' },
          key: { ...name, description: 'The property that is the key of a row.' },
          attributes: { type: 'array', items: attribute, description: 'Its other properties with one value.' },
          links: { type: 'array', items: link, description: 'Its properties with several values.' },
        },
      },
    },
  },
};

/** The settings in the shape the code works with; they fit the schema. */
export function internalSettings(settings: ConnectorSettings): InternalSettings {
  const { entityTypes } = settings as unknown as { readonly entityTypes: readonly ConfiguredType[] };
  return { types: entityTypes.map(described) };
}

const described = (type: ConfiguredType): ObjectTypeDescription => ({
  name: type.name,
  keyAttribute: type.key,
  attributes: [
    { name: type.key, type: 'string', isRequired: true },
    ...(type.attributes ?? [])
      .filter((each) => each.name !== type.key)
      .map((each): AttributeDescription => ({ ...each, type: each.type ?? 'string' })),
  ],
  links: (type.links ?? []).map((each) => ({
    name: each.name,
    targetObjectType: each.targetEntityType ?? type.name,
  })),
});
