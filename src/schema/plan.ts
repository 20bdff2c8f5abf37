// Plans and their changes, as the API shows them. Fields that lead to other nouns stand in resolvers/plan.ts.
import { Field, InputType, Int, ObjectType, registerEnumType } from 'type-graphql';
import type { ConfigurationChange as Difference } from '../domain/configuration-difference.js';
import { ChangeKind } from './change-kind.js';
import { IdFilter } from './filter.js';
import { Node } from './node.js';
import { pageType } from './page.js';
import { DateTimeScalar, JsonScalar } from './scalar.js';
import { ThresholdViolation } from './threshold-violation.js';

export const PlanState = {
  COMPUTING: 'COMPUTING',
  READY: 'READY',
  APPLIED: 'APPLIED',
  EXPIRED: 'EXPIRED',
  FAILED: 'FAILED',
} as const;
export type PlanState = keyof typeof PlanState;
registerEnumType(PlanState, {
  name: 'PlanState',
  description: 'How far something that is made in the background is.',
  valuesConfig: {
    COMPUTING: { description: 'It is being made.' },
    READY: { description: 'It can be read.' },
    APPLIED: { description: 'It was carried out.' },
    EXPIRED: { description: 'It is too old to be relied on.' },
    FAILED: { description: 'It could not be made.' },
  },
});

@ObjectType('PlanSummaryRow', { description: 'How many changes a plan has of one kind of account.' })
export class PlanSummaryRow {
  @Field(() => Int, { description: 'Accounts to be made.' })
  readonly createCount: number;

  @Field(() => Int, { description: 'Accounts to be changed.' })
  readonly updateCount: number;

  @Field(() => Int, { description: 'Accounts to be removed.' })
  readonly deleteCount: number;

  /** Identifier. */
  readonly resourceTypeIdentifier: string;
}

@ObjectType('PlanSummary', { description: 'How many changes a plan has.' })
export class PlanSummary {
  @Field(() => Int, { description: 'Accounts to be made.' })
  readonly createCount: number;

  @Field(() => Int, { description: 'Accounts to be changed.' })
  readonly updateCount: number;

  @Field(() => Int, { description: 'Accounts to be removed.' })
  readonly deleteCount: number;

  @Field(() => Int, { description: "Existing accounts to be recognised as somebody's, and left as they are." })
  readonly associateCount: number;

  @Field(() => Int, { description: 'Accounts that stay as they are.' })
  readonly unchangedCount: number;

  @Field(() => Int, { description: 'People for whom something changes.' })
  readonly affectedIdentityCount: number;

  @Field(() => [PlanSummaryRow], { description: 'The same by kind of account; kinds without changes are left out.' })
  readonly byResourceType: readonly PlanSummaryRow[];
}

export const ConfigurationChangeKind = { ADDED: 'ADDED', REMOVED: 'REMOVED', CHANGED: 'CHANGED' } as const;
export type ConfigurationChangeKind = keyof typeof ConfigurationChangeKind;
registerEnumType(ConfigurationChangeKind, {
  name: 'ConfigurationChangeKind',
  description: 'What a changed configuration does to one definition.',
  valuesConfig: {
    ADDED: { description: 'It is new.' },
    REMOVED: { description: 'It is gone.' },
    CHANGED: { description: 'It says something else.' },
  },
});

@ObjectType('ConfigurationChange', { description: 'One definition that a changed configuration says differently.' })
export class ConfigurationChange {
  @Field(() => String, { description: 'The list of the configuration it stands in: resourceTypes, profiles …' })
  readonly kind: string;

  @Field(() => String, { description: 'Its identifier; of a profile its name.' })
  readonly identifier: string;

  @Field(() => ConfigurationChangeKind, { description: 'What becomes of it.' })
  readonly change: ConfigurationChangeKind;

  @Field(() => JsonScalar, {
    nullable: true,
    description:
      'As it is now, by key: {"thresholds.percent": 30}; of a changed one only what differs. Secrets masked; null: new.',
  })
  readonly before: unknown;

  @Field(() => JsonScalar, { nullable: true, description: 'As it would be, as `before`; null: gone.' })
  readonly after: unknown;
}

@ObjectType('ProvisioningPlan', {
  implements: Node,
  description: 'Dry run of the role model: what would be written, before anything is.',
})
export class ProvisioningPlan extends Node {
  @Field(() => PlanState, { description: 'How far it is.' })
  readonly state: PlanState;

  @Field(() => String, {
    description: 'Fingerprint of everything read. Applying a plan whose inputs changed fails with PLAN_DRIFTED.',
  })
  readonly inputsDigest: string;

  @Field(() => PlanSummary, { description: 'In numbers.' })
  readonly summary: PlanSummary;

  @Field(() => [ThresholdViolation], { description: 'Limits that carrying it out would pass.' })
  readonly thresholdViolations: readonly ThresholdViolation[];

  @Field(() => DateTimeScalar, { description: 'When it was made.' })
  readonly createdAt: Date;

  @Field(() => DateTimeScalar, { description: 'Until when it can be relied on.' })
  readonly expiresAt: Date;

  /** Row id; `actorReference` of who asked for it. */
  readonly planId: string;
  readonly creator: string;
  /** Unmasked. */
  readonly definitionChanges: readonly Difference[] | null;
}

@ObjectType('PlannedChange', { implements: Node, description: 'One resource that a plan would change.' })
export class PlannedChange extends Node {
  @Field(() => ChangeKind, { description: 'What would be done to it.' })
  readonly kind: ChangeKind;

  @Field(() => Boolean, { description: 'Its order would wait for a review.' })
  readonly requiresReview: boolean;

  @Field(() => JsonScalar, { nullable: true, description: 'Exact payload the connector would send; secrets masked.' })
  readonly preview: unknown;

  /** Row ids and identifiers. */
  readonly resourceTypeIdentifier: string;
  readonly identityId: string | null;
  readonly resourceId: string | null;
}

export const PlannedChangeConnection = pageType<PlannedChange>(() => PlannedChange, 'PlannedChange');

@InputType('PlannedChangeFilter', { description: 'Which changes: every condition given must hold.' })
export class PlannedChangeFilter {
  @Field(() => [ChangeKind], { nullable: true, description: 'One of these kinds.' })
  readonly kind?: readonly ChangeKind[] | null;
  @Field(() => IdFilter, { nullable: true, description: 'Kind of account.' })
  readonly resourceTypeId?: IdFilter | null;
  @Field(() => IdFilter, { nullable: true, description: 'Whose.' })
  readonly identityId?: IdFilter | null;
  @Field(() => Boolean, { nullable: true, description: 'Only what removes an account, a link or a value.' })
  readonly destructiveOnly?: boolean | null;
}
