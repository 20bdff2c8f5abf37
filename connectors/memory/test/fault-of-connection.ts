// Faults planted into the ways a call fails, and into text and secrets on their way.
import { ConnectorError } from '@joinery/connector-kit';
import {
  answering,
  broken,
  calling,
  failingAs,
  type PlantedFault,
  redefined,
  sending,
  sendingValues,
  sound,
} from './fault.js';

const { connector } = sound;
const lateMs = 2_200;
const neverAborted = new AbortController().signal;

/** Text as a package without quoting would keep it. */
const unquoted = (text: string): string => text.replaceAll(/["'\r\n;]/g, '');

export const failureFaults: readonly PlantedFault[] = [
  [
    'a session connects when it is opened',
    redefined({
      open: async (settings) => {
        const session = await connector.open(settings);
        await session.check({ signal: neverAborted, deadline: Date.now() + lateMs });
        return session;
      },
    }),
    /opens a session without connecting/,
  ],
  ['a check never looks', broken(() => ({ check: async () => undefined })), /on a check (of a dead|with refused)/],
  ['a dead system is called a bug', failingAs('UNREACHABLE', 'CONNECTOR_BUG'), /UNREACHABLE on a (check|read|listing)/],
  [
    'an outage is answered as a refusal',
    answering((outcome) => (outcome.kind === 'unreachable' ? { kind: 'refused', failure: outcome.failure } : outcome)),
    /unreachable for a write/,
  ],
  [
    'a session stays dead',
    broken((session) => {
      let failed: unknown;
      return {
        read: async (...call) => {
          if (failed !== undefined) throw failed;
          return session.read(...call).catch((error: unknown) => {
            failed = error;
            throw error;
          });
        },
      };
    }),
    /reads again in the same session/,
  ],
  ['a wrong password is called an outage', failingAs('UNAUTHENTICATED', 'UNREACHABLE'), /UNAUTHENTICATED/],
  ['signals are not passed on', calling((context) => ({ ...context, signal: neverAborted })), /signal is aborted/],
  [
    'deadlines are taken for longer',
    calling((context) => ({ ...context, deadline: Math.max(context.deadline, Date.now() + lateMs) })),
    /by its deadline/,
  ],
  [
    'a lost answer is taken for success',
    answering((outcome, { key }) => (outcome.kind === 'unknown' ? { kind: 'applied', key } : outcome)),
    /answers unknown when/,
  ],
  [
    'a lost answer is taken for failure',
    answering((outcome) => (outcome.kind === 'unknown' ? { kind: 'unreachable', failure: outcome.failure } : outcome)),
    /answers unknown when/,
  ],
  [
    'half an answer is taken for no row',
    broken((session) => ({ read: (...call) => session.read(...call).catch(() => null) })),
    /breaks off in its middle/,
  ],
  ['«too often» is called an outage', failingAs('RATE_LIMITED', 'UNREACHABLE'), /answers throttled|RATE_LIMITED/],
  [
    'what was not sent of several writes is left open',
    broken((session) => ({
      applyMany: async (...call) =>
        ((await session.applyMany?.(...call)) ?? []).map((outcome, n) =>
          outcome.kind === 'throttled' && n > 0 ? { kind: 'unknown', failure: outcome.failure } : outcome,
        ),
    })),
    /answers throttled/,
  ],
];

export const textFaults: readonly PlantedFault[] = [
  [
    'characters get lost in values',
    sendingValues((_name, value) => (typeof value === 'string' ? unquoted(value) : value)),
    /character of attribute values/,
  ],
  [
    'characters get lost in keys',
    sending((delta) => ({ ...delta, key: unquoted(delta.key) })),
    /character of keys|members of rows with odd keys/,
  ],
  [
    'an error tells the password',
    redefined({
      open: async (settings) => ({
        ...(await connector.open(settings)),
        check: () =>
          Promise.reject(
            new ConnectorError(
              { code: 'UNAUTHENTICATED', message: 'no' },
              { cause: new Error(`password=${String(settings.password)}`) },
            ),
          ),
      }),
    }),
    /tells a secret/,
  ],
  [
    'a failure is printed',
    answering((outcome) => {
      if ('failure' in outcome) process.stderr.write(`${outcome.failure.message}\n`);
      return outcome;
    }),
    /prints nothing/,
  ],
];
