// Shapes of what is connected: systems, connections, classes of rows, dimensions and contexts.
import { z } from 'zod';
import {
  count,
  displayName,
  expression,
  identifier,
  optionalReference,
  percent,
  policy,
  propertyName,
  reference,
} from './configuration-word.js';

const synchronizationThresholds = z.strictObject({
  rows: count.default(100).describe('Rows inserted, updated or deleted that are still let through.'),
  percent: percent.default(5).describe('Percent of the rows known before.'),
  percentFloor: count.default(5).describe('The percentage counts only when it is over this many rows.'),
  links: count.default(1_000).describe('Links added or removed that are still let through.'),
  linkPercent: percent.default(5).describe('Percent of the links known before.'),
  linkPercentFloor: count.default(20).describe('The percentage counts only when it is over this many links.'),
});

export const connector = z.strictObject({
  identifier,
  displayName,
  thresholds: synchronizationThresholds
    .prefault({})
    .describe('What one synchronisation may change before a person has to look.'),
});

export const connection = z.strictObject({
  identifier,
  displayName,
  connector: reference('the connector it leads to'),
  package: z
    .string()
    .regex(
      /^(@[a-z0-9][a-z0-9._-]*\/)?[a-z0-9][a-z0-9._-]*$/,
      'expected a package name such as csv or @acme/joinery-crm',
    )
    .describe(
      'Connector package: a short name such as `csv` (= @joinery/connector-csv) or a full npm name; `ticket` (or `manual`): orders go to people, and the settings may hold `instructions` for them.',
    ),
  settings: z
    .record(z.string(), z.unknown())
    .default({})
    .describe(
      'Settings of the package. `${dataFolder}` in a text stands for the data folder; `{ $file: path }` and `{ $env: NAME }` stand for a value that is read when the connection is opened.',
    ),
  concurrency: z
    .int()
    .min(1)
    .max(1_000)
    .optional()
    .describe('Calls at once. Default: 4, or 1 for a package that works on one file.'),
  ratePerSecond: z
    .number()
    .positive()
    .max(100_000)
    .nullable()
    .default(null)
    .describe('Orders a second; null: no limit.'),
  deadlineSeconds: z.number().positive().max(3_600).default(30).describe('Seconds one call may take.'),
});

const property = z.strictObject({
  identifier: propertyName,
  displayName: displayName.optional().describe('Name for people. Default: the identifier.'),
  attribute: z
    .string()
    .min(1)
    .max(200)
    .optional()
    .describe('Attribute (or link) of the object type. Default: the identifier.'),
  type: z.enum(['string', 'number', 'boolean', 'date']).default('string').describe('Type of the value.'),
  references: optionalReference('the entity type this property points to, by its key'),
  isMultivalued: z
    .boolean()
    .default(false)
    .describe('Several links to resources of `references`; cannot be read in expressions.'),
  isSecret: z.boolean().default(false).describe('Never shown, and cannot be read in expressions.'),
});

const meaning = (text: string) =>
  propertyName.nullable().default(null).describe(`Property that holds ${text}. Default: null, there is none.`);
const identityMapping = z.strictObject({
  firstName: meaning('the first name'),
  lastName: meaning('the last name'),
  email: meaning('the mail address'),
  jobTitle: meaning('the job title'),
  kind: meaning('EMPLOYEE, CONTRACTOR, PARTNER or SERVICE, in any case (without it all are employees)'),
  startDate: meaning('the first day'),
  endDate: meaning('the last day'),
  department: meaning('the key of the department'),
  manager: meaning('the key of the manager'),
  timeZone: meaning('the IANA time zone in which days begin and end (without it: the company’s)'),
  samePersonAs: meaning('the key of another row that is the same natural person'),
});

export const entityType = z.strictObject({
  identifier,
  displayName,
  connection: reference('the connection its rows are read through'),
  objectType: z.string().min(1).max(200).describe('Object type of the package, e.g. a table or a file.'),
  key: propertyName.describe('The property that is the key of a row.'),
  displayProperty: propertyName.optional().describe('The property shown to people. Default: the key.'),
  properties: z.array(property).min(1).describe('The properties that are read; others are left in the system.'),
  lastUsedProperty: meaning('the day or instant of the last use'),
  identity: identityMapping
    .nullable()
    .default(null)
    .describe('Marks the rows as people, and says which property means what. Exactly one entity type has it.'),
});

export const dimension = z.strictObject({
  identifier: propertyName.describe('Name of the dimension in rules: a letter, then letters, digits or `_`.'),
  displayName,
  entityType: optionalReference('the entity type whose keys are its values'),
  parent: propertyName
    .nullable()
    .default(null)
    .describe('Property of that entity type with the key of the value above; null: no hierarchy.'),
});

const positionSource = z.strictObject({
  entityType: reference('the entity type whose rows are positions'),
  person: propertyName.describe('Property that holds the key of the person.'),
  startDate: meaning('the first day'),
  endDate: meaning('the last day'),
  exclude: expression('CEL')
    .nullable()
    .default(null)
    .describe('CEL over `position`: true leaves the row out, e.g. a draft. Default: null, none is.'),
});

export const contextRule = z.strictObject({
  identifier: identifier.describe('Unique among all rules.'),
  policy,
  positions: positionSource
    .nullable()
    .default(null)
    .describe('Where the positions of people are. Default: null, a person is its own only position.'),
  dimensions: z
    .record(propertyName, expression('CEL over `person` and `position`: the value.'))
    .describe('Dimension → CEL over `person`, and `position` where there are positions.'),
});
