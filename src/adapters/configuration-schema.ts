// The shape of the configuration files: every key with its meaning and default, as one zod schema per kind of entry.
// Owns what can be said about one entry alone; references and expressions are checked on the whole (configuration-check.ts).
import { z } from 'zod';
import {
  approvalWorkflows,
  automatedStates,
  comparisons,
  grantKinds,
  profiles,
  riskExemptions,
  taskKinds,
  uniquenesses,
} from '../domain/configuration.js';

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
const criterion = z.union(
  [
    z.string().min(1),
    z.array(z.string().min(1)).min(1),
    z.strictObject({
      under: z
        .union([z.string().min(1), z.array(z.string().min(1)).min(1)])
        .describe('Values that count with all below them.'),
    }),
  ],
  { error: 'expected a value, a list of values, or under: with one or more values' },
);
const context = z
  .record(identifierShape, criterion)
  .default({})
  .describe(
    'Dimension → value, list of values, or `under:` values with all below them. All must hold in one context of the person. Default: every context.',
  );
const timeOffset = z
  .strictObject({
    mode: z
      .enum(['AROUND', 'BEFORE', 'AFTER'])
      .default('AROUND')
      .describe(
        'AROUND: `before` moves the first day, `after` the last. BEFORE: both count from the first day. AFTER: both from the last.',
      ),
    before: z.int().min(-3_650).max(3_650).default(0).describe('Days; negative is earlier.'),
    after: z.int().min(-3_650).max(3_650).default(0).describe('Days; negative is earlier.'),
  })
  .nullable()
  .default(null)
  .describe('Moves the period in which the rule applies. Default: null, that of the assignment.');
const days = (meaning: string) => z.int().min(0).max(36_500).describe(meaning);
const confidencePercent = z.int().min(1).max(100).default(100);
const scalar = z.union([z.string(), z.number(), z.boolean(), z.null()]);
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
  samePersonAs: meaning('the key of another row that is the same natural person'),
});

