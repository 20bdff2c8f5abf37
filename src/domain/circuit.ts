// Whether a connection is worth calling. Owns when its circuit opens, is probed and closes; leaves counting of orders' tries to retry.ts.
import type { ApplyOutcome, ConnectorFailure } from '@joinery/connector-kit';
import { failureClasses } from './failure.js';

/** CLOSED: calls go through. OPEN: it failed and is probed. QUARANTINED: it refused our credentials; a person must act. DISABLED: a person switched its connector off. */
export const circuitStatuses = ['CLOSED', 'OPEN', 'QUARANTINED', 'DISABLED'] as const;
export type CircuitStatus = (typeof circuitStatuses)[number];

export interface Circuit {
  readonly status: CircuitStatus;
  /** The last calls, newest last, true = the system answered; at most ten. */
  readonly recent: readonly boolean[];
  /** In a row. */
  readonly connectFailures: number;
  /** Wait before the next probe; null while closed or quarantined. */
  readonly probeIntervalSeconds: number | null;
}

export interface ProbePace {
  readonly firstSeconds: number;
  readonly maximumSeconds: number;
}

export const closedCircuit: Circuit = {
  status: 'CLOSED',
  recent: [],
  connectFailures: 0,
  probeIntervalSeconds: null,
};

const remembered = 10;
const failuresThatOpen = 5;
const connectFailuresThatOpen = 3;

/** What one call says about the connection; a refusal for good is an answer too. */
export type CallSignal = 'answered' | 'failed' | 'unreachable' | 'unauthenticated';

export function signalOf(outcome: ApplyOutcome): CallSignal {
  return 'failure' in outcome ? signalOfFailure(outcome.failure) : 'answered';
}

export function signalOfFailure(failure: ConnectorFailure): CallSignal {
  if (failure.code === 'UNREACHABLE') return 'unreachable';
  if (failure.code === 'UNAUTHENTICATED') return 'unauthenticated';
  const failureClass = failureClasses[failure.code];
  switch (failureClass) {
    case 'permanent':
    case 'throttled':
      return 'answered';
    case 'transient':
    case 'unknown':
      return 'failed';
    default:
      return failureClass satisfies never;
  }
}

/** The circuit after a call of an order. A closed circuit stays the same object while nothing is to be remembered. */
export function afterCall(circuit: Circuit, signal: CallSignal, pace: ProbePace): Circuit {
  // A call that was under way says nothing about what a person decided.
  if (circuit.status === 'DISABLED') return circuit;
  switch (signal) {
    case 'answered':
      return circuit.status === 'QUARANTINED' ? circuit : afterAnswer(circuit);
    case 'unauthenticated':
      return quarantined(circuit);
    case 'failed':
    case 'unreachable':
      return circuit.status === 'CLOSED' ? afterFailure(circuit, signal === 'unreachable', pace) : circuit;
    default:
      return signal satisfies never;
  }
}

/** The circuit after a probe: a call made only to see whether the system is back. */
export function afterProbe(circuit: Circuit, signal: CallSignal, pace: ProbePace): Circuit {
  if (circuit.status === 'DISABLED') return circuit;
  switch (signal) {
    case 'answered':
      return closedCircuit;
    case 'unauthenticated':
      return quarantined(circuit);
    case 'failed':
    case 'unreachable':
      return {
        ...circuit,
        status: 'OPEN',
        probeIntervalSeconds: nextInterval(circuit.probeIntervalSeconds, pace),
      };
    default:
      return signal satisfies never;
  }
}

function afterAnswer(circuit: Circuit): Circuit {
  if (circuit.status === 'OPEN') return closedCircuit;
  if (circuit.connectFailures === 0 && !circuit.recent.includes(false)) return circuit;
  return {
    ...circuit,
    recent: [...circuit.recent, true].slice(-remembered),
    connectFailures: 0,
  };
}

function afterFailure(circuit: Circuit, isConnectFailure: boolean, pace: ProbePace): Circuit {
  const recent = [...circuit.recent, false].slice(-remembered);
  const connectFailures = isConnectFailure ? circuit.connectFailures + 1 : circuit.connectFailures;
  const failures = recent.filter((wasGood) => !wasGood).length;
  const opens = failures >= failuresThatOpen || connectFailures >= connectFailuresThatOpen;
  return {
    status: opens ? 'OPEN' : 'CLOSED',
    recent,
    connectFailures,
    probeIntervalSeconds: opens ? pace.firstSeconds : null,
  };
}

const quarantined = (circuit: Circuit): Circuit => ({
  ...circuit,
  status: 'QUARANTINED',
  probeIntervalSeconds: null,
});

const nextInterval = (before: number | null, pace: ProbePace): number =>
  before === null ? pace.firstSeconds : Math.min(before * 2, pace.maximumSeconds);
