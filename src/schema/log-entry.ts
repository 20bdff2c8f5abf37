// The log of executions as the API shows it.
import { Field, ID, InputType, ObjectType, registerEnumType } from 'type-graphql';
import { TaskExecution } from './job-execution.js';
import { pageType } from './page.js';
import { DateTimeScalar, JsonScalar, StreamCursorScalar } from './scalar.js';

export const LogLevel = { DEBUG: 'DEBUG', INFO: 'INFO', WARN: 'WARN', ERROR: 'ERROR' } as const;
export type LogLevel = keyof typeof LogLevel;
registerEnumType(LogLevel, {
  name: 'LogLevel',
  description: 'How much a log entry matters.',
  valuesConfig: {
    DEBUG: { description: 'For developers.' },
    INFO: { description: 'What happened.' },
    WARN: { description: 'Somebody should know.' },
    ERROR: { description: 'Something failed.' },
  },
});

@ObjectType('LogEntry', { description: 'One line of the log of an execution.' })
export class LogEntry {
  @Field(() => StreamCursorScalar, { description: 'Its place in the log.' })
  readonly cursor: string;

  @Field(() => DateTimeScalar, { description: 'When it was written.' })
  readonly at: Date;

  @Field(() => LogLevel, { description: 'How much it matters.' })
  readonly level: LogLevel;

  @Field(() => String, { description: 'One sentence.' })
  readonly message: string;

  @Field(() => TaskExecution, { nullable: true, description: 'The task that wrote it; null: the execution itself.' })
  readonly task: TaskExecution | null;

  @Field(() => JsonScalar, { nullable: true, description: 'Details.' })
  readonly fields: unknown;
}

export const LogEntryConnection = pageType<LogEntry>(() => LogEntry, 'LogEntry');

@InputType('LogFilter', { description: 'Which entries; all conditions must hold.' })
export class LogFilter {
  @Field(() => LogLevel, { nullable: true, description: 'This level and what matters more.' })
  readonly minLevel?: LogLevel | null;

  @Field(() => String, { nullable: true, description: 'Holds this anywhere, without regard to case.' })
  readonly text?: string | null;

  @Field(() => ID, { nullable: true, description: 'Written by this task.' })
  readonly taskId?: string | null;
}
