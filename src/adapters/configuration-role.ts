// Shapes of what people can hold: policies, categories, roles, and the risks of holding them together.
import { z } from 'zod';
import { approvalWorkflows, riskExemptions } from '../domain/configuration.js';
import {
  days,
  displayName,
  expression,
  identifier,
  optionalReference,
  percent,
  policy,
  propertyName,
  reference,
} from './configuration-word.js';

export const policyShape = z.strictObject({
  identifier,
  displayName,
  isSimulated: z.boolean().default(false).describe('Computed into plans and never written.'),
});

export const category = z.strictObject({
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
export const singleRole = z.strictObject(roleKeys);
export const compositeRole = z.strictObject({
  ...roleKeys,
  singleRoles: z.array(reference('a single role')).min(1).describe('Single roles it consists of.'),
});

export const risk = z.strictObject({
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
