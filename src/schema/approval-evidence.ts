// What helps somebody decide an approval. Fields that lead to other nouns stand in resolvers/approval-evidence.ts.
import { Field, Int, ObjectType } from 'type-graphql';
import { DateTimeScalar } from './scalar.js';

@ObjectType('ApprovalEvidence', { description: 'Decision support, so that approving is not rubber-stamping.' })
export class ApprovalEvidence {
  @Field(() => Int, { description: 'Colleagues of the same department who hold the role.' })
  readonly peersWithRoleCount: number;

  @Field(() => Int, { description: 'Colleagues of the same department; 0 when nobody knows the department.' })
  readonly peersCount: number;

  @Field(() => DateTimeScalar, {
    nullable: true,
    description: 'When the person last used an account the role is about; null: never, or nobody knows.',
  })
  readonly lastUsedAt: Date | null;

  /** Identifier; row ids. */
  readonly roleIdentifier: string;
  readonly requestId: string;
  readonly itemId: string;
  readonly isOpen: boolean;
}
