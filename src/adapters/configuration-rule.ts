// Shapes of rules: what gives roles, accounts, values and links, and what decides by age.
import { z } from 'zod';
import { automatedStates, comparisons, grantKinds, uniquenesses } from '../domain/configuration.js';
import {
  confidencePercent,
  context,
  expression,
  identifier,
  policy,
  priority,
  propertyName,
  reference,
  role,
  timeOffset,
  when,
} from './configuration-word.js';

const ruleKeys = { identifier: identifier.describe('Unique among all rules.'), policy, when, context };
const resourceTypeReference = reference('the resource type');

export const roleRule = z.strictObject({
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
export const typeRule = z.strictObject({
  ...ruleKeys,
  resourceType: resourceTypeReference,
  role,
  isDenied: denied('the account'),
  timeOffset,
});
export const scalarRule = z.strictObject({
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
export const navigationRule = z.strictObject({
  ...ruleKeys,
  resourceType: resourceTypeReference,
  property: propertyName.describe('Multi-valued property of the target entity type that gets the link.'),
  role,
  target: z.string().min(1).max(500).describe('Key of the linked resource, e.g. a group.'),
  isDenied: denied('the link'),
  timeOffset,
});
export const queryRule = z.strictObject({
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
export const correlationRule = z.strictObject({
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
export const classificationRule = z.strictObject({
  identifier: ruleKeys.identifier,
  policy,
  resourceType: resourceTypeReference,
  when: expression('CEL over `resource`: true where the row is of the resource type.'),
  confidencePercent: confidencePercent.describe('100: sure; less waits for review.'),
});
export const automationRule = z.strictObject({
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
