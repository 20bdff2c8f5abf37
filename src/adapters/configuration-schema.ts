// The shape of the configuration files: every key with its meaning and default, as one zod schema per kind of entry.
// Owns what can be said about one entry alone; references and expressions are checked on the whole (configuration-check.ts).
import { z } from 'zod';
import { approvalWorkflows, profiles, taskKinds } from '../domain/configuration.js';

const identifierShape = z
  .string()
  .regex(
    /^[A-Za-z0-9][A-Za-z0-9._-]{0,99}$/,
    'expected letters, digits, “-”, “_” or “.”, at most 100, starting with a letter or digit',
  );
const identifier = identifierShape.describe(
  'Unique name for machines; never changed once in use. Letters, digits, `-`, `_`, `.`.',
);
const displayName = z.string().min(1).max(200).describe('Name for people.');
const reference = (to: string) => identifierShape.describe(`Identifier of ${to}.`);
const optionalReference = (to: string) =>
  identifierShape.nullable().default(null).describe(`Identifier of ${to}; null: none.`);
const expression = (meaning: string) => z.string().min(1).max(2000).describe(meaning);
const policy = reference('a policy')
  .optional()
  .describe('Identifier of a policy. Default: the only one, where there is just one.');
const when = z
  .string()
  .min(1)
  .max(2000)
  .nullable()
  .default(null)
  .describe('CEL over `person`, `roles` and `today`: to whom the rule applies. Default: to everybody.');
const role = reference('a role')
  .nullable()
  .default(null)
  .describe('Applies only to holders of this role. Default: null, to everybody.');
const priority = z.int().min(0).max(1_000_000).default(100).describe('The lowest number wins.');
const percent = z.int().min(0).max(100);
const count = z.int().min(0).max(1_000_000_000);

/** CEL reads a property by its name: it must be one word and none of CEL's own. */
const propertyName = z
  .string()
  .regex(/^[A-Za-z][A-Za-z0-9_]{0,62}$/, 'expected a letter, then letters, digits or “_”, at most 63')
  .refine((name) => !reservedWords.has(name), 'this word is reserved by the expression language')
  .describe('Name of the property in rules and in the API: a letter, then letters, digits or `_`.');
const reservedWords: ReadonlySet<string> = new Set([
  'as',
  'break',
  'const',
  'constructor',
  'continue',
  'else',
  'false',
  'for',
  'function',
  'if',
  'import',
  'in',
  'let',
  'loop',
  'namespace',
  'null',
  'package',
  'prototype',
  'return',
  'true',
  'var',
  'void',
  'while',
]);

const synchronizationThresholds = z.strictObject({
  rows: count.default(100).describe('Rows inserted, updated or deleted that are still let through.'),
  percent: percent.default(5).describe('Percent of the rows known before.'),
  percentFloor: count.default(5).describe('The percentage counts only when it is over this many rows.'),
  links: count.default(1_000).describe('Links added or removed that are still let through.'),
  linkPercent: percent.default(5).describe('Percent of the links known before.'),
  linkPercentFloor: count.default(20).describe('The percentage counts only when it is over this many links.'),
});

const connector = z.strictObject({
  identifier,
  displayName,
  thresholds: synchronizationThresholds
    .prefault({})
    .describe('What one synchronisation may change before a person has to look.'),
});

const connection = z.strictObject({
  identifier,
  displayName,
  connector: reference('the connector it leads to'),
  package: z
    .string()
    .regex(
      /^(@[a-z0-9][a-z0-9._-]*\/)?[a-z0-9][a-z0-9._-]*$/,
      'expected a package name such as csv or @acme/joinery-crm',
    )
    .describe('Connector package: a short name such as `csv` (= @joinery/connector-csv) or a full npm name.'),
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
});

const entityType = z.strictObject({
  identifier,
  displayName,
  connection: reference('the connection its rows are read through'),
  objectType: z.string().min(1).max(200).describe('Object type of the package, e.g. a table or a file.'),
  key: propertyName.describe('The property that is the key of a row.'),
  displayProperty: propertyName.optional().describe('The property shown to people. Default: the key.'),
  properties: z.array(property).min(1).describe('The properties that are read; others are left in the system.'),
  identity: identityMapping
    .nullable()
    .default(null)
    .describe('Marks the rows as people, and says which property means what. Exactly one entity type has it.'),
});

