// The settings of an LDIF connection as the code works with them.
// Owns defaults and what the schema cannot say (settings that need each other, names that must fit together).
import { dirname, join } from 'node:path';
import {
  type AttributeDescription,
  ConnectorError,
  type ConnectorSettings,
  type HandoverPlace,
  type ObjectTypeDescription,
} from '@joinery/connector-kit';

export interface LdifAttribute {
  readonly description: AttributeDescription;
  /** Name in the directory. */
  readonly attribute: string;
}

export interface LdifLink {
  readonly name: string;
  readonly attribute: string;
  readonly targetObjectType: string;
  readonly values: 'dn' | 'key';
}

/** A kind of entry. */
export interface LdifType {
  readonly name: string;
  readonly objectClasses: readonly string[];
  /** null: anywhere. */
  readonly base: string | null;
  readonly key: string;
  readonly attributes: readonly LdifAttribute[];
  readonly links: readonly LdifLink[];
  readonly description: ObjectTypeDescription;
}

export interface ContentSettings {
  readonly mode: 'content';
  readonly types: readonly LdifType[];
  readonly path: string;
  readonly charset: 'utf-8' | 'latin1';
  readonly needsFinalBlankLine: boolean;
}

export interface ChangeSettings {
  readonly mode: 'changes';
  readonly types: readonly LdifType[];
  /** null: a file for each change. */
  readonly changeFile: string | null;
  readonly place: HandoverPlace;
  readonly retentionMs: number;
  readonly includesWriteOnly: boolean;
}

export type LdifSettings = ContentSettings | ChangeSettings;

interface ConfiguredType {
  readonly name: string;
  readonly objectClasses: readonly string[];
  readonly base?: string;
  readonly key: string;
  readonly attributes?: readonly {
    readonly name: string;
    readonly attribute?: string;
    readonly type?: AttributeDescription['type'];
    readonly required?: boolean;
    readonly readOnly?: boolean;
    readonly writeOnly?: boolean;
  }[];
  readonly links?: readonly (Omit<LdifLink, 'values'> & Partial<Pick<LdifLink, 'values'>>)[];
}

interface ConfiguredSettings {
  readonly mode: LdifSettings['mode'];
  readonly objectTypes: readonly ConfiguredType[];
  readonly file?: string;
  readonly charset?: ContentSettings['charset'];
  readonly finalBlankLine?: 'required' | 'optional';
  readonly changeFile?: string;
  readonly changeFolder?: string;
  readonly journal?: string;
  readonly retentionDays?: number;
  readonly includeWriteOnly?: boolean;
  readonly fileMode?: string;
}

const dayMs = 24 * 60 * 60 * 1_000;
const ofContent = ['file', 'charset', 'finalBlankLine'] as const;
const ofChanges = ['changeFile', 'changeFolder', 'journal', 'retentionDays', 'includeWriteOnly', 'fileMode'] as const;

/** The settings with their defaults; throws INVALID_VALUE when they do not fit together. */
export function ldifSettings(settings: ConnectorSettings): LdifSettings {
  // The kit has checked the settings against the schema.
  const configured = settings as unknown as ConfiguredSettings;
  const problem = modeProblem(configured) ?? nameProblem(configured);
  if (problem !== null)
    throw new ConnectorError({
      code: 'INVALID_VALUE',
      message: problem,
      hint: 'Correct the settings of the connection.',
    });
  const types = configured.objectTypes.map(toType);
  return configured.mode === 'content' ? contentSettings(configured, types) : changeSettings(configured, types);
}

function contentSettings(
  { file, charset, finalBlankLine }: ConfiguredSettings,
  types: readonly LdifType[],
): LdifSettings {
  return {
    mode: 'content',
    types,
    path: file ?? '',
    charset: charset ?? 'utf-8',
    needsFinalBlankLine: finalBlankLine !== 'optional',
  };
}

function changeSettings(configured: ConfiguredSettings, types: readonly LdifType[]): LdifSettings {
  const changeFile = configured.changeFile ?? null;
  const folder = changeFile === null ? (configured.changeFolder ?? '') : dirname(changeFile);
  return {
    mode: 'changes',
    types,
    changeFile,
    place: {
      folder,
      journal: configured.journal ?? join(folder, '.joinery'),
      extension: '.ldif',
      mode: Number.parseInt(configured.fileMode ?? '640', 8),
    },
    retentionMs: (configured.retentionDays ?? 90) * dayMs,
    includesWriteOnly: configured.includeWriteOnly ?? false,
  };
}

function modeProblem(configured: ConfiguredSettings): string | null {
  const foreign = (configured.mode === 'content' ? ofChanges : ofContent).find(
    (name) => configured[name] !== undefined,
  );
  if (foreign !== undefined) return `The setting "${foreign}" does not go with the mode "${configured.mode}".`;
  if (configured.mode === 'content') return configured.file === undefined ? 'The setting "file" is missing.' : null;
  if ((configured.changeFile === undefined) === (configured.changeFolder === undefined))
    return 'Of the settings "changeFile" and "changeFolder", one must be given and not both.';
  const homeless = configured.objectTypes.find((type) => type.base === undefined);
  return homeless === undefined ? null : `The object type "${homeless.name}" has no "base": where is it created?`;
}

function nameProblem({ objectTypes }: ConfiguredSettings): string | null {
  const names = objectTypes.map((type) => type.name);
  const twice = names.find((name, index) => names.indexOf(name) !== index);
  if (twice !== undefined) return `The setting "objectTypes" names "${twice}" twice.`;
  const links = objectTypes.flatMap((type) => type.links ?? []);
  const dangling = links.find((link) => !names.includes(link.targetObjectType));
  if (dangling !== undefined)
    return `The link "${dangling.name}" leads to the object type "${dangling.targetObjectType}", which the setting "objectTypes" does not name.`;
  return null;
}

function toType(type: ConfiguredType): LdifType {
  const attributes = (type.attributes ?? [])
    .filter(({ name }) => name !== type.key)
    .map((attribute) => ({
      attribute: attribute.attribute ?? attribute.name,
      description: {
        name: attribute.name,
        type: attribute.type ?? 'string',
        isRequired: attribute.required ?? false,
        isReadOnly: attribute.readOnly ?? false,
        isWriteOnly: attribute.writeOnly ?? false,
      },
    }));
  const links = (type.links ?? []).map((link) => ({ ...link, values: link.values ?? 'dn' }));
  return {
    name: type.name,
    objectClasses: type.objectClasses,
    base: type.base ?? null,
    key: type.key,
    attributes,
    links,
    description: {
      name: type.name,
      keyAttribute: type.key,
      attributes: [
        { name: type.key, type: 'string', isRequired: true },
        ...attributes.map(({ description }) => description),
      ],
      links: links.map(({ name, targetObjectType }) => ({ name, targetObjectType })),
    },
  };
}
