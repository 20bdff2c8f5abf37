// Managed systems, the ways into them, and the packages that know how, as the API shows them.
import { Field, Int, ObjectType, registerEnumType } from 'type-graphql';
import { Node } from './node.js';
import { AttemptOutcome, ProvisioningStep } from './provisioning-attempt.js';
import { DateTimeScalar, JsonScalar } from './scalar.js';

export const ConnectorCapability = {
  TEST: 'TEST',
  DISCOVER_SCHEMA: 'DISCOVER_SCHEMA',
  EXPORT_COMPLETE: 'EXPORT_COMPLETE',
  EXPORT_INCREMENTAL: 'EXPORT_INCREMENTAL',
  READ_ONE: 'READ_ONE',
  CREATE: 'CREATE',
  UPDATE: 'UPDATE',
  DELETE: 'DELETE',
  DISABLE: 'DISABLE',
  RESET_PASSWORD: 'RESET_PASSWORD',
  MANUAL: 'MANUAL',
  DRY_RUN: 'DRY_RUN',
  IDEMPOTENT_WRITES: 'IDEMPOTENT_WRITES',
} as const;
export type ConnectorCapability = keyof typeof ConnectorCapability;
registerEnumType(ConnectorCapability, {
  name: 'ConnectorCapability',
  description: 'What a connector package can do.',
  valuesConfig: {
    TEST: { description: 'Try a connection.' },
    DISCOVER_SCHEMA: { description: 'List object types and attributes.' },
    EXPORT_COMPLETE: { description: 'Read everything.' },
    EXPORT_INCREMENTAL: { description: 'Read what changed.' },
    READ_ONE: { description: 'Read one object by its key.' },
    CREATE: { description: 'Create objects.' },
    UPDATE: { description: 'Change objects.' },
    DELETE: { description: 'Delete objects.' },
    DISABLE: { description: 'Disable accounts instead of deleting them.' },
    RESET_PASSWORD: { description: 'Set a new password.' },
    MANUAL: { description: 'Hand changes to a person.' },
    DRY_RUN: { description: 'Say what a change would do.' },
    IDEMPOTENT_WRITES: { description: 'The same write twice has one effect.' },
  },
});

@ObjectType('Threshold', { description: 'A limit above which changes wait for a person.' })
export class Threshold {
  @Field(() => String, { description: 'What is limited, e.g. `synchronization.delete.percent`.' })
  readonly name: string;

  @Field(() => Int, { nullable: true, description: 'Highest figure that is let through; null: none.' })
  readonly limit: number | null;

  @Field(() => Boolean, { description: 'The figure is percent of what was there before.' })
  readonly isPercentage: boolean;
}

@ObjectType('Connector', { implements: Node, description: 'One managed system.' })
export class Connector extends Node {
  @Field(() => String, { description: 'Name for machines.' })
  readonly identifier: string;

  @Field(() => String, { description: 'Name for people.' })
  readonly displayName: string;

  @Field(() => Boolean, { description: 'It takes part in jobs and provisioning.' })
  readonly isEnabled: boolean;

  @Field(() => [Threshold], { description: 'What one synchronisation may change before a person has to look.' })
  readonly thresholds: readonly Threshold[];
}

@ObjectType('ConnectionTest', { description: 'What a test of a connection said.' })
export class ConnectionTest {
  @Field(() => AttemptOutcome, { description: 'How it ended.' })
  readonly outcome: AttemptOutcome;

  @Field(() => [ProvisioningStep], {
    description: 'CONNECT: is there a way in. READ: is there what is read through it.',
  })
  readonly steps: readonly ProvisioningStep[];

  @Field(() => DateTimeScalar, { description: 'When it ended.' })
  readonly ranAt: Date;
}

@ObjectType('ConnectionProfile', {
  implements: Node,
  description: 'A configured way into a managed system through one connector package.',
})
export class ConnectionProfile extends Node {
  @Field(() => String, { description: 'Name for machines.' })
  readonly identifier: string;

  @Field(() => String, { description: 'Name for people.' })
  readonly displayName: string;

  /** Name of the package; settings as configured. */
  readonly packageName: string;
  readonly configured: Readonly<Record<string, unknown>>;
}

@ObjectType('ConformanceReport', {
  description: 'What the conformance suite of the connector kit said of a package, against real systems.',
})
export class ConformanceReport {
  @Field(() => String, { description: 'Version of the kit whose suite it was.' })
  readonly kitVersion: string;

  @Field(() => Int, { description: 'Cases that passed.' })
  readonly passedCount: number;

  @Field(() => Int, { description: 'Cases that failed.' })
  readonly failedCount: number;

  @Field(() => Int, { description: 'Cases that were left out, because the system cannot do what they ask.' })
  readonly skippedCount: number;

  @Field(() => DateTimeScalar, { description: 'When it ran.' })
  readonly ranAt: Date;
}

@ObjectType('ConnectorPackage', { implements: Node, description: 'A program that knows one kind of managed system.' })
export class ConnectorPackage extends Node {
  @Field(() => String, { description: 'Name by which connections use it.' })
  readonly name: string;

  @Field(() => String, { description: 'Version of the package.' })
  readonly version: string;

  @Field(() => String, { description: 'Name for people.' })
  readonly displayName: string;

  @Field(() => [ConnectorCapability], { description: 'What it can do.' })
  readonly capabilities: readonly ConnectorCapability[];

  @Field(() => JsonScalar, { description: 'JSON Schema the settings form is drawn from.' })
  readonly settingsSchema: unknown;

  @Field(() => ConformanceReport, {
    nullable: true,
    description: 'What the conformance suite said of it; null: it came without its report.',
  })
  readonly conformance: ConformanceReport | null;
}
