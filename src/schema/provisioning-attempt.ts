// The tries of an order, step by step, as the API shows them.
import { Field, Int, ObjectType, registerEnumType } from 'type-graphql';
import { ProvisioningError } from './provisioning-error.js';
import { DateTimeScalar } from './scalar.js';

export const AttemptOutcome = {
  SUCCEEDED: 'SUCCEEDED',
  FAILED: 'FAILED',
  UNKNOWN: 'UNKNOWN',
  SKIPPED: 'SKIPPED',
} as const;
export type AttemptOutcome = keyof typeof AttemptOutcome;
registerEnumType(AttemptOutcome, {
  name: 'AttemptOutcome',
  description: 'How a try, or one step of it, ended.',
  valuesConfig: {
    SUCCEEDED: { description: 'As wanted.' },
    FAILED: { description: 'Not done, and said so.' },
    UNKNOWN: { description: 'Perhaps done: the answer was lost.' },
    SKIPPED: { description: 'Not needed any more.' },
  },
});

export const ProvisioningStepKind = {
  CONNECT: 'CONNECT',
  READ: 'READ',
  SCOPE: 'SCOPE',
  MATCH: 'MATCH',
  WRITE: 'WRITE',
  VERIFY: 'VERIFY',
} as const;
export type ProvisioningStepKind = keyof typeof ProvisioningStepKind;
registerEnumType(ProvisioningStepKind, {
  name: 'ProvisioningStepKind',
  description: 'What a step of a try does.',
  valuesConfig: {
    CONNECT: { description: 'Reaches the system.' },
    READ: { description: 'Reads the row.' },
    SCOPE: { description: 'Asks whether the order is still wanted.' },
    MATCH: { description: 'Compares the row with the wish.' },
    WRITE: { description: 'Sends the change.' },
    VERIFY: { description: 'Reads the row again.' },
  },
});

@ObjectType('ProvisioningStep', { description: 'One step of a try.' })
export class ProvisioningStep {
  @Field(() => ProvisioningStepKind, { description: 'What it does.' })
  readonly kind: ProvisioningStepKind;

  @Field(() => AttemptOutcome, { description: 'How it ended.' })
  readonly outcome: AttemptOutcome;

  @Field(() => Int, { description: 'How long it took, in milliseconds.' })
  readonly durationMs: number;

  @Field(() => String, { nullable: true, description: 'What was done.' })
  readonly detail: string | null;

  @Field(() => String, { nullable: true, description: 'Why it ended so.' })
  readonly reason: string | null;
}

@ObjectType('ProvisioningAttempt', { description: 'One try of an order.' })
export class ProvisioningAttempt {
  @Field(() => Int, { description: 'From 1.' })
  readonly number: number;

  @Field(() => DateTimeScalar, { description: 'When it began.' })
  readonly startedAt: Date;

  @Field(() => DateTimeScalar, { nullable: true, description: 'When its outcome was kept.' })
  readonly finishedAt: Date | null;

  @Field(() => AttemptOutcome, { description: 'How it ended.' })
  readonly outcome: AttemptOutcome;

  @Field(() => ProvisioningError, { nullable: true, description: 'Why it did not work.' })
  readonly error: ProvisioningError | null;

  @Field(() => [ProvisioningStep], { description: 'In the order in which they were done.' })
  readonly steps: readonly ProvisioningStep[];
}
