// One account provisioned while somebody looks on, told as one try with every step: what was done, skipped, and why.
// Owns the words; what is written is the computation's and the order's.
import type { ProvisioningError } from './failure.js';
import type { Attempt, AttemptStep, AttemptStepKind } from './provisioning-attempt.js';
import type { ProvisioningState } from './provisioning-state.js';
import type { PlannedChange } from './role-model/plan.js';

export interface OnDemandAttempt extends Attempt {
  /** From 1. */
  readonly number: number;
  readonly startedAt: Date;
  readonly finishedAt: Date | null;
}

const kinds: readonly AttemptStepKind[] = ['CONNECT', 'READ', 'SCOPE', 'MATCH', 'WRITE', 'VERIFY'];

const stepOf = (
  kind: AttemptStepKind,
  outcome: AttemptStep['outcome'],
  detail: string | null,
  reason: string | null = null,
): AttemptStep => ({ kind, outcome, durationMs: 0, detail, reason });

/** What the account is, as far as it is known without asking its system. */
export interface OnDemandAccount {
  /** Connection that carries its orders out. */
  readonly connection: string;
  /** The row was read once. */
  readonly isKnown: boolean;
  /** It should be there. */
  readonly isDue: boolean;
}

/** Nothing is asked of the system: it says what would be done, from what was read last. */
export function rehearsal(account: OnDemandAccount, changes: readonly PlannedChange[], at: Date): OnDemandAttempt {
  const isEmpty = changes.length === 0;
  const steps = [
    stepOf('CONNECT', 'SKIPPED', `Connection ${account.connection}`, 'Dry run: the system is not asked.'),
    account.isKnown
      ? stepOf('READ', 'SUCCEEDED', 'The row as it was last read.')
      : stepOf('READ', 'SKIPPED', null, 'No row of this account was ever read.'),
    scopeStep(account, isEmpty),
    isEmpty ? nothingToWrite : stepOf('MATCH', 'SUCCEEDED', changes.map(changeText).join('; ')),
    stepOf('WRITE', 'SKIPPED', null, isEmpty ? 'There is nothing to write.' : 'Dry run: nothing is written.'),
    stepOf('VERIFY', 'SKIPPED', null, 'Nothing was written.'),
  ];
  return { number: 1, startedAt: at, finishedAt: at, outcome: 'SUCCEEDED', error: null, steps };
}

const scopeStep = ({ isDue }: OnDemandAccount, isEmpty: boolean): AttemptStep =>
  isDue || !isEmpty
    ? stepOf('SCOPE', 'SUCCEEDED', isDue ? 'The account is due.' : 'The account changes with what the rules say now.')
    : stepOf('SCOPE', 'SKIPPED', null, 'No rule gives the account.');

const nothingToWrite = stepOf('MATCH', 'SUCCEEDED', 'The account is as it should be, or is not due.');

function changeText({ kind, resourceKey, delta }: PlannedChange): string {
  const values = delta.scalars.map(({ property }) => property);
  const links = delta.links.map(({ property, add, remove }) => `${property} +${add.length} −${remove.length}`);
  const parts = [...values, ...links].join(', ');
  return `${kind} ${resourceKey}${parts === '' ? '' : `: ${parts}`}`;
}

export interface TriedOrder {
  readonly connection: string;
  readonly state: ProvisioningState;
  readonly verifiedAt: Date | null;
}

/** The try as it was kept, with the steps it did not need and the reading after it. */
export function toldInFull({ connection, state, verifiedAt }: TriedOrder, attempt: OnDemandAttempt): OnDemandAttempt {
  const kept = new Map(attempt.steps.map((step) => [step.kind, step]));
  const derived = new Map<AttemptStepKind, AttemptStep>([
    ['CONNECT', connectStep(connection, attempt.error)],
    ['READ', stepOf('READ', 'SKIPPED', null, 'Not needed: no earlier try was left open.')],
    ['SCOPE', stepOf('SCOPE', 'SUCCEEDED', 'The order is still what is wished.')],
    ['MATCH', stepOf('MATCH', 'SUCCEEDED', 'Compared with the row as it was last read.')],
    ['WRITE', stepOf('WRITE', 'SKIPPED', null, 'Nothing was sent.')],
    ['VERIFY', verifyStep(state, verifiedAt)],
  ]);
  return { ...attempt, steps: kinds.flatMap((kind) => kept.get(kind) ?? derived.get(kind) ?? []) };
}

const unreached: ReadonlySet<string> = new Set(['UNREACHABLE', 'UNAUTHENTICATED']);

const connectStep = (connection: string, error: ProvisioningError | null): AttemptStep =>
  error !== null && unreached.has(error.code)
    ? stepOf('CONNECT', 'FAILED', `Connection ${connection}`, error.message)
    : stepOf('CONNECT', 'SUCCEEDED', `Connection ${connection}`);

function verifyStep(state: ProvisioningState, verifiedAt: Date | null): AttemptStep {
  if (state === 'VERIFIED')
    return stepOf('VERIFY', 'SUCCEEDED', `Read back${verifiedAt === null ? '' : ` at ${verifiedAt.toISOString()}`}.`);
  if (state === 'EXECUTED') return stepOf('VERIFY', 'UNKNOWN', null, 'It was written and has not been read back yet.');
  return stepOf('VERIFY', 'SKIPPED', null, 'Nothing was written.');
}