const entityType = z.strictObject({
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

const dimension = z.strictObject({
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

const contextRule = z.strictObject({
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

const policyShape = z.strictObject({
  identifier,
  displayName,
  isSimulated: z.boolean().default(false).describe('Computed into plans and never written.'),
});

const category = z.strictObject({
  identifier,
  displayName,
  parent: optionalReference('the category above'),
  officers: z
    .array(z.string().min(1))
    .default([])
    .describe('Identity keys of the role officers of this category and of those below it.'),
});

const quorum = z.int().min(1).max(20).default(1).describe('How many of them must approve.');
const approver = z
  .union(
    [
      z.enum(['manager', 'owner', 'officers']),
      z.strictObject({
        people: z.array(z.string().min(1)).min(1).describe('Identity keys of those who may decide.'),
        quorum,
      }),
      z.strictObject({ officers: z.literal(true).describe('The officers of the category.'), quorum }),
      z.strictObject({ expression: expression('CEL over `person`, the beneficiary: an identity key.') }),
    ],
    { error: 'expected manager, owner, officers, people: with a list of identity keys, or expression: with CEL' },
  )
  .describe(
    '`manager` of the beneficiary, `owner` of the role, `officers` of its category, `people`, or an `expression`.',
  );

const parameter = z.strictObject({
  identifier: propertyName,
  displayName,
  dimension: optionalReference('the dimension whose values are allowed'),
  isRequired: z.boolean().default(true).describe('The role cannot be given without it.'),
});

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
  parameters: z.array(parameter).default([]).describe('What is asked about each holder.'),
  gracePeriodDays: days('Days a holder keeps it after losing it by a change of rules; 0: none.').default(0),
  prolongationWithoutApproval: z.boolean().default(false).describe('A later end date takes no approval.'),
  implicitApproval: z.boolean().default(false).describe('A step is skipped where the requester could decide it.'),
  approvalDays: z
    .int()
    .min(1)
    .max(3_650)
    .nullable()
    .default(null)
    .describe('Days a step waits before it is declined for want of a decision; null: for ever.'),
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
  dependsOnOwnerProperties: z
    .array(propertyName)
    .default([])
    .describe('Properties of the person that must be filled before the account is made.'),
  onRemove: z
    .union(
      [
        z.literal('delete'),
        z.strictObject({
          disable: propertyName.describe('Property of the account that says that it is disabled.'),
          disabledValue: scalar.default(false).describe('Its value when disabled.'),
          enabledValue: scalar.default(true).describe('Its value when in use.'),
          deleteAfterDays: days('Days')
            .nullable()
            .default(null)
            .describe('Days after which it is deleted; null: never.'),
        }),
      ],
      { error: 'expected delete, or disable: with a property' },
    )
    .default('delete')
    .describe('What becomes of an account that is not due any more.'),
  removeOrphans: z.boolean().default(false).describe('Accounts whose owner has disappeared are removed.'),
  discardManualAssignments: z
    .boolean()
    .default(false)
    .describe('True: what was changed in the target is overwritten. False: it is listed for reconciliation.'),
  fulfillHoursAheadOfTime: z
    .int()
    .min(0)
    .max(8_760)
    .default(0)
    .describe('Hours before the first day at which orders may go out.'),
  transmittedStateValidityHours: z
    .int()
    .min(0)
    .max(87_600)
    .optional()
    .describe('Hours an order may wait for its confirmation; 0: for ever. Default: 48, of manual connections 360.'),
  correlateMultipleResources: z.boolean().default(false).describe('One owner may have several resources of this type.'),
  suggestAllCorrelations: z
    .boolean()
    .default(false)
    .describe('Uncertain matches are proposed even where there is a sure one.'),
  isKeyUnique: z
    .boolean()
    .default(false)
    .describe('The key may read `attempt` (0, 1, 2 …) and is tried until it is free.'),
  unusedAfterDays: z
    .int()
    .min(1)
    .max(36_500)
    .nullable()
    .default(null)
    .describe('Accounts not used for so many days are listed; null: never.'),
});

const ruleKeys = { identifier: identifier.describe('Unique among all rules.'), policy, when, context };
const resourceTypeReference = reference('the resource type');

const roleRule = z.strictObject({
  ...ruleKeys,
  role: reference('the role, single or composite'),
  isDenied: z
    .boolean()
    .default(false)
    .describe('Takes the role away instead. Beats a rule that gives it at equal priority.'),
  priority,
  gives: z
    .enum(grantKinds)
    .default('REQUIRED')
    .describe('REQUIRED gives it; SUGGESTED offers it; REQUESTED_AUTOMATICALLY offers it ticked to those who are new.'),
  parameters: z
    .record(propertyName, expression('CEL over `person` and `context`: the value of the parameter.'))
    .default({})
    .describe('Parameter of the role → CEL over `person` and `context`.'),
});
const denied = (what: string) => z.boolean().default(false).describe(`True: nobody it applies to gets ${what}.`);
const typeRule = z.strictObject({
  ...ruleKeys,
  resourceType: resourceTypeReference,
  role,
  isDenied: denied('the account'),
  timeOffset,
});
const scalarRule = z.strictObject({
  ...ruleKeys,
  resourceType: resourceTypeReference,
  property: propertyName.describe('Property of the target entity type that gets the value.'),
  role,
  value: expression(
    'CEL over `person`, `context`, `roles`, `parameters` and `today`: the value. An empty text is no value.',
  ),
  priority,
  timeOffset,
  isMapped: z.boolean().default(true).describe('False: written, and never compared with what is there.'),
  comparison: z.enum(comparisons).default('EXACT').describe('When two values count as the same.'),
  uniqueness: z
    .enum(uniquenesses)
    .nullable()
    .default(null)
    .describe(
      'The value is given to one account only; it may read `attempt` (0, 1, 2 …) and is tried until it is free. KEEP: it stays; FOLLOW: a new one when what it is made of changes.',
    ),
});
const navigationRule = z.strictObject({
  ...ruleKeys,
  resourceType: resourceTypeReference,
  property: propertyName.describe('Multi-valued property of the target entity type that gets the link.'),
  role,
  target: z.string().min(1).max(500).describe('Key of the linked resource, e.g. a group.'),
  isDenied: denied('the link'),
  timeOffset,
});
const queryRule = z.strictObject({
  ...ruleKeys,
  resourceType: resourceTypeReference,
  property: propertyName.describe('Property of the target entity type that gets the link.'),
  role,
  source: expression('CEL over `person`, `context` and `parameters`: a text that is compared with `target`.'),
  target: expression('CEL over `resource`, a row of the entity type the property points to: a text.'),
  confidencePercent: confidencePercent.describe(
    '100: written by itself; less waits for review. The highest is tried first.',
  ),
  timeOffset,
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
const classificationRule = z.strictObject({
  identifier: ruleKeys.identifier,
  policy,
  resourceType: resourceTypeReference,
  when: expression('CEL over `resource`: true where the row is of the resource type.'),
  confidencePercent: confidencePercent.describe('100: sure; less waits for review.'),
});
const automationRule = z.strictObject({
  identifier: ruleKeys.identifier,
  policy,
  target: z
    .strictObject({
      kind: z.enum(['role', 'category', 'resourceType', 'policy']).describe('What the rule is about.'),
      identifier: reference('it'),
    })
    .describe('What is decided: the most specific rule wins.'),
  workflowState: z.enum(automatedStates).describe('The state that is decided.'),
  afterHours: z.int().min(0).max(87_600).describe('Hours it waits for a person first.'),
  decision: z.enum(['APPROVE', 'DECLINE']).describe('The decision. Of two rules alike, DECLINE wins.'),
});
const risk = z.strictObject({
  identifier,
  displayName,
  kind: z
    .enum(['SOD', 'HIGH_PRIVILEGE'])
    .default('SOD')
    .describe('Roles that must not come together, or one that is dangerous.'),
  level: percent.default(50).describe('0 to 100.'),
  exemption: z
    .enum(riskExemptions)
    .default('WARNING')
    .describe('WARNING tells, APPROVAL adds a step, BLOCKING refuses.'),
  combinations: z
    .array(z.array(reference('a single role')).min(1))
    .min(1)
    .describe('Sets of single roles; holding all of one set is the risk.'),
  description: z.string().min(1).max(2_000).nullable().default(null).describe('What can happen.'),
  remediation: z.string().min(1).max(2_000).nullable().default(null).describe('What to do instead.'),
  approvers: z.array(approver).max(1).default([]).describe('Who decides the extra step. Default: the role officers.'),
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
  owner: z
    .string()
    .min(1)
    .nullable()
    .default(null)
    .describe('Identity key of the person who answers for it, and counts as the same wherever two people are needed.'),
});

/** Kind of entry → shape of one entry, in the order of the documentation. */
export const entryShapes = {
  connectors: connector.describe('One managed system.'),
  connections: connection.describe('A way into a managed system: a package and its settings.'),
  entityTypes: entityType.describe('A class of rows of a managed system.'),
  dimensions: dimension.describe('A criterion that rules match on, e.g. the department.'),
  contextRules: contextRule.describe('Makes the contexts of people: what they do, where, and from when to when.'),
  policies: policyShape.describe('A set of roles and rules that belong together.'),
  categories: category.describe('A shelf of the role catalogue.'),
  singleRoles: singleRole.describe('An entitlement with a name that people understand.'),
  compositeRoles: compositeRole.describe('A bundle of single roles.'),
  resourceTypes: resourceType.describe('«A person may own such an account».'),
  roleRules: roleRule.describe('Gives a role to the people it applies to.'),
  typeRules: typeRule.describe('Gives an account.'),
  scalarRules: scalarRule.describe('Gives one property of an account its value.'),
  navigationRules: navigationRule.describe('Gives an account one fixed link, e.g. a group.'),
  queryRules: queryRule.describe('Gives an account a link to whatever resource matches.'),
  correlationRules: correlationRule.describe('Says which existing account is whose.'),
  classificationRules: classificationRule.describe('Says of which resource type an existing account is.'),
  automationRules: automationRule.describe('Decides what has waited for too long.'),
  risks: risk.describe('Roles that must not come together, or that are dangerous.'),
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
