// Errored orders with one cause, as the lists of orders show them.
import { Field, Int, ObjectType } from 'type-graphql';
import { ProvisioningErrorCode } from './provisioning-error.js';
import { DateTimeScalar } from './scalar.js';

@ObjectType('ErrorGroup', { description: 'Errored orders with one cause.' })
export class ErrorGroup {
  @Field(() => String, { description: 'Names the cause; provisioningOrdersRetry takes it.' })
  readonly fingerprint: string;

  @Field(() => ProvisioningErrorCode, { description: 'What sort of failure it is.' })
  readonly code: ProvisioningErrorCode;

  @Field(() => String, { description: 'The message of the sample.' })
  readonly message: string;

  @Field(() => Int, { description: 'Orders of the list with this cause.' })
  readonly count: number;

  @Field(() => DateTimeScalar, { description: 'When the first of them failed.' })
  readonly firstSeenAt: Date;

  @Field(() => DateTimeScalar, { description: 'When the last of them failed.' })
  readonly lastSeenAt: Date;

  /** Row id of the order that failed last. */
  readonly sampleId: string;
}
