// Exports as the API shows them.
import { Field, InputType, Int, ObjectType, registerEnumType } from 'type-graphql';
import { Node } from './node.js';
import { PlanState } from './plan.js';
import { DateTimeScalar, JsonScalar } from './scalar.js';
import { MutationPayload } from './user-error.js';

export const ExportFormat = { CSV: 'CSV', XLSX: 'XLSX', JSONL: 'JSONL', PDF: 'PDF' } as const;
export type ExportFormat = keyof typeof ExportFormat;
registerEnumType(ExportFormat, {
  name: 'ExportFormat',
  description: 'What a file is written as.',
  valuesConfig: {
    CSV: { description: 'For spreadsheets: UTF-8, with a header.' },
    XLSX: { description: 'Not written here: open a CSV.' },
    JSONL: { description: 'For programs: one JSON object a line.' },
    PDF: { description: 'Not written here: print a CSV.' },
  },
});

export const ExportSubject = {
  ASSIGNMENTS: 'ASSIGNMENTS',
  PROVISIONING_ORDERS: 'PROVISIONING_ORDERS',
  JOB_EXECUTION: 'JOB_EXECUTION',
  RECONCILIATION: 'RECONCILIATION',
  AUDIT: 'AUDIT',
} as const;
export type ExportSubject = keyof typeof ExportSubject;
registerEnumType(ExportSubject, {
  name: 'ExportSubject',
  description: 'Which list is written.',
  valuesConfig: {
    ASSIGNMENTS: { description: 'Roles and accounts of people; `filter` as of `assignments`.' },
    PROVISIONING_ORDERS: { description: 'Orders; `filter` as of `provisioningOrders`.' },
    JOB_EXECUTION: { description: 'Executions; `filter` as of `jobExecutions`.' },
    RECONCILIATION: { description: 'What waits for reconciliation; `filter` as of `reconciliationItems`.' },
    AUDIT: { description: 'The audit; `filter` holds `at`.' },
  },
});

@ObjectType('Export', { implements: Node, description: 'A list written to a file for somebody.' })
export class Export extends Node {
  @Field(() => PlanState, { description: 'COMPUTING until it is READY or FAILED; EXPIRED after 24 hours.' })
  readonly state: PlanState;

  @Field(() => ExportFormat, { description: 'What it is written as.' })
  readonly format: ExportFormat;

  @Field(() => String, {
    nullable: true,
    description: 'Where it is fetched, with the same Authorization as the API; null until it is READY.',
  })
  readonly url: string | null;

  @Field(() => Int, { nullable: true, description: 'Lines without the header; null until it is READY.' })
  readonly rowCount: number | null;

  @Field(() => DateTimeScalar, { nullable: true, description: 'Until when it can be fetched.' })
  readonly expiresAt: Date | null;
}

@InputType('ExportCreateInput', { description: 'Which list, as what.' })
export class ExportCreateInput {
  @Field(() => ExportSubject, { description: 'Which list.' })
  readonly subject: ExportSubject;

  @Field(() => ExportFormat, { description: 'What it is written as: CSV or JSONL.' })
  readonly format: ExportFormat;

  @Field(() => JsonScalar, { nullable: true, description: 'The filter of that list, as its query takes it.' })
  readonly filter?: unknown;
}

@ObjectType('ExportCreatePayload', { implements: MutationPayload, description: 'The export that is being written.' })
export class ExportCreatePayload extends MutationPayload {
  @Field(() => Export, { nullable: true, description: 'Null when none was begun.' })
  readonly export: Export | null;
}
