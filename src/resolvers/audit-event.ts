// The audit: pages, newest first, and what each act was about.
import { Arg, Args, Ctx, FieldResolver, ID, Query, Resolver, Root } from 'type-graphql';
import { localIdOf, rowIdOf, toGlobalId } from '../domain/global-id.js';
import { isAllowed } from '../domain/permission.js';
import { ActorUnion } from '../schema/actor.js';
import { AuditEvent, AuditEventConnection } from '../schema/audit-event.js';
import { DateTimeFilter } from '../schema/filter.js';
import { type ConnectionValue, PageArgs } from '../schema/page.js';
import type { AuditEntryView } from '../steps/ports/audit-entry.js';
import { actorOf } from './actor.js';
import type { RequestContext } from './context.js';
import { badUserInput } from './error.js';
import type { NodeResolvers } from './node-resolver.js';
import { pageRequest, toConnection } from './page.js';
import { toServiceAccount } from './service-account.js';

const order = 'AUDIT:DESC';

@Resolver(() => AuditEvent)
export class AuditEventResolver {
  @Query(() => AuditEventConnection, { description: 'What people and programs did, newest first.' })
  async auditEvents(
    @Ctx() { ports, actor }: RequestContext,
    @Args(() => PageArgs) args: PageArgs,
    @Arg('subjectId', () => ID, { nullable: true, description: 'About this object.' }) subjectId?: string | null,
    @Arg('actorId', () => ID, { nullable: true, description: 'Done by this person or program.' })
    actorId?: string | null,
    @Arg('at', () => DateTimeFilter, { nullable: true, description: 'When it was done.' }) at?: DateTimeFilter | null,
  ): Promise<ConnectionValue<AuditEvent>> {
    const question = {
      subject: typeof subjectId === 'string' ? { eq: subjectId } : null,
      actor: typeof actorId === 'string' ? { eq: referenceOf(actorId) } : null,
      at: at ?? null,
      canRead: isAllowed(actor, 'audit.read'),
    };
    const request = pageRequest(args, order);
    const page = await ports.auditEntries.page(question, request);
    return toConnection({ page, request, order, node: toAuditEvent, count: () => ports.auditEntries.count(question) });
  }

  @FieldResolver(() => ActorUnion, { description: 'Who did it; a person who is gone is shown by reference.' })
  async actor(@Root() { actorReference }: AuditEvent, @Ctx() context: RequestContext): Promise<object> {
    return (await actorOf(actorReference, context)) ?? toServiceAccount(actorReference, actorReference);
  }
}

function referenceOf(actorId: string): string {
  const person = rowIdOf('Identity', actorId);
  const service = localIdOf('ServiceAccount', actorId);
  if (person === null && service === null) throw badUserInput('actorId is neither a person’s id nor a program’s.');
  return person === null ? `service:${service ?? ''}` : `identity:${person}`;
}

function toAuditEvent({ id, actor, subject, ...act }: AuditEntryView): AuditEvent {
  return Object.assign(new AuditEvent(), {
    ...act,
    id: toGlobalId('AuditEvent', id),
    actorReference: actor,
    subjectId: subject,
    ipAddress: null,
  });
}

export const nodeResolvers: NodeResolvers = {
  aud: async (local, { ports, actor }) => {
    const entry = /^\d+$/.test(local) ? await ports.auditEntries.byId(local, isAllowed(actor, 'audit.read')) : null;
    return entry === null ? null : toAuditEvent(entry);
  },
};
