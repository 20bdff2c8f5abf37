// Why a managed system or our own rule did not do what was wanted, as the API shows it.
import { Field, ObjectType, registerEnumType } from 'type-graphql';

export const ProvisioningErrorCode = {
  UNREACHABLE: 'UNREACHABLE',
  UNAUTHENTICATED: 'UNAUTHENTICATED',
  FORBIDDEN: 'FORBIDDEN',
  NOT_FOUND: 'NOT_FOUND',
  ALREADY_EXISTS: 'ALREADY_EXISTS',
  AMBIGUOUS_MATCH: 'AMBIGUOUS_MATCH',
  INVALID_VALUE: 'INVALID_VALUE',
  CONSTRAINT_VIOLATION: 'CONSTRAINT_VIOLATION',
  RATE_LIMITED: 'RATE_LIMITED',
  TIMEOUT: 'TIMEOUT',
  OUTCOME_UNKNOWN: 'OUTCOME_UNKNOWN',
  CAPABILITY_MISSING: 'CAPABILITY_MISSING',
  EXPRESSION_FAILED: 'EXPRESSION_FAILED',
  CONNECTOR_BUG: 'CONNECTOR_BUG',
} as const;
export type ProvisioningErrorCode = keyof typeof ProvisioningErrorCode;
registerEnumType(ProvisioningErrorCode, {
  name: 'ProvisioningErrorCode',
  description: 'Why it did not work, in one word.',
  valuesConfig: {
    UNREACHABLE: { description: 'The system does not answer.' },
    UNAUTHENTICATED: { description: 'The system refuses our credentials.' },
    FORBIDDEN: { description: 'Our account may not do this.' },
    NOT_FOUND: { description: 'There is no such row.' },
    ALREADY_EXISTS: { description: 'Another row has this key.' },
    AMBIGUOUS_MATCH: { description: 'Several rows fit.' },
    INVALID_VALUE: { description: 'The system does not take this value.' },
    CONSTRAINT_VIOLATION: { description: 'A rule of the system forbids it.' },
    RATE_LIMITED: { description: 'The system asked us to wait.' },
    TIMEOUT: { description: 'No answer in time; nothing was sent.' },
    OUTCOME_UNKNOWN: { description: 'Sent, and no answer came; the target is read before anything else.' },
    CAPABILITY_MISSING: { description: 'The connector package cannot do this.' },
    EXPRESSION_FAILED: { description: 'One of our rules could not be evaluated.' },
    CONNECTOR_BUG: { description: 'The connector package failed unexpectedly.' },
  },
});

@ObjectType('ProvisioningError', { description: 'Why a try did not work.' })
export class ProvisioningError {
  @Field(() => ProvisioningErrorCode, { description: 'In one word.' })
  readonly code: ProvisioningErrorCode;

  @Field(() => String, { description: 'One sentence: what was tried, on what, why not.' })
  readonly message: string;

  @Field(() => String, { nullable: true, description: 'What to do next, when known.' })
  readonly hint: string | null;

  @Field(() => String, { nullable: true, description: 'Code of the managed system, as received.' })
  readonly targetCode: string | null;

  @Field(() => String, { nullable: true, description: 'Text of the managed system, as received.' })
  readonly targetMessage: string | null;

  @Field(() => Boolean, { description: 'It is tried again by itself.' })
  readonly isRetryable: boolean;

  @Field(() => String, { description: 'Groups identical failures for bulk handling.' })
  readonly fingerprint: string;

  @Field(() => String, { nullable: true, description: 'Page about this error; null when there is none.' })
  readonly documentationUrl: string | null;
}
