// Faults a test plans for a store, and what they do to a call.
import { setTimeout as delay } from 'node:timers/promises';
import { type ConnectorErrorCode, ConnectorError } from '@joinery/connector-kit';

/** What goes wrong with a call. */
export type MemoryFault =
  | { readonly kind: 'unreachable' }
  | { readonly kind: 'unauthenticated' }
  | { readonly kind: 'throttled'; readonly retryAfterMs: number }
  | {
      readonly kind: 'refused';
      readonly code: ConnectorErrorCode;
      readonly message?: string;
      readonly targetCode?: string;
    }
  /** The call never answers. */
  | { readonly kind: 'hang' }
  | { readonly kind: 'slow'; readonly ms: number }
  /** A write takes effect, its answer is lost. */
  | { readonly kind: 'unknownAfterWrite' }
  /** A listing fails after its first page. */
  | { readonly kind: 'brokenListing' }
  /** The answer to a read breaks off. */
  | { readonly kind: 'halfAnswer' };

export interface PlannedFault {
  readonly fault: MemoryFault;
  /** Which calls it meets. */
  readonly of: 'everything' | 'writes';
  /** Calls it still meets; Infinity until healed. */
  remaining: number;
}

export type CallKind = 'read' | 'write' | 'listing' | 'changes' | 'check';

/** The fault that meets this call, used up by one, or null. */
export function takeFault(planned: PlannedFault[], call: CallKind): MemoryFault | null {
  const index = planned.findIndex((candidate) => meets(candidate, call));
  const found = planned[index];
  if (found === undefined) return null;
  found.remaining -= 1;
  if (found.remaining <= 0) planned.splice(index, 1);
  return found.fault;
}

function meets({ fault, of }: PlannedFault, call: CallKind): boolean {
  if (fault.kind === 'brokenListing') return call === 'listing';
  if (fault.kind === 'halfAnswer') return call === 'read';
  if (fault.kind === 'unknownAfterWrite' || fault.kind === 'refused') return call === 'write';
  return of === 'everything' || call === 'write';
}

/** Lets the fault act before the call does anything: throws, waits, or never returns. */
export async function sufferBefore(fault: MemoryFault, store: string, signal: AbortSignal): Promise<void> {
  switch (fault.kind) {
    case 'unreachable':
      throw new ConnectorError({
        code: 'UNREACHABLE',
        message: `The memory store "${store}" cannot be reached.`,
        hint: 'The test planned this fault.',
      });
    case 'unauthenticated':
      throw wrongPassword(store);
    case 'throttled':
      throw new ConnectorError({
        code: 'RATE_LIMITED',
        message: `The memory store "${store}" wants fewer calls.`,
        retryAfterMs: fault.retryAfterMs,
      });
    case 'refused':
      throw new ConnectorError({
        code: fault.code,
        message: fault.message ?? `The memory store "${store}" refuses the change.`,
        ...(fault.targetCode === undefined ? {} : { targetCode: fault.targetCode }),
      });
    case 'hang':
      return new Promise<never>(() => undefined);
    case 'slow':
      return delay(fault.ms, undefined, { signal });
    case 'halfAnswer':
      throw new ConnectorError({
        code: 'UNREACHABLE',
        message: `The answer of the memory store "${store}" broke off.`,
      });
    case 'unknownAfterWrite':
    case 'brokenListing':
      return undefined;
    default:
      return fault satisfies never;
  }
}

export function wrongPassword(store: string): ConnectorError {
  return new ConnectorError({
    code: 'UNAUTHENTICATED',
    message: `The memory store "${store}" refuses the password.`,
    hint: 'Correct the setting "password".',
  });
}

/** What a listing or a write says when its answer is lost. */
export function lostAnswer(store: string): ConnectorError {
  return new ConnectorError({ code: 'OUTCOME_UNKNOWN', message: `The memory store "${store}" did not answer.` });
}
