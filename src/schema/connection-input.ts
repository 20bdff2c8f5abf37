// What making, changing and testing connections, and switching connectors, take and answer.
import { Field, ID, InputType, ObjectType } from 'type-graphql';
import { ConnectionProfile, ConnectionTest, Connector } from './connector.js';
import { JobExecution } from './job-execution.js';
import { JsonScalar } from './scalar.js';
import { MutationPayload } from './user-error.js';

@InputType('ConnectionCreateInput', { description: 'A new way into a managed system.' })
export class ConnectionCreateInput {
  @Field(() => ID, { description: 'The managed system it leads to.' })
  readonly connectorId: string;

  @Field(() => String, { description: 'Name for machines, unique among all connections; never changed.' })
  readonly identifier: string;

  @Field(() => String, { description: 'Name for people.' })
  readonly displayName: string;

  @Field(() => String, { description: 'Which package, by name: `sql`, `ldap`, `@acme/joinery-crm`.' })
  readonly packageName: string;

  @Field(() => JsonScalar, {
    description: 'By name, as the package’s settingsSchema says. Secrets are sealed and never shown again.',
  })
  readonly settings: unknown;
}

@InputType('ConnectionUpdateInput', { description: 'What is to be different; what is left out stays.' })
export class ConnectionUpdateInput {
  @Field(() => String, { nullable: true, description: 'Name for people.' })
  readonly displayName?: string | null;

  @Field(() => JsonScalar, {
    nullable: true,
    description:
      'All settings anew; a secret left out, or given as {"$secret": true}, is kept, unless a setting that says where the system is changes.',
  })
  readonly settings?: unknown;
}

@ObjectType('ConnectionCreatePayload', { implements: MutationPayload, description: 'The connection made.' })
export class ConnectionCreatePayload extends MutationPayload {
  @Field(() => ConnectionProfile, { nullable: true, description: 'Null when it was refused.' })
  readonly connection: ConnectionProfile | null;
}

@ObjectType('ConnectionUpdatePayload', { implements: MutationPayload, description: 'The connection changed.' })
export class ConnectionUpdatePayload extends MutationPayload {
  @Field(() => ConnectionProfile, {
    nullable: true,
    description: 'Null when it was refused. With userErrors too when it was saved and secrets were cleared.',
  })
  readonly connection: ConnectionProfile | null;
}

@ObjectType('ConnectionTestPayload', { implements: MutationPayload, description: 'What the test said.' })
export class ConnectionTestPayload extends MutationPayload {
  @Field(() => ConnectionTest, {
    nullable: true,
    description:
      'Null when it was refused, has not ended within 20 seconds, or was asked for with an idempotency key: then ConnectionProfile.lastTest says it.',
  })
  readonly test: ConnectionTest | null;
}

@ObjectType('ConnectorSetEnabledPayload', {
  implements: MutationPayload,
  description: 'The connector switched off or on.',
})
export class ConnectorSetEnabledPayload extends MutationPayload {
  @Field(() => Connector, { nullable: true, description: 'Null when it was refused.' })
  readonly connector: Connector | null;
}

@ObjectType('ConnectorSynchronizePayload', {
  implements: MutationPayload,
  description: 'The execution that reads the connector.',
})
export class ConnectorSynchronizePayload extends MutationPayload {
  @Field(() => JobExecution, { nullable: true, description: 'Null when it was refused.' })
  readonly jobExecution: JobExecution | null;
}
