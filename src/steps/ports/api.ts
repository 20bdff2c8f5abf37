// All ports the API process needs, by noun. Each slice adds its own line; compose.ts fills it.
import type { Environment } from './clock.js';
import type { FeedBell, FeedView } from './feed.js';
import type { IdentityViews } from './identity.js';
import type { ModelSource } from './model.js';
import type { ResourceViews } from './resource.js';
import type { ServerFacts } from './server.js';

export interface ApiPorts {
  readonly environment: Environment;
  readonly models: ModelSource;
  readonly server: ServerFacts;
  readonly identities: IdentityViews;
  readonly resources: ResourceViews;
  readonly feed: FeedView;
  readonly bell: FeedBell;
}
