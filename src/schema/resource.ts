// Rows of managed systems as the API shows them. Types, rules and owners of a row are fields of resolvers/resource.ts:
// this file imports no other noun, so that all of them may import it.
import { Field, InputType, Int, ObjectType } from 'type-graphql';
import { DateTimeFilter, IdFilter } from './filter.js';
import { Node } from './node.js';
import { pageType } from './page.js';
import { DateTimeScalar, JsonScalar } from './scalar.js';

@ObjectType('Resource', {
  implements: Node,
  description: 'A row of a managed system as last synchronised: an account, a group, a mailbox.',
})
export class Resource extends Node {
  @Field(() => String, { description: 'Name for people.' })
  readonly displayName: string;

  @Field(() => String, { nullable: true, description: 'Key in the managed system (dn, objectGUID, row key).' })
  readonly externalId: string | null;

  @Field(() => DateTimeScalar, { nullable: true, description: 'When its entity type was last synchronised.' })
  readonly lastSynchronizedAt: Date | null;

  @Field(() => DateTimeScalar, { nullable: true, description: 'When it was last read from its system.' })
  readonly lastSeenAt: Date | null;

  @Field(() => Boolean, { description: 'Nobody owns it, though its kind has owners.' })
  readonly isOrphan: boolean;

  @Field(() => Boolean, {
    description: 'It has an owner to whom it is no longer due, or who has not used it for too long.',
  })
  readonly isUnused: boolean;

  /** Row id of the resource and of its owner; identifiers of its types. */
  readonly resourceId: string;
  readonly ownerId: string | null;
  readonly entityType: string;
  readonly resourceType: string | null;
}

@ObjectType('Correlation', { description: 'How the owner of a resource was found.' })
export class Correlation {
  @Field(() => Int, { description: 'How sure it is that it is theirs, 0 to 100.' })
  readonly confidencePercent: number;

  @Field(() => String, { description: 'One sentence for people.' })
  readonly explanation: string;

  /** Identifier of the correlation rule; null: the key is equal, or a person said so. */
  readonly ruleIdentifier: string | null;
}

@ObjectType('ResourceProperty', { description: 'One property of a resource: what is there, and what should be.' })
export class ResourceProperty {
  @Field(() => JsonScalar, { nullable: true, description: 'Value read at the last synchronisation.' })
  readonly currentValue: unknown;

  @Field(() => JsonScalar, { nullable: true, description: 'Value the role model wants.' })
  readonly expectedValue: unknown;

  @Field(() => Boolean, { description: 'The value is as wanted, or nothing is wanted of it.' })
  readonly isConforming: boolean;

  /** Identifiers. */
  readonly entityType: string;
  readonly property: string;
  readonly rule: string | null;
}

export const ResourceConnection = pageType<Resource>(() => Resource, 'Resource');

@InputType('ResourceFilter', { description: 'Which resources: every condition given must hold.' })
export class ResourceFilter {
  @Field(() => [ResourceFilter], { nullable: true, description: 'All of these.' })
  readonly and?: readonly ResourceFilter[] | null;
  @Field(() => [ResourceFilter], { nullable: true, description: 'At least one of these.' })
  readonly or?: readonly ResourceFilter[] | null;
  @Field(() => ResourceFilter, { nullable: true, description: 'Not this.' })
  readonly not?: ResourceFilter | null;
  @Field(() => String, { nullable: true, description: 'Stands in the name or the key, without regard to case.' })
  readonly text?: string | null;
  @Field(() => IdFilter, { nullable: true, description: 'Entity type.' })
  readonly entityTypeId?: IdFilter | null;
  @Field(() => IdFilter, { nullable: true, description: 'Resource type.' })
  readonly resourceTypeId?: IdFilter | null;
  @Field(() => IdFilter, { nullable: true, description: 'Owner.' })
  readonly ownerId?: IdFilter | null;
  @Field(() => Boolean, { nullable: true, description: 'Nobody owns it, though its kind has owners.' })
  readonly isOrphan?: boolean | null;
  @Field(() => Boolean, {
    nullable: true,
    description: 'It has an owner to whom it is no longer due, or who has not used it for too long.',
  })
  readonly isUnused?: boolean | null;
  @Field(() => DateTimeFilter, { nullable: true, description: 'When its entity type was last synchronised.' })
  readonly lastSynchronizedAt?: DateTimeFilter | null;
}
