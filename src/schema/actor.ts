// Who or what did something. Nouns whose fields are of this type declare them in their resolvers: this file imports them.
import { createUnionType } from 'type-graphql';
import { Identity } from './identity.js';
import { JobExecution } from './job-execution.js';
import { Rule } from './rule.js';
import { ServiceAccount } from './service-account.js';

export const ActorUnion = createUnionType({
  name: 'Actor',
  description: 'Who or what did something.',
  types: () => [Identity, ServiceAccount, Rule, JobExecution] as const,
});
