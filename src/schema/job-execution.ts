// Executions of jobs and their tasks as the API shows them. What leads to other nouns is in resolvers/job-execution.ts.
import { Field, Float, InputType, Int, ObjectType, registerEnumType } from 'type-graphql';
import { DateTimeFilter, IdFilter } from './filter.js';
import { TaskKind } from './job.js';
import { Node } from './node.js';
import { pageType } from './page.js';
import { DateTimeScalar } from './scalar.js';
import { ThresholdViolation } from './threshold-violation.js';

export const JobExecutionState = {
  QUEUED: 'QUEUED',
  RUNNING: 'RUNNING',
  BLOCKED: 'BLOCKED',
  CANCELING: 'CANCELING',
  COMPLETED: 'COMPLETED',
  WARNING: 'WARNING',
  ERRORED: 'ERRORED',
  ABORTED: 'ABORTED',
} as const;
export type JobExecutionState = keyof typeof JobExecutionState;
registerEnumType(JobExecutionState, {
  name: 'JobExecutionState',
  description: 'End states: COMPLETED, WARNING, ERRORED, ABORTED. BLOCKED waits for a person (threshold).',
  valuesConfig: {
    QUEUED: { description: 'Waits for a worker, or for the tasks before it.' },
    RUNNING: { description: 'A worker carries it out.' },
    BLOCKED: { description: 'A threshold held changes back; a person has to look.' },
    CANCELING: { description: 'Somebody canceled it; it stops between two acts.' },
    COMPLETED: { description: 'Everything was done.' },
    WARNING: { description: 'Done, but somebody should read the log.' },
    ERRORED: { description: 'Something failed; the rest was done.' },
    ABORTED: { description: 'Canceled, or skipped because something it needs failed.' },
  },
});

export const JobTrigger = {
  MANUAL: 'MANUAL',
  SCHEDULE: 'SCHEDULE',
  API: 'API',
  REQUEST: 'REQUEST',
  DEPENDENCY: 'DEPENDENCY',
} as const;
export type JobTrigger = keyof typeof JobTrigger;
registerEnumType(JobTrigger, {
  name: 'JobTrigger',
  description: 'Why an execution began.',
  valuesConfig: {
    MANUAL: { description: 'A person launched it.' },
    SCHEDULE: { description: 'Its time had come.' },
    API: { description: 'A script launched it.' },
    REQUEST: { description: 'A request took effect.' },
    DEPENDENCY: { description: 'Another execution needed it.' },
  },
});

@ObjectType('Progress', { description: 'How far something is.' })
export class Progress {
  @Field(() => Int, { description: 'Done so far.' })
  readonly done: number;

  @Field(() => Int, { nullable: true, description: 'Null while unknown: show a pulse, not a percentage.' })
  readonly total: number | null;

  @Field(() => Float, { nullable: true, description: 'Done per second so far; null before the start.' })
  readonly ratePerSecond: number | null;

  @Field(() => Int, { nullable: true, description: 'Seconds to go at this rate; null while unknown.' })
  readonly etaSeconds: number | null;

  @Field(() => String, { nullable: true, description: 'What is being done.' })
  readonly message: string | null;
}

@ObjectType('ExecutionCounters', { description: 'What was counted.' })
export class ExecutionCounters {
  @Field(() => Int, { description: 'Looked at.' })
  readonly read: number;

  @Field(() => Int, { description: 'Made.' })
  readonly created: number;

  @Field(() => Int, { description: 'Changed.' })
  readonly updated: number;

  @Field(() => Int, { description: 'Removed.' })
  readonly deleted: number;

  @Field(() => Int, { description: 'Left as they were.' })
  readonly skipped: number;

  @Field(() => Int, { description: 'Failed.' })
  readonly errored: number;
}

@ObjectType('TaskExecution', { implements: Node, description: 'One task of an execution.' })
export class TaskExecution extends Node {
  @Field(() => String, { description: 'The step it carries out.' })
  readonly identifier: string;

  @Field(() => TaskKind, { description: 'What it does.' })
  readonly kind: TaskKind;

  @Field(() => JobExecutionState, { description: 'How it stands. ABORTED: skipped, or canceled.' })
  readonly state: JobExecutionState;

  @Field(() => Progress, { description: 'How far it is.' })
  readonly progress: Progress;

  @Field(() => DateTimeScalar, { nullable: true, description: 'When it was first begun.' })
  readonly startedAt: Date | null;

  @Field(() => DateTimeScalar, { nullable: true, description: 'When it ended.' })
  readonly finishedAt: Date | null;

  @Field(() => ExecutionCounters, { description: 'What it counted.' })
  readonly counters: ExecutionCounters;
}

@ObjectType('JobExecution', { implements: Node, description: 'One run of a job, or of the computation by itself.' })
export class JobExecution extends Node {
  @Field(() => String, { description: 'Human number, e.g. EXE-88.' })
  readonly number: string;

  @Field(() => JobExecutionState, { description: 'How it stands.' })
  readonly state: JobExecutionState;

  @Field(() => JobTrigger, { description: 'Why it began.' })
  readonly trigger: JobTrigger;

  @Field(() => Boolean, { description: 'Nothing is written; a plan says what would be.' })
  readonly isDryRun: boolean;

  @Field(() => Progress, { description: 'Tasks that ended, of all.' })
  readonly progress: Progress;

  @Field(() => [TaskExecution], { description: 'In the order of their levels.' })
  readonly tasks: readonly TaskExecution[];

  @Field(() => TaskExecution, { nullable: true, description: 'First failure that caused the others.' })
  readonly rootFailure: TaskExecution | null;

  @Field(() => Int, { description: 'Warnings in the log.' })
  readonly warningCount: number;

  @Field(() => Int, { description: 'Errors in the log.' })
  readonly errorCount: number;

  @Field(() => ExecutionCounters, { description: 'The sum of the tasks.' })
  readonly counters: ExecutionCounters;

  @Field(() => [ThresholdViolation], { description: 'Limits it would have passed.' })
  readonly thresholdViolations: readonly ThresholdViolation[];

  @Field(() => DateTimeScalar, { description: 'When it was launched.' })
  readonly queuedAt: Date;

  @Field(() => DateTimeScalar, { nullable: true, description: 'When a worker took it.' })
  readonly startedAt: Date | null;

  @Field(() => DateTimeScalar, { nullable: true, description: 'When it ended.' })
  readonly finishedAt: Date | null;

  @Field(() => String, { nullable: true, description: 'Trace id in the OpenTelemetry backend; null without one.' })
  readonly traceId: string | null;
}

export const JobExecutionConnection = pageType<JobExecution>(() => JobExecution, 'JobExecution');

@InputType('JobExecutionFilter', { description: 'Which executions; all conditions must hold.' })
export class JobExecutionFilter {
  @Field(() => [JobExecutionState], { nullable: true, description: 'In one of these states.' })
  readonly state?: readonly JobExecutionState[] | null;

  @Field(() => IdFilter, { nullable: true, description: 'Of which job.' })
  readonly jobId?: IdFilter | null;

  @Field(() => IdFilter, { nullable: true, description: 'With a task of which managed system.' })
  readonly connectorId?: IdFilter | null;

  @Field(() => [JobTrigger], { nullable: true, description: 'Begun for one of these reasons.' })
  readonly trigger?: readonly JobTrigger[] | null;

  @Field(() => DateTimeFilter, { nullable: true, description: 'When it was launched.' })
  readonly queuedAt?: DateTimeFilter | null;
}
