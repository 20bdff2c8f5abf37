// Kinds of accounts a person may own, as the API shows them.
import { Field, ObjectType } from 'type-graphql';
import { ApprovalWorkflowType } from './approval-workflow.js';
import { Node } from './node.js';

@ObjectType('ResourceType', {
  implements: Node,
  description: 'Kind of resource an identity may own (e.g. AD nominative account) with the rules that compute it.',
})
export class ResourceType extends Node {
  @Field(() => String, { description: 'Name for machines.' })
  readonly identifier: string;

  @Field(() => String, { description: 'Name for people.' })
  readonly displayName: string;

  @Field(() => Boolean, { description: 'Orders wait on the Provisioning Review page.' })
  readonly blocksProvisioningOrders: boolean;

  @Field(() => ApprovalWorkflowType, { description: 'Approvals a request for such an account takes.' })
  readonly approvalWorkflow: ApprovalWorkflowType;

  /** Identifiers. */
  readonly source: string;
  readonly target: string;
  readonly connection: string;
}
