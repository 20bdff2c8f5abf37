// The object a user error is about, fetched only when it is selected.
import { Ctx, FieldResolver, Resolver, Root } from 'type-graphql';
import { Node } from '../schema/node.js';
import { UserError } from '../schema/user-error.js';
import type { RequestContext } from './context.js';

@Resolver(() => UserError)
export class UserErrorResolver {
  @FieldResolver(() => Node, { nullable: true, description: 'Object in conflict, when there is one.' })
  subject(@Root() error: UserError, @Ctx() context: RequestContext): Promise<object | null> | null {
    return error.subjectId === null ? null : context.findNode(error.subjectId);
  }
}
