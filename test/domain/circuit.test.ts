// When a connection's circuit opens, is probed, and closes.
import { describe, expect, test } from '@jest/globals';
import { afterCall, afterProbe, type CallSignal, type Circuit, closedCircuit, signalOf } from '#src/domain/circuit.js';

const pace = { firstSeconds: 30, maximumSeconds: 900 };
const after = (signals: readonly CallSignal[], from: Circuit = closedCircuit): Circuit =>
  signals.reduce((circuit, signal) => afterCall(circuit, signal, pace), from);
const open = after(['unreachable', 'unreachable', 'unreachable']);

describe('calls', () => {
  test.each<[string, readonly CallSignal[], string]>([
    ['stays closed after two connect errors', ['unreachable', 'unreachable'], 'CLOSED'],
    ['opens at the third connect error', ['unreachable', 'unreachable', 'unreachable'], 'OPEN'],
    ['counts connect errors in a row only', ['unreachable', 'unreachable', 'answered', 'unreachable'], 'CLOSED'],
    [
      'stays closed with four of ten failing',
      ['failed', 'failed', 'answered', 'answered', 'failed', 'answered', 'answered', 'failed', 'answered', 'answered'],
      'CLOSED',
    ],
    [
      'opens at five of ten failing',
      ['failed', 'answered', 'failed', 'answered', 'failed', 'answered', 'failed', 'answered', 'failed'],
      'OPEN',
    ],
    [
      'forgets what is more than ten calls ago',
      ['failed', 'failed', 'failed', 'failed', ...Array<CallSignal>(10).fill('answered'), 'failed'],
      'CLOSED',
    ],
    ['quarantines at once when the credentials are refused', ['unauthenticated'], 'QUARANTINED'],
    [
      'closes when a call still under way is answered',
      ['unreachable', 'unreachable', 'unreachable', 'answered'],
      'CLOSED',
    ],
    ['keeps a quarantine although a call still under way is answered', ['unauthenticated', 'answered'], 'QUARANTINED'],
  ])('%s', (_name, signals, status) => {
    expect(after(signals).status).toBe(status);
  });

  test('a good call changes nothing on a good connection', () => {
    expect(afterCall(closedCircuit, 'answered', pace)).toBe(closedCircuit);
  });
});

describe('probes', () => {
  test('come after 30 s, then twice as late each time, up to 15 minutes', () => {
    const intervals: (number | null)[] = [];
    for (let circuit = open; intervals.length < 7; circuit = afterProbe(circuit, 'unreachable', pace))
      intervals.push(circuit.probeIntervalSeconds);
    expect(intervals).toEqual([30, 60, 120, 240, 480, 900, 900]);
  });

  test('close the circuit at the first answer', () => {
    expect(afterProbe(open, 'answered', pace)).toEqual(closedCircuit);
  });

  test('lift a quarantine at the first answer, and watch the system when it cannot be reached', () => {
    const quarantined = after(['unauthenticated']);
    expect(afterProbe(quarantined, 'answered', pace)).toEqual(closedCircuit);
    expect(afterProbe(quarantined, 'unreachable', pace).status).toBe('OPEN');
    expect(afterProbe(quarantined, 'unauthenticated', pace).status).toBe('QUARANTINED');
  });
});

test.each([
  [{ kind: 'applied', key: 'x' }, 'answered'],
  [{ kind: 'refused', failure: { code: 'INVALID_VALUE', message: 'no' } }, 'answered'],
  [
    {
      kind: 'throttled',
      retryAfterMs: 5,
      failure: { code: 'RATE_LIMITED', message: 'slow' },
    },
    'answered',
  ],
  [{ kind: 'unreachable', failure: { code: 'UNREACHABLE', message: 'gone' } }, 'unreachable'],
  [
    {
      kind: 'unreachable',
      failure: { code: 'UNAUTHENTICATED', message: 'who' },
    },
    'unauthenticated',
  ],
  [{ kind: 'unreachable', failure: { code: 'TIMEOUT', message: 'slow' } }, 'failed'],
  [{ kind: 'unknown', failure: { code: 'OUTCOME_UNKNOWN', message: 'hm' } }, 'failed'],
] as const)('the outcome %j counts as %s', (outcome, signal) => {
  expect(signalOf(outcome)).toBe(signal);
});

describe('a connection that a person has switched off', () => {
  const off: Circuit = { ...closedCircuit, status: 'DISABLED' };

  test.each<CallSignal>(['answered', 'failed', 'unreachable', 'unauthenticated'])(
    'stays off, whatever a call under way or a probe says: %s',
    (signal) => {
      expect(afterCall(off, signal, pace)).toBe(off);
      expect(afterProbe(off, signal, pace)).toBe(off);
    },
  );

  test('is told from one that is away, which an answer brings back: the control', () => {
    expect(afterCall(open, 'answered', pace).status).toBe('CLOSED');
    expect(afterProbe(open, 'answered', pace).status).toBe('CLOSED');
  });
});
