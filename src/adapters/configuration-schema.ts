// The configuration files as one table: every kind of entry with the shape of one entry.
// Owns the table; the shapes stand next to it by subject; references and expressions are checked on the whole (configuration-check.ts).
import { z } from 'zod';
import { job, profile, serviceAccount } from './configuration-job.js';
import { resourceType } from './configuration-resource-type.js';
import { category, compositeRole, policyShape, risk, singleRole } from './configuration-role.js';
import {
  automationRule,
  classificationRule,
  correlationRule,
  navigationRule,
  queryRule,
  roleRule,
  scalarRule,
  typeRule,
} from './configuration-rule.js';
import { connection, connector, contextRule, dimension, entityType } from './configuration-system.js';

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
