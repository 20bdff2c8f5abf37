// The settings of a JSON connection: their schema, and the shape the code works with.
// Owns defaults and what the schema cannot say (names that must fit together).
import { join } from 'node:path';
import {
  type AttributeDescription,
  ConnectorError,
  type ConnectorSettings,
  type HandoverPlace,
  type ObjectTypeDescription,
  type SettingsSchema,
} from '@joinery/connector-kit';

export interface JsonSettings {
  readonly place: HandoverPlace;
  readonly retentionMs: number;
  /** null: nobody answers, so handing over is all there is. */
  readonly acknowledgements: string | null;
  readonly includesWriteOnly: boolean;
  readonly types: readonly ObjectTypeDescription[];
}

const dayMs = 24 * 60 * 60 * 1_000;
const name = { type: 'string', minLength: 1 } as const;

const attributeSchema = {
  type: 'object',
  additionalProperties: false,
  required: ['name'],
  properties: {
    name: { ...name, description: 'Name of the attribute.' },
    type: { enum: ['string', 'number', 'boolean', 'date'], description: 'Default string.' },
    required: { type: 'boolean', description: 'A row cannot be without it.' },
    readOnly: { type: 'boolean', description: 'Joinery may not write it.' },
    writeOnly: { type: 'boolean', description: 'Can be written, never read (a password); see "includeWriteOnly".' },
  },
} as const;

const objectTypeSchema = {
  type: 'object',
  additionalProperties: false,
  required: ['name', 'key'],
  properties: {
    name: { ...name, description: 'Name of the object type.' },
    key: { ...name, description: 'Name of the attribute that holds the key.' },
    attributes: { type: 'array', items: attributeSchema, description: 'The other attributes.' },
    links: {
      type: 'array',
      description: 'Lists of keys of other rows.',
      items: {
        type: 'object',
        additionalProperties: false,
        required: ['name', 'targetObjectType'],
        properties: {
          name: { ...name, description: 'Name of the link.' },
          targetObjectType: { ...name, description: 'The object type of its members.' },
        },
      },
    },
  },
} as const;

export const jsonSettingsSchema: SettingsSchema = {
  type: 'object',
  additionalProperties: false,
  required: ['folder', 'objectTypes'],
  properties: {
    folder: { ...name, description: 'The folder from which the other program takes the documents.' },
    objectTypes: { type: 'array', minItems: 1, items: objectTypeSchema, description: 'What the other program takes.' },
    journal: {
      ...name,
      description: 'The folder in which Joinery notes what was handed over (default: .joinery in the folder).',
    },
    retentionDays: {
      type: 'number',
      exclusiveMinimum: 0,
      description: 'How long a document is remembered, so that it is not handed over twice (default 90).',
    },
    acknowledgements: {
      ...name,
      description: 'The folder in which the other program answers; default none: what is handed over counts as done.',
    },
    includeWriteOnly: {
      type: 'boolean',
      description: 'Hand over passwords and the like, in clear, in the documents (default false: they are left out).',
    },
    fileMode: { type: 'string', pattern: '^0?[0-7]{3}$', description: 'Rights of the documents (default 640).' },
  },
};

interface ConfiguredSettings {
  readonly folder: string;
  readonly objectTypes: readonly {
    readonly name: string;
    readonly key: string;
    readonly attributes?: readonly {
      readonly name: string;
      readonly type?: AttributeDescription['type'];
      readonly required?: boolean;
      readonly readOnly?: boolean;
      readonly writeOnly?: boolean;
    }[];
    readonly links?: readonly { readonly name: string; readonly targetObjectType: string }[];
  }[];
  readonly journal?: string;
  readonly retentionDays?: number;
  readonly acknowledgements?: string;
  readonly includeWriteOnly?: boolean;
  readonly fileMode?: string;
}

/** The settings with their defaults; throws INVALID_VALUE when names do not fit together. */
export function jsonSettings(settings: ConnectorSettings): JsonSettings {
  // The kit has checked the settings against the schema above.
  const configured = settings as unknown as ConfiguredSettings;
  const problem = settingsProblem(configured);
  if (problem !== null)
    throw new ConnectorError({
      code: 'INVALID_VALUE',
      message: problem,
      hint: 'Correct the settings of the connection.',
    });
  const { folder } = configured;
  return {
    place: {
      folder,
      journal: configured.journal ?? join(folder, '.joinery'),
      extension: '.json',
      mode: Number.parseInt(configured.fileMode ?? '640', 8),
    },
    retentionMs: (configured.retentionDays ?? 90) * dayMs,
    acknowledgements: configured.acknowledgements ?? null,
    includesWriteOnly: configured.includeWriteOnly ?? false,
    types: configured.objectTypes.map(toDescription),
  };
}

function settingsProblem({ objectTypes, folder, journal, acknowledgements }: ConfiguredSettings): string | null {
  const folders = [folder, journal, acknowledgements].filter((path) => path !== undefined);
  if (new Set(folders).size < folders.length)
    return 'The settings "folder", "journal" and "acknowledgements" must be different folders.';
  const names = objectTypes.map((type) => type.name);
  const twice = names.find((found, index) => names.indexOf(found) !== index);
  if (twice !== undefined) return `The setting "objectTypes" names "${twice}" twice.`;
  const links = objectTypes.flatMap((type) => type.links ?? []);
  const dangling = links.find((link) => !names.includes(link.targetObjectType));
  if (dangling !== undefined)
    return `The link "${dangling.name}" leads to the object type "${dangling.targetObjectType}", which the setting "objectTypes" does not name.`;
  return null;
}

function toDescription(type: ConfiguredSettings['objectTypes'][number]): ObjectTypeDescription {
  const others = (type.attributes ?? []).filter((attribute) => attribute.name !== type.key);
  return {
    name: type.name,
    keyAttribute: type.key,
    attributes: [
      { name: type.key, type: 'string', isRequired: true },
      ...others.map((attribute) => ({
        name: attribute.name,
        type: attribute.type ?? 'string',
        isRequired: attribute.required ?? false,
        isReadOnly: attribute.readOnly ?? false,
        isWriteOnly: attribute.writeOnly ?? false,
      })),
    ],
    links: type.links ?? [],
  };
}
