// Jobs and their steps as the API shows them. Executions are job-execution.ts; what leads to other nouns, resolvers/job.ts.
import { Field, ObjectType, registerEnumType } from 'type-graphql';
import { Node } from './node.js';

export const TaskKind = {
  EXPORT: 'EXPORT',
  PREPARE_SYNCHRONIZATION: 'PREPARE_SYNCHRONIZATION',
  SYNCHRONIZE: 'SYNCHRONIZE',
  UPDATE_EXPRESSIONS: 'UPDATE_EXPRESSIONS',
  COMPUTE_CORRELATION_KEYS: 'COMPUTE_CORRELATION_KEYS',
  COMPUTE_ROLE_MODEL: 'COMPUTE_ROLE_MODEL',
  GENERATE_PROVISIONING_ORDERS: 'GENERATE_PROVISIONING_ORDERS',
  FULFILL: 'FULFILL',
  VERIFY: 'VERIFY',
  SEND_NOTIFICATIONS: 'SEND_NOTIFICATIONS',
} as const;
export type TaskKind = keyof typeof TaskKind;
registerEnumType(TaskKind, {
  name: 'TaskKind',
  description: 'What a step of a job does.',
  valuesConfig: {
    EXPORT: { description: 'Asks whether the managed system answers.' },
    PREPARE_SYNCHRONIZATION: { description: 'Done together with SYNCHRONIZE.' },
    SYNCHRONIZE: { description: 'Reads the managed system and applies what is different.' },
    UPDATE_EXPRESSIONS: { description: 'Done together with COMPUTE_ROLE_MODEL.' },
    COMPUTE_CORRELATION_KEYS: { description: 'Done together with SYNCHRONIZE.' },
    COMPUTE_ROLE_MODEL: { description: 'Computes who should have what.' },
    GENERATE_PROVISIONING_ORDERS: { description: 'Makes an order of every change.' },
    FULFILL: { description: 'Has the orders carried out.' },
    VERIFY: { description: 'Waits until the changes are seen in the managed systems.' },
    SEND_NOTIFICATIONS: { description: 'Sends messages.' },
  },
});

export const SynchronizationMode = { COMPLETE: 'COMPLETE', INCREMENTAL: 'INCREMENTAL' } as const;
export type SynchronizationMode = keyof typeof SynchronizationMode;
registerEnumType(SynchronizationMode, {
  name: 'SynchronizationMode',
  description: 'How much a run looks at.',
  valuesConfig: {
    COMPLETE: { description: 'Everything.' },
    INCREMENTAL: { description: 'What changed.' },
  },
});

@ObjectType('JobStep', { description: 'One step of a job.' })
export class JobStep {
  @Field(() => String, { description: 'Name for machines, unique within the job.' })
  readonly identifier: string;

  @Field(() => TaskKind, { description: 'What it does.' })
  readonly kind: TaskKind;

  @Field(() => SynchronizationMode, { nullable: true, description: 'How much it looks at.' })
  readonly mode: SynchronizationMode | null;

  /** Identifier; null for steps that are about no managed system. */
  readonly connectorIdentifier: string | null;
}

@ObjectType('Job', { implements: Node, description: 'A named list of tasks, launched by schedule or by hand.' })
export class Job extends Node {
  @Field(() => String, { description: 'Name for machines.' })
  readonly identifier: string;

  @Field(() => String, { description: 'Name for people.' })
  readonly displayName: string;

  @Field(() => [JobStep], { description: 'In the order of the configuration.' })
  readonly steps: readonly JobStep[];

  @Field(() => String, { nullable: true, description: 'Cron; null: only when launched.' })
  readonly schedule: string | null;

  @Field(() => String, { nullable: true, description: 'Time zone of the schedule, IANA name.' })
  readonly timeZone: string | null;

  @Field(() => Boolean, { description: 'It can be launched, and its schedule counts.' })
  readonly isEnabled: boolean;
}
