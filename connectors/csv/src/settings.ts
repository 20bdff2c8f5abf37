// The settings of a CSV connection: their schema, and the shape the code works with.
// Owns defaults and what the schema cannot say (names that must fit together).
import { join } from 'node:path';
import {
  type AttributeDescription,
  ConnectorError,
  type ConnectorSettings,
  type SettingsSchema,
} from '@joinery/connector-kit';

/** A column of a file as an attribute. */
export interface CsvColumn {
  /** Name of the attribute. */
  readonly name: string;
  /** Header of the column. */
  readonly column: string;
  readonly type: AttributeDescription['type'];
  readonly isRequired: boolean;
  readonly isReadOnly: boolean;
}

/** A column holding several keys of other rows. */
export interface CsvLink {
  readonly name: string;
  readonly column: string;
  readonly targetObjectType: string;
  readonly separator: string;
}

/** One file: one object type. */
export interface CsvFile {
  readonly objectType: string;
  readonly path: string;
  /** Header of the key column. */
  readonly key: string;
  readonly delimiter: string;
  /** null: every column of the header is a text attribute. */
  readonly columns: readonly CsvColumn[] | null;
  readonly links: readonly CsvLink[];
}

export interface CsvSettings {
  readonly files: readonly CsvFile[];
  readonly isReadOnly: boolean;
  readonly protectsFormulas: boolean;
  readonly needsFinalLineBreak: boolean;
}

const delimiterSchema = {
  enum: [',', ';', '\t', '|'],
  description: 'What separates the fields of a line (default a comma).',
} as const;

const columnSchema = {
  type: 'object',
  additionalProperties: false,
  required: ['name'],
  properties: {
    name: { type: 'string', minLength: 1, description: 'Name of the attribute.' },
    column: { type: 'string', minLength: 1, description: 'Header of the column (default: the name).' },
    type: {
      enum: ['string', 'number', 'boolean', 'date'],
      description: 'Default string. Dates are YYYY-MM-DD or ISO 8601.',
    },
    required: { type: 'boolean', description: 'An empty cell is an error.' },
    readOnly: { type: 'boolean', description: 'Joinery may not write it.' },
  },
} as const;

const linkSchema = {
  type: 'object',
  additionalProperties: false,
  required: ['name', 'targetObjectType'],
  properties: {
    name: { type: 'string', minLength: 1, description: 'Name of the link.' },
    column: { type: 'string', minLength: 1, description: 'Header of the column (default: the name).' },
    targetObjectType: { type: 'string', minLength: 1 },
    separator: {
      type: 'string',
      minLength: 1,
      maxLength: 3,
      description: 'What separates the keys in a cell (default a semicolon).',
    },
  },
} as const;

export const csvSettingsSchema: SettingsSchema = {
  type: 'object',
  additionalProperties: false,
  required: ['objectTypes'],
  properties: {
    path: { type: 'string', minLength: 1, description: 'The file, when there is one object type.' },
    folder: { type: 'string', minLength: 1, description: 'The folder of the files, when there are several.' },
    objectTypes: {
      type: 'array',
      minItems: 1,
      description: 'One entry a file.',
      items: {
        type: 'object',
        additionalProperties: false,
        required: ['name', 'key'],
        properties: {
          name: { type: 'string', minLength: 1, description: 'Name of the object type.' },
          file: {
            type: 'string',
            minLength: 1,
            pattern: '^[^/\\\\]+$',
            description: 'Name of the file in the folder (default: the name with .csv).',
          },
          key: { type: 'string', minLength: 1, description: 'Header of the column that holds the key.' },
          delimiter: delimiterSchema,
          columns: {
            type: 'array',
            items: columnSchema,
            description: 'The columns to show; default all, as text. Other columns are kept as they are.',
          },
          links: { type: 'array', items: linkSchema, description: 'Columns that hold lists of keys.' },
        },
      },
    },
    delimiter: delimiterSchema,
    encoding: { const: 'utf-8', description: 'The files are UTF-8, with or without a byte order mark.' },
    readOnly: { type: 'boolean', description: 'Never write (default false).' },
    protectFormulas: {
      type: 'boolean',
      description: 'Write text that a spreadsheet would run as a formula with a leading apostrophe (default false).',
    },
    finalLineBreak: {
      enum: ['required', 'optional'],
      description:
        'Whether a file whose last line does not end with a line break is refused as cut off (default required).',
    },
  },
};

