// The first of the three channels for «it did not work»: our rule says no. A value, never thrown.

export const refusalCodes = [
  'BLANK',
  'INVALID',
  'TOO_LONG',
  'NOT_FOUND',
  'DUPLICATE',
  'OUT_OF_RANGE',
  'DATE_ORDER',
  'STATE_CONFLICT',
  'STALE_VERSION',
  'PLAN_EXPIRED',
  'PLAN_DRIFTED',
  'FORBIDDEN',
  'NOT_REQUESTABLE',
  'ALREADY_ASSIGNED',
  'APPROVAL_REQUIRED',
  'SELF_APPROVAL_FORBIDDEN',
  'SEGREGATION_OF_DUTIES',
  'COMMENT_REQUIRED',
  'JOB_ALREADY_RUNNING',
  'THRESHOLD_EXCEEDED',
  'CONNECTOR_UNREACHABLE',
  'CONNECTOR_CAPABILITY_MISSING',
  'EXPRESSION_INVALID',
  'IDEMPOTENCY_KEY_REUSED',
  'IDEMPOTENCY_IN_PROGRESS',
  'LIMIT_EXCEEDED',
] as const;
export type RefusalCode = (typeof refusalCodes)[number];

export interface Refusal {
  readonly code: RefusalCode;
  /** One sentence for a person: what was tried, on what, why not. */
  readonly message: string;
  /** The rule that said no, by name, e.g. `approval.not-the-beneficiary`. */
  readonly rule: string;
  /** Path into the input, list indices included. */
  readonly field?: readonly string[];
  /** What to do next. */
  readonly hint?: string;
  /** Global id of the object in conflict. */
  readonly subjectId?: string;
}

export type Decision<T> =
  | { readonly ok: true; readonly value: T }
  | { readonly ok: false; readonly refusals: readonly Refusal[] };

export const granted = <T>(value: T): Decision<T> => ({ ok: true, value });
export const refused = (...refusals: readonly Refusal[]): Decision<never> => ({ ok: false, refusals });
