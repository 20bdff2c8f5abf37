// The settings of an LDIF connection as JSON Schema; what they become is in settings.ts.
import type { SettingsSchema } from '@joinery/connector-kit';

const name = { type: 'string', minLength: 1 } as const;
const attributeName = { type: 'string', pattern: '^([A-Za-z][A-Za-z0-9-]*|\\d+(\\.\\d+)*)(;[A-Za-z0-9-]+)*$' } as const;

const attributeSchema = {
  type: 'object',
  additionalProperties: false,
  required: ['name'],
  properties: {
    name: { ...name, description: 'Name of the attribute.' },
    attribute: { ...attributeName, description: 'Its name in the directory (default: the name).' },
    type: { enum: ['string', 'number', 'boolean', 'date'], description: 'Default string. Dates are generalized time.' },
    required: { type: 'boolean', description: 'An entry cannot be without it.' },
    readOnly: { type: 'boolean', description: 'Joinery may not write it.' },
    writeOnly: { type: 'boolean', description: 'Is written, never read (userPassword); see "includeWriteOnly".' },
  },
} as const;

const linkSchema = {
  type: 'object',
  additionalProperties: false,
  required: ['name', 'attribute', 'targetObjectType'],
  properties: {
    name: { ...name, description: 'Name of the link.' },
    attribute: { ...attributeName, description: 'The attribute that names the members.' },
    targetObjectType: { ...name, description: 'The object type of the members.' },
    values: { enum: ['dn', 'key'], description: 'What it holds: names of entries (default) or keys (memberUid).' },
  },
} as const;

const objectTypeSchema = {
  type: 'object',
  additionalProperties: false,
  required: ['name', 'objectClasses', 'key'],
  properties: {
    name: { ...name, description: 'Name of the object type.' },
    objectClasses: {
      type: 'array',
      minItems: 1,
      items: attributeName,
      description: 'Entries that have all of these are of the type; entries that are created get them.',
    },
    base: { ...name, description: 'Only entries below this one; entries are created here (needed with mode changes).' },
    key: { ...attributeName, description: 'The attribute that holds the key; with mode changes it names the entry.' },
    attributes: { type: 'array', items: attributeSchema, description: 'The other attributes.' },
    links: { type: 'array', items: linkSchema, description: 'Attributes that name other entries.' },
  },
} as const;

export const ldifSettingsSchema: SettingsSchema = {
  type: 'object',
  additionalProperties: false,
  required: ['mode', 'objectTypes'],
  properties: {
    mode: { enum: ['content', 'changes'], description: 'content: read an export. changes: write change records.' },
    objectTypes: { type: 'array', minItems: 1, items: objectTypeSchema, description: 'Kinds of entries.' },
    file: { ...name, description: 'content: the exported file.' },
    charset: { enum: ['utf-8', 'latin1'], description: 'content: how plain text is encoded (default utf-8).' },
    finalBlankLine: {
      enum: ['required', 'optional'],
      description:
        'content: whether a file that does not end with a blank line is refused as cut off (default required).',
    },
    changeFile: { ...name, description: 'changes: the file that change records are appended to.' },
    changeFolder: { ...name, description: 'changes: the folder that gets a file for each change.' },
    journal: {
      ...name,
      description:
        'changes: where Joinery notes what was written (default: .joinery beside the change file or in the folder).',
    },
    retentionDays: {
      type: 'number',
      exclusiveMinimum: 0,
      description: 'changes: how long a change is remembered, so that it is not written twice (default 90).',
    },
    includeWriteOnly: {
      type: 'boolean',
      description: 'changes: write passwords and the like, in clear (default false: they are left out).',
    },
    fileMode: { type: 'string', pattern: '^0?[0-7]{3}$', description: 'changes: rights of the files (default 640).' },
  },
};
