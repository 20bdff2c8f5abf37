// The audit as the API shows it.
import { Field, ObjectType } from 'type-graphql';
import { Node } from './node.js';
import { pageType } from './page.js';
import { DateTimeScalar, JsonScalar } from './scalar.js';

@ObjectType('AuditEvent', {
  implements: Node,
  description: 'Something a person or a program did. Never changed, never removed.',
})
export class AuditEvent extends Node {
  @Field(() => DateTimeScalar, { description: 'When.' })
  readonly at: Date;

  @Field(() => String, { description: 'What was done, e.g. `job-execution.resume`.' })
  readonly action: string;

  @Field(() => JsonScalar, { nullable: true, description: 'What was before; never a secret.' })
  readonly before: unknown;

  @Field(() => JsonScalar, { nullable: true, description: 'What was after; never a secret.' })
  readonly after: unknown;

  @Field(() => String, { nullable: true, description: 'Address of the caller; null where it is not kept.' })
  readonly ipAddress: string | null;

  /** References, for the resolver. */
  readonly actorReference: string;
  readonly subjectId: string | null;
}

export const AuditEventConnection = pageType<AuditEvent>(() => AuditEvent, 'AuditEvent');