const named = z.strictObject({ identifier, displayName });

const category = z.strictObject({
  identifier,
  displayName,
  parent: optionalReference('the category above'),
});

const approver = z
  .union(
    [
      z.enum(['manager', 'owner']),
      z.strictObject({ people: z.array(z.string().min(1)).min(1).describe('Identity keys; any one of them decides.') }),
    ],
    { error: 'expected manager, owner, or people: with a list of identity keys' },
  )
  .describe('`manager` of the beneficiary, `owner` of the role, or `people`.');

const roleKeys = {
  identifier,
  displayName,
  description: z
    .string()
    .min(1)
    .max(2_000)
    .nullable()
    .default(null)
    .describe('What holding it means, in plain words. Required to be requestable.'),
  category: optionalReference('a category'),
  policy,
  owner: z.string().min(1).nullable().default(null).describe('Identity key of the owner.'),
  isRequestable: z.boolean().default(false).describe('People may ask for it.'),
  isPrivileged: z.boolean().default(false).describe('Marked as powerful wherever it is shown.'),
  approvalWorkflow: z
    .enum(approvalWorkflows)
    .optional()
    .describe(
      'How many approvals a request takes. Must be said when the role is requestable. Default otherwise: NONE.',
    ),
  approvers: z
    .array(approver)
    .max(3)
    .optional()
    .describe('Who decides, one per step. Default: the manager for MANAGER; must be said for one to three approvals.'),
  maxDurationDays: z
    .int()
    .min(1)
    .max(36_500)
    .nullable()
    .default(null)
    .describe('Longest time it can be given for, in days; null: no limit.'),
};
const singleRole = z.strictObject(roleKeys);
const compositeRole = z.strictObject({
  ...roleKeys,
  singleRoles: z.array(reference('a single role')).min(1).describe('Single roles it consists of.'),
});

const orderThresholds = z.strictObject({
  percent: percent.default(30).describe('Percent of the resources that are verified or executed.'),
  percentFloor: count.default(5).describe('The percentage counts only when it is over this many.'),
  absolute: count.nullable().default(null).describe('Most orders of one kind in one run; null: off.'),
});

const resourceType = z.strictObject({
  identifier,
  displayName,
  sourceEntityType: reference('the entity type of the owners: the one marked as identity'),
  targetEntityType: reference('the entity type of the resources'),
  policy,
  connection: reference('the connection that carries orders out')
    .optional()
    .describe(
      'Identifier of the connection that carries orders out. Default: the one its entity type is read through.',
    ),
  blockProvisioning: z
    .boolean()
    .describe('Orders wait until a person has reviewed them. Must be said: there is no default.'),
  allowAdd: z.boolean().default(true).describe('Resources may be created.'),
  allowUpdate: z.boolean().default(true).describe('Resources may be changed.'),
  allowRemove: z.boolean().default(true).describe('What Joinery gave may be removed.'),
  key: expression('CEL over `person`: the key of a new resource. It is not changed afterwards.'),
  thresholds: orderThresholds.prefault({}).describe('Orders of one run, by kind, before a person has to look.'),
  dependsOn: z
    .array(reference('a resource type'))
    .default([])
    .describe('Resource types whose account must be there first.'),
});

const ruleKeys = { identifier: identifier.describe('Unique among all rules.'), policy, when };
const resourceTypeReference = reference('the resource type');

const roleRule = z.strictObject({
  ...ruleKeys,
  role: reference('the role, single or composite'),
  isDenied: z
    .boolean()
    .default(false)
    .describe('Takes the role away instead. Beats a rule that gives it at equal priority.'),
  priority,
});
const typeRule = z.strictObject({ ...ruleKeys, resourceType: resourceTypeReference, role });
const scalarRule = z.strictObject({
  ...ruleKeys,
  resourceType: resourceTypeReference,
  property: propertyName.describe('Property of the target entity type that gets the value.'),
  role,
  value: expression('CEL over `person`, `roles` and `today`: the value. An empty text is no value.'),
  priority,
});
const navigationRule = z.strictObject({
  ...ruleKeys,
  resourceType: resourceTypeReference,
  property: propertyName.describe('Multi-valued property of the target entity type that gets the link.'),
  role,
  target: z.string().min(1).max(500).describe('Key of the linked resource, e.g. a group.'),
});
const correlationRule = z.strictObject({
  identifier: ruleKeys.identifier,
  policy,
  resourceType: resourceTypeReference,
  source: expression('CEL over `person`: a text that is compared with `target`.'),
  target: expression('CEL over `resource`: a text that is compared with `source`.'),
  confidencePercent: z
    .int()
    .min(1)
    .max(100)
    .default(100)
    .describe('100: sure. Only sure correlations link by themselves.'),
});