interface ConfiguredColumn {
  readonly name: string;
  readonly column?: string;
  readonly type?: AttributeDescription['type'];
  readonly required?: boolean;
  readonly readOnly?: boolean;
}

interface ConfiguredLink {
  readonly name: string;
  readonly column?: string;
  readonly targetObjectType: string;
  readonly separator?: string;
}

interface ConfiguredObjectType {
  readonly name: string;
  readonly file?: string;
  readonly key: string;
  readonly delimiter?: string;
  readonly columns?: readonly ConfiguredColumn[];
  readonly links?: readonly ConfiguredLink[];
}

interface ConfiguredSettings {
  readonly path?: string;
  readonly folder?: string;
  readonly objectTypes: readonly ConfiguredObjectType[];
  readonly delimiter?: string;
  readonly readOnly?: boolean;
  readonly protectFormulas?: boolean;
  readonly finalLineBreak?: 'required' | 'optional';
}

/** The settings with their defaults; throws INVALID_VALUE when names do not fit together. */
export function csvSettings(settings: ConnectorSettings): CsvSettings {
  // The kit has checked the settings against the schema above.
  const configured = settings as unknown as ConfiguredSettings;
  const problem = settingsProblem(configured);
  if (problem !== null)
    throw new ConnectorError({
      code: 'INVALID_VALUE',
      message: problem,
      hint: 'Correct the settings of the connection.',
    });
  return {
    files: configured.objectTypes.map((type) => toFile(configured, type)),
    isReadOnly: configured.readOnly ?? false,
    protectsFormulas: configured.protectFormulas ?? false,
    needsFinalLineBreak: configured.finalLineBreak !== 'optional',
  };
}

function settingsProblem({ path, folder, objectTypes }: ConfiguredSettings): string | null {
  if ((path === undefined) === (folder === undefined))
    return 'Of the settings "path" and "folder", one must be given and not both.';
  if (path !== undefined && (objectTypes.length > 1 || objectTypes[0]?.file !== undefined))
    return 'With the setting "path" there is one object type and no "file"; use "folder" for several.';
  const names = objectTypes.map((type) => type.name);
  const twice = names.find((name, index) => names.indexOf(name) !== index);
  if (twice !== undefined) return `The setting "objectTypes" names "${twice}" twice.`;
  const dangling = objectTypes
    .flatMap((type) => type.links ?? [])
    .find((link) => !names.includes(link.targetObjectType));
  if (dangling !== undefined)
    return `The link "${dangling.name}" leads to the object type "${dangling.targetObjectType}", which the setting "objectTypes" does not name.`;
  return null;
}

function toFile(settings: ConfiguredSettings, type: ConfiguredObjectType): CsvFile {
  return {
    objectType: type.name,
    path: settings.path ?? join(settings.folder ?? '.', type.file ?? `${type.name}.csv`),
    key: type.key,
    delimiter: type.delimiter ?? settings.delimiter ?? ',',
    columns: type.columns?.map(toColumn) ?? null,
    links: (type.links ?? []).map((link) => ({
      ...link,
      column: link.column ?? link.name,
      separator: link.separator ?? ';',
    })),
  };
}

function toColumn(column: ConfiguredColumn): CsvColumn {
  return {
    name: column.name,
    column: column.column ?? column.name,
    type: column.type ?? 'string',
    isRequired: column.required ?? false,
    isReadOnly: column.readOnly ?? false,
  };
}
