// Who asks, and which server answers.
import { Field, ObjectType } from 'type-graphql';

@ObjectType('Viewer', { description: 'Who asks, and what they may do.' })
export class Viewer {
  @Field(() => [String], { description: 'Profiles of the viewer, those that follow from data included.' })
  readonly profiles: readonly string[];

  @Field(() => String, { description: 'Language of messages, as a BCP 47 tag.' })
  readonly locale: string;

  @Field(() => Boolean, { description: 'May launch jobs.' })
  readonly canLaunchJobs: boolean;

  @Field(() => Boolean, { description: 'May decide provisioning orders that wait for review.' })
  readonly canReviewProvisioning: boolean;

  @Field(() => Boolean, { description: 'May change connectors and connections.' })
  readonly canAdministerConnectors: boolean;
}

@ObjectType('ServerInfo', { description: 'The server that answers.' })
export class ServerInfo {
  @Field(() => String, { description: 'Version of the program.' })
  readonly version: string;

  @Field(() => String, { description: 'Digest of the printed schema: the same digest, the same API.' })
  readonly schemaDigest: string;

  @Field(() => Boolean, { description: 'Shows the demo company, where anybody may sign in as anyone.' })
  readonly isDemo: boolean;

  @Field(() => String, { description: 'What carries the queues: `redis` or `postgres`.' })
  readonly queueBackend: string;
}