const jobStep = z.strictObject({
  identifier,
  kind: z.enum(taskKinds).describe('What the step does.'),
  connector: reference('a connector')
    .nullable()
    .default(null)
    .describe('For EXPORT and SYNCHRONIZE: identifier of the connector.'),
  level: z
    .int()
    .min(1)
    .max(1_000)
    .optional()
    .describe(
      'Steps of one level may run together; the next level starts after all of them. Default: one more than the step before.',
    ),
});
const job = z.strictObject({
  identifier,
  displayName,
  mode: z.enum(['COMPLETE', 'INCREMENTAL']).describe('Everything, or what changed.'),
  schedule: z
    .string()
    .min(1)
    .nullable()
    .default(null)
    .describe('Cron with five or six fields; null: only when launched.'),
  timeZone: z
    .string()
    .min(1)
    .optional()
    .describe('IANA time zone of the schedule. Default: the company’s (`JOINERY_TIME_ZONE`).'),
  isEnabled: z.boolean().default(true).describe('False: not run by its schedule.'),
  steps: z.array(jobStep).min(1).describe('The tasks, in order.'),
});

const profile = z.strictObject({
  profile: z.enum(profiles).describe('Name of the profile.'),
  people: z.array(z.string().min(1)).min(1).describe('Identity keys of those who have it.'),
});
const serviceAccount = z.strictObject({
  identifier,
  displayName,
  profiles: z.array(z.enum(profiles)).min(1).describe('What it may do.'),
});

/** Kind of entry → shape of one entry, in the order of the documentation. */
export const entryShapes = {
  connectors: connector.describe('One managed system.'),
  connections: connection.describe('A way into a managed system: a package and its settings.'),
  entityTypes: entityType.describe('A class of rows of a managed system.'),
  policies: named.describe('A set of roles and rules that belong together.'),
  categories: category.describe('A shelf of the role catalogue.'),
  singleRoles: singleRole.describe('An entitlement with a name that people understand.'),
  compositeRoles: compositeRole.describe('A bundle of single roles.'),
  resourceTypes: resourceType.describe('«A person may own such an account».'),
  roleRules: roleRule.describe('Gives a role to the people it applies to.'),
  typeRules: typeRule.describe('Gives an account.'),
  scalarRules: scalarRule.describe('Gives one property of an account its value.'),
  navigationRules: navigationRule.describe('Gives an account one fixed link, e.g. a group.'),
  correlationRules: correlationRule.describe('Says which existing account is whose.'),
  jobs: job.describe('A list of tasks with a schedule.'),
  profiles: profile.describe('Who may do more than an employee.'),
  serviceAccounts: serviceAccount.describe('A caller that is not a person: a script.'),
} as const;
export type EntryKind = keyof typeof entryShapes;
export const entryKinds = Object.keys(entryShapes) as readonly EntryKind[];
export type Entry<Kind extends EntryKind> = z.output<(typeof entryShapes)[Kind]>;

/** The JSON Schema (draft 2020-12) of one configuration file, for editors and for the documentation. */
export function configurationJsonSchema(): Readonly<Record<string, unknown>> {
  const lists = Object.fromEntries(
    Object.entries(entryShapes).map(([kind, shape]) => [
      kind,
      z
        .array(shape)
        .optional()
        .describe(shape.description ?? kind),
    ]),
  );
  const file = z
    .strictObject(lists)
    .describe('A Joinery configuration file: any of these lists, in any file of the folder.');
  return { ...z.toJSONSchema(file, { io: 'input', target: 'draft-2020-12' }), title: 'Joinery configuration' };
}
