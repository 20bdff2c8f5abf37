// Roles as the API shows them. Fields that lead to other nouns stand in resolvers/role.ts.
import { Field, ID, InputType, InterfaceType, ObjectType } from 'type-graphql';
import { ApprovalWorkflowType } from './approval-workflow.js';
import { IdFilter } from './filter.js';
import { Node } from './node.js';
import { pageType } from './page.js';
import { DurationScalar } from './scalar.js';

@InterfaceType('Role', { implements: Node, description: 'An entitlement with a name that people understand.' })
export abstract class Role extends Node {
  @Field(() => String, { description: 'Name for machines.' })
  readonly identifier: string;

  @Field(() => String, { description: 'Name for people.' })
  readonly displayName: string;

  @Field(() => String, {
    nullable: true,
    description: 'Plain-language description shown to requesters and approvers. Required to be requestable.',
  })
  readonly description: string | null;

  @Field(() => Boolean, { description: 'People may ask for it.' })
  readonly isRequestable: boolean;

  @Field(() => Boolean, { description: 'Marked as powerful.' })
  readonly isPrivileged: boolean;

  @Field(() => ApprovalWorkflowType, { description: 'Approvals a request takes.' })
  readonly approvalWorkflow: ApprovalWorkflowType;

  @Field(() => DurationScalar, { nullable: true, description: 'Longest time it can be given for; null: no limit.' })
  readonly maxDuration: string | null;

  /** Identifiers; the owner is an identity key. */
  readonly category: string | null;
  readonly policy: string;
  readonly owner: string | null;
}

@ObjectType('SingleRole', { implements: [Node, Role], description: 'An entitlement of its own.' })
export class SingleRole extends Role {}

@ObjectType('CompositeRole', { implements: [Node, Role], description: 'A bundle of single roles.' })
export class CompositeRole extends Role {
  /** Identifiers. */
  readonly parts: readonly string[];
}

export const RoleConnection = pageType<Role>(() => Role, 'Role');

@ObjectType('RoleEffect', { description: 'One thing that holding a role changes in a managed system.' })
export class RoleEffect {
  @Field(() => String, { description: 'In words.' })
  readonly summary: string;

  /** Identifiers; the property is one of the target entity type. */
  readonly resourceType: string;
  readonly entityType: string;
  readonly property: string | null;
  /** Entity type and key of the linked resource. */
  readonly target: { readonly entityType: string; readonly key: string } | null;
}

@InputType('RoleFilter', { description: 'Which roles: every condition given must hold.' })
export class RoleFilter {
  @Field(() => [RoleFilter], { nullable: true, description: 'All of these.' })
  readonly and?: readonly RoleFilter[] | null;
  @Field(() => [RoleFilter], { nullable: true, description: 'At least one of these.' })
  readonly or?: readonly RoleFilter[] | null;
  @Field(() => RoleFilter, { nullable: true, description: 'Not this.' })
  readonly not?: RoleFilter | null;
  @Field(() => String, {
    nullable: true,
    description: 'Stands in name, identifier or description, without regard to case.',
  })
  readonly text?: string | null;
  @Field(() => IdFilter, { nullable: true, description: 'Category.' })
  readonly categoryId?: IdFilter | null;
  @Field(() => Boolean, { nullable: true, description: 'People may ask for it.' })
  readonly isRequestable?: boolean | null;
  @Field(() => Boolean, { nullable: true, description: 'Marked as powerful.' })
  readonly isPrivileged?: boolean | null;
  @Field(() => ID, { nullable: true, description: "Roles common among this identity's peers first." })
  readonly suggestedForIdentityId?: string | null;
}
