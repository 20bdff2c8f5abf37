// Shape of a resource type: what accounts are, and every switch of their life.
import { z } from 'zod';
import {
  count,
  days,
  displayName,
  expression,
  identifier,
  percent,
  policy,
  propertyName,
  reference,
  scalar,
} from './configuration-word.js';

const orderThresholds = z.strictObject({
  percent: percent.default(30).describe('Percent of the resources that are verified or executed.'),
  percentFloor: count.default(5).describe('The percentage counts only when it is over this many.'),
  absolute: count.nullable().default(null).describe('Most orders of one kind in one run; null: off.'),
});

export const resourceType = z.strictObject({
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
