// Who asks.
import { Ctx, FieldResolver, Query, Resolver } from 'type-graphql';
import { isAllowed } from '../domain/permission.js';
import { Identity } from '../schema/identity.js';
import { ServiceAccount } from '../schema/service-account.js';
import { Viewer } from '../schema/viewer.js';
import type { RequestContext } from './context.js';
import { findIdentity } from './identity-loader.js';
import { findServiceAccount } from './service-account.js';

@Resolver(() => Viewer)
export class ViewerResolver {
  @Query(() => Viewer, { description: 'Who asks, and what they may do.' })
  viewer(@Ctx() { actor }: RequestContext): Viewer {
    return Object.assign(new Viewer(), {
      profiles: actor.profiles,
      locale: 'en',
      canLaunchJobs: isAllowed(actor, 'job.launch'),
      canReviewProvisioning: isAllowed(actor, 'provisioning.review'),
      canAdministerConnectors: isAllowed(actor, 'connection.manage'),
    });
  }

  @FieldResolver(() => Identity, { nullable: true, description: 'The person who asks.' })
  identity(@Ctx() context: RequestContext): Promise<Identity | null> | null {
    return context.actor.kind === 'identity' ? findIdentity(context.actor.identityId, context) : null;
  }

  @FieldResolver(() => ServiceAccount, { nullable: true, description: 'The program that asks.' })
  serviceAccount(@Ctx() context: RequestContext): Promise<ServiceAccount | null> | null {
    return context.actor.kind === 'identity' ? null : findServiceAccount(context.actor.identifier, context);
  }
}
