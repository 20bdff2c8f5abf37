// What happened to a resource, as the API shows it. What leads to other nouns is in resolvers/resource-change.ts.
import { Field, ObjectType } from 'type-graphql';
import { ChangeKind } from './change-kind.js';
import { Node } from './node.js';
import { pageType } from './page.js';
import { PropertyChange } from './property-change.js';
import { DateTimeScalar } from './scalar.js';

@ObjectType('ResourceChange', { implements: Node, description: 'A change of a resource, as it was read or written.' })
export class ResourceChange extends Node {
  @Field(() => DateTimeScalar, { description: 'When it was read, or when the managed system accepted it.' })
  readonly occurredAt: Date;

  @Field(() => ChangeKind, { description: 'What happened.' })
  readonly kind: ChangeKind;

  @Field(() => [PropertyChange], { description: 'What was changed; empty for a row that came or went as a whole.' })
  readonly changes: readonly PropertyChange[];

  /** Row id, for the resolver. */
  readonly executionId: string | null;
}

export const ResourceChangeConnection = pageType<ResourceChange>(() => ResourceChange, 'ResourceChange');
