// What an act of the audit was about: any object that has an id. Apart from the audit, which node.ts fetches by id itself.
import { Ctx, FieldResolver, Resolver, Root } from 'type-graphql';
import { AuditEvent } from '../schema/audit-event.js';
import { Node } from '../schema/node.js';
import type { RequestContext } from './context.js';
import { findNode } from './node.js';

@Resolver(() => AuditEvent)
export class AuditSubjectResolver {
  @FieldResolver(() => Node, { nullable: true, description: 'What it was about; null when that is gone.' })
  subject(@Root() { subjectId }: AuditEvent, @Ctx() context: RequestContext): Promise<object | null> | null {
    return subjectId === null ? null : findNode(subjectId, context);
  }
}
