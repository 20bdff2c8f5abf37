// The settings of an Excel connection: their schema, and the shape the code works with.
// Owns defaults and what the schema cannot say (names that must fit together).
import { join } from 'node:path';
import {
  type AttributeDescription,
  ConnectorError,
  type ConnectorSettings,
  type SettingsSchema,
} from '@joinery/connector-kit';

/** A column of a sheet as an attribute. */
export interface ExcelColumn {
  readonly name: string;
  readonly header: string;
  readonly type: AttributeDescription['type'];
  readonly isRequired: boolean;
}

/** A column holding several keys of other rows. */
export interface ExcelLink {
  readonly name: string;
  readonly header: string;
  readonly targetObjectType: string;
  readonly separator: string;
}

/** One sheet: one object type. */
export interface ExcelTable {
  readonly objectType: string;
  readonly path: string;
  /** Name, or number counted from 1. */
  readonly sheet: string | number;
  /** Counted from 1. */
  readonly headerRow: number;
  /** Header of the key column. */
  readonly key: string;
  /** null: every column with a header is a text attribute. */
  readonly columns: readonly ExcelColumn[] | null;
  readonly links: readonly ExcelLink[];
}

export interface ExcelSettings {
  readonly tables: readonly ExcelTable[];
  readonly maxBytes: number;
  readonly maxUnpackedBytes: number;
}

const defaultMaxBytes = 32 * 1024 * 1024;
const defaultMaxUnpackedBytes = 256 * 1024 * 1024;

const name = { type: 'string', minLength: 1 } as const;

const columnSchema = {
  type: 'object',
  additionalProperties: false,
  required: ['name'],
  properties: {
    name: { ...name, description: 'Name of the attribute.' },
    header: { ...name, description: 'Header of the column (default: the name).' },
    type: { enum: ['string', 'number', 'boolean', 'date'], description: 'Default string.' },
    required: { type: 'boolean', description: 'An empty cell is an error.' },
  },
} as const;

const linkSchema = {
  type: 'object',
  additionalProperties: false,
  required: ['name', 'targetObjectType'],
  properties: {
    name: { ...name, description: 'Name of the link.' },
    header: { ...name, description: 'Header of the column (default: the name).' },
    targetObjectType: { ...name, description: 'The object type whose keys the cells hold.' },
    separator: { ...name, maxLength: 3, description: 'What separates the keys in a cell (default a semicolon).' },
  },
} as const;

const objectTypeSchema = {
  type: 'object',
  additionalProperties: false,
  required: ['name', 'key'],
  properties: {
    name: { ...name, description: 'Name of the object type.' },
    file: {
      ...name,
      pattern: '^[^/\\\\]+$',
      description: 'Name of the workbook in the folder (default: the name with .xlsx).',
    },
    sheet: {
      type: ['string', 'integer'],
      minLength: 1,
      minimum: 1,
      description: 'Name of the sheet, or its number counted from 1 (default 1).',
    },
    headerRow: {
      type: 'integer',
      minimum: 1,
      description: 'The row that names the columns, counted from 1 (default 1).',
    },
    key: { ...name, description: 'Header of the column that holds the key.' },
    columns: {
      type: 'array',
      items: columnSchema,
      description: 'The columns to show; default all that have a header, as text.',
    },
    links: { type: 'array', items: linkSchema, description: 'Columns that hold lists of keys.' },
  },
} as const;

export const excelSettingsSchema: SettingsSchema = {
  type: 'object',
  additionalProperties: false,
  required: ['objectTypes'],
  properties: {
    path: { ...name, description: 'The workbook, when there is one.' },
    folder: { ...name, description: 'The folder of the workbooks, when there are several.' },
    objectTypes: { type: 'array', minItems: 1, items: objectTypeSchema, description: 'One entry a sheet.' },
    maxBytes: { type: 'integer', minimum: 1, description: 'Largest workbook that is read, in bytes (default 32 MB).' },
    maxUnpackedBytes: {
      type: 'integer',
      minimum: 1,
      description: 'Most bytes a workbook may have when it is unpacked (default 256 MB).',
    },
  },
};

interface ConfiguredObjectType {
  readonly name: string;
  readonly file?: string;
  readonly sheet?: string | number;
  readonly headerRow?: number;
  readonly key: string;
  readonly columns?: readonly {
    readonly name: string;
    readonly header?: string;
    readonly type?: AttributeDescription['type'];
    readonly required?: boolean;
  }[];
  readonly links?: readonly {
    readonly name: string;
    readonly header?: string;
    readonly targetObjectType: string;
    readonly separator?: string;
  }[];
}

interface ConfiguredSettings {
  readonly path?: string;
  readonly folder?: string;
  readonly objectTypes: readonly ConfiguredObjectType[];
  readonly maxBytes?: number;
  readonly maxUnpackedBytes?: number;
}

/** The settings with their defaults; throws INVALID_VALUE when names do not fit together. */
export function excelSettings(settings: ConnectorSettings): ExcelSettings {
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
    tables: configured.objectTypes.map((type) => toTable(configured, type)),
    maxBytes: configured.maxBytes ?? defaultMaxBytes,
    maxUnpackedBytes: configured.maxUnpackedBytes ?? defaultMaxUnpackedBytes,
  };
}

function settingsProblem({ path, folder, objectTypes }: ConfiguredSettings): string | null {
  if ((path === undefined) === (folder === undefined))
    return 'Of the settings "path" and "folder", one must be given and not both.';
  if (path !== undefined && objectTypes.some((type) => type.file !== undefined))
    return 'With the setting "path" there is no "file"; use "folder" for several workbooks.';
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

function toTable({ path, folder }: ConfiguredSettings, type: ConfiguredObjectType): ExcelTable {
  return {
    objectType: type.name,
    path: path ?? join(folder ?? '.', type.file ?? `${type.name}.xlsx`),
    sheet: type.sheet ?? 1,
    headerRow: type.headerRow ?? 1,
    key: type.key,
    columns:
      type.columns?.map((column) => ({
        name: column.name,
        header: column.header ?? column.name,
        type: column.type ?? 'string',
        isRequired: column.required ?? false,
      })) ?? null,
    links: (type.links ?? []).map((link) => ({
      ...link,
      header: link.header ?? link.name,
      separator: link.separator ?? ';',
    })),
  };
}
