// The conformance suite can fail: each planted fault of a package is found by the case that is there for it.
import { describe, expect, test } from '@jest/globals';
import {
  type ApplyOutcome,
  type CallContext,
  type ConformanceTarget,
  ConnectorError,
  type ConnectorSession,
  conformanceCases,
  type ListPage,
  type TargetObject,
} from '@joinery/connector-kit';
import { memoryTarget } from '@joinery/connector-memory';
import { memoryConformanceTarget } from './conformance-target.js';

const store = 'planted-fault';
const sound = memoryConformanceTarget(store, {});

/** The package with some operations of its sessions replaced. */
function broken(replace: (session: ConnectorSession) => Partial<ConnectorSession>): ConformanceTarget {
  const { connector } = sound;
  const open = async (settings: Parameters<typeof connector.open>[0]): Promise<ConnectorSession> => {
    const session = await connector.open(settings);
    return { ...session, ...replace(session) };
  };
  return { ...sound, connector: { ...connector, open } };
}

const applied = (key: string): ApplyOutcome => ({ kind: 'applied', key });

async function* pagesOf(
  session: ConnectorSession,
  objectType: string,
  context: CallContext,
  change: (page: ListPage, n: number) => readonly TargetObject[],
): AsyncGenerator<ListPage> {
  let n = 0;
  for await (const page of session.list(objectType, context)) {
    yield { objects: change(page, n) };
    n += 1;
  }
}

function listing(change: (page: ListPage, n: number) => readonly TargetObject[]): ConformanceTarget {
  return broken((session) => ({ list: (objectType, context) => pagesOf(session, objectType, context, change) }));
}

/** Changes every applied or repeated answer. */
function answering(change: (outcome: ApplyOutcome) => ApplyOutcome): ConformanceTarget {
  return broken((session) => ({ apply: async (delta, context) => change(await session.apply(delta, context)) }));
}

async function* untilItBreaks(
  session: ConnectorSession,
  objectType: string,
  context: CallContext,
): AsyncGenerator<ListPage> {
  try {
    yield* session.list(objectType, context);
  } catch {
    return;
  }
}

async function* inOnePage(
  session: ConnectorSession,
  objectType: string,
  context: CallContext,
): AsyncGenerator<ListPage> {
  const objects: TargetObject[] = [];
  for await (const page of session.list(objectType, context)) objects.push(...page.objects);
  if (objects.length > 0) yield { objects };
}

/** Keys and values as a package without quoting would keep them. */
const unquoted = (text: unknown): unknown => (typeof text === 'string' ? text.replaceAll(/["'\r\n;]/g, '') : text);

const faults: readonly (readonly [fault: string, target: ConformanceTarget, foundBy: RegExp])[] = [
  [
    'unknown settings are ignored',
    {
      ...sound,
      connector: {
        ...sound.connector,
        open: async ({ store: name, password }) => sound.connector.open({ store: name, password }),
      },
    },
    /unknown setting/,
  ],
  [
    'a credential is not marked as secret',
    {
      ...sound,
      connector: {
        ...sound.connector,
        settingsSchema: { type: 'object', additionalProperties: false, properties: { password: { type: 'string' } } },
      },
    },
    /as secret/,
  ],
  [
    'a link leads to nowhere',
    broken((session) => ({ describe: async (context) => (await session.describe(context)).slice(0, 1) })),
    /fit together/,
  ],
  ['a check never looks', broken(() => ({ check: async () => undefined })), /UNREACHABLE on a check/],
  [
    'a dead system is called a bug',
    broken((session) => ({
      read: async (...call) =>
        session
          .read(...call)
          .catch(() => Promise.reject(new ConnectorError({ code: 'CONNECTOR_BUG', message: 'oops' }))),
    })),
    /UNREACHABLE on a read/,
  ],
  [
    'an outage is reported as a refusal',
    answering((outcome) => (outcome.kind === 'unreachable' ? { kind: 'refused', failure: outcome.failure } : outcome)),
    /unreachable for a write/,
  ],
  [
    'a wrong password is called an outage',
    broken((session) => ({
      check: async (context) =>
        session
          .check(context)
          .catch(() => Promise.reject(new ConnectorError({ code: 'UNREACHABLE', message: 'oops' }))),
    })),
    /UNAUTHENTICATED on a check/,
  ],
  [
    'an error tells the password',
    {
      ...sound,
      connector: {
        ...sound.connector,
        open: async (settings) => {
          const session = await sound.connector.open(settings);
          const leak = (): Promise<never> =>
            Promise.reject(
              new ConnectorError(
                { code: 'UNAUTHENTICATED', message: 'no' },
                { cause: new Error(`password=${String(settings.password)}`) },
              ),
            );
          return { ...session, check: leak };
        },
      },
    },
    /tells a secret/,
  ],
  [
    'a creation is claimed and not made',
    broken(() => ({ apply: async (delta) => applied(delta.key) })),
    /shows a created row/,
  ],
  [
    'an equal row is called a new one',
    answering((outcome) => (outcome.kind === 'alreadySo' ? applied(outcome.key) : outcome)),
    /alreadySo for an equal creation/,
  ],
  [
    'a creation overwrites the row that is there',
    broken((session) => ({
      apply: (delta, context) => {
        const row = memoryTarget(store).row(delta.objectType, delta.key);
        return session.apply(delta.kind === 'create' && row !== null ? { ...delta, kind: 'update' } : delta, context);
      },
    })),
    /exists with other values/,
  ],
  [
    'an absent row is an error',
    broken((session) => ({
      read: async (...call) =>
        (await session.read(...call)) ?? Promise.reject(new ConnectorError({ code: 'NOT_FOUND', message: 'none' })),
    })),
    /null for a row/,
  ],
  [
    'an update wipes the other attributes',
    broken((session) => ({
      apply: (delta, context) =>
        session.apply(
          delta.kind === 'update' ? { ...delta, set: { name: null, mail: null, ...delta.set } } : delta,
          context,
        ),
    })),
    /the named attribute/,
  ],
  [
    'null is left out',
    broken((session) => ({
      apply: (delta, context) =>
        session.apply(
          { ...delta, set: Object.fromEntries(Object.entries(delta.set).filter(([, value]) => value !== null)) },
          context,
        ),
    })),
    /to null/,
  ],
  [
    'an update makes the missing row',
    broken((session) => ({
      apply: async (delta, context) => {
        if (delta.kind === 'update')
          await session.apply(
            { ...delta, kind: 'create' },
            { ...context, idempotencyKey: `${context.idempotencyKey}-create` },
          );
        return session.apply(delta, context);
      },
    })),
    /update a row that is not there/,
  ],
  [
    'unknown attributes are dropped',
    broken((session) => ({
      apply: (delta, context) =>
        session.apply(
          {
            ...delta,
            set: Object.fromEntries(Object.entries(delta.set).filter(([name]) => name !== 'noSuchAttribute')),
          },
          context,
        ),
    })),
    /unknown attribute/,
  ],
  [
    'a deletion is claimed and not made',
    broken((session) => ({
      apply: (delta, context) =>
        delta.kind === 'delete' ? Promise.resolve(applied(delta.key)) : session.apply(delta, context),
    })),
    /after deleting it, and leaves/,
  ],
  [
    'a second deletion is an error',
    answering((outcome) =>
      outcome.kind === 'alreadySo' ? { kind: 'refused', failure: { code: 'NOT_FOUND', message: 'none' } } : outcome,
    ),
    /deleted twice/,
  ],
  [
    'members are replaced instead of added',
    broken((session) => ({
      apply: async (delta, context) => {
        const present = memoryTarget(store).row(delta.objectType, delta.key)?.links.groups ?? [];
        const added = delta.add.groups ?? [];
        return session.apply(
          added.length === 0
            ? delta
            : { ...delta, remove: { groups: present.filter((member) => !added.includes(member)) } },
          context,
        );
      },
    })),
    /5000 members/,
  ],
  [
    'unknown members are dropped in silence',
    broken((session) => ({
      apply: (delta, context) =>
        session.apply(
          {
            ...delta,
            add: Object.fromEntries(
              Object.entries(delta.add).map(([name, members]) => [
                name,
                members.filter((member) => member !== 'g-nobody'),
              ]),
            ),
          },
          context,
        ),
    })),
    /member that does not exist/,
  ],
  ['a listing leaves out its last page', listing((page, n) => (n < 2 ? page.objects : [])), /rows on several pages/],
  ['a listing repeats a row', listing((page) => [...page.objects.slice(0, 1), ...page.objects]), /each row once/],
  [
    'a listing comes in one page',
    broken((session) => ({ list: (objectType, context) => inOnePage(session, objectType, context) })),
    /bounded memory/,
  ],
  [
    'a listing that breaks ends normally',
    broken((session) => ({ list: (objectType, context) => untilItBreaks(session, objectType, context) })),
    /broke half-way/,
  ],
  [
    'a call ignores its deadline',
    broken((session) => ({
      read: (objectType, key, context) =>
        session.read(objectType, key, { ...context, deadline: context.deadline + 2_200 }),
    })),
    /read from a hanging system by its deadline/,
  ],
  [
    'a call ignores its abort signal',
    broken((session) => ({
      apply: (delta, context) =>
        session.apply(delta, { ...context, signal: new AbortController().signal, deadline: Date.now() + 2_200 }),
    })),
    /hanging system when its signal is aborted/,
  ],
  [
    'a lost answer is taken for success',
    answering((outcome) => (outcome.kind === 'unknown' ? applied('u000001') : outcome)),
    /unknown when the answer/,
  ],
  [
    'a lost answer is taken for failure',
    answering((outcome) => (outcome.kind === 'unknown' ? { kind: 'unreachable', failure: outcome.failure } : outcome)),
    /unknown when the answer/,
  ],
  [
    'special characters are stripped from values',
    broken((session) => ({
      apply: (delta, context) =>
        session.apply(
          {
            ...delta,
            set: Object.fromEntries(
              Object.entries(delta.set).map(([name, value]) => [name, unquoted(value) as string]),
            ),
          },
          context,
        ),
    })),
    /character of attribute values/,
  ],
  [
    'special characters are stripped from keys',
    broken((session) => ({
      apply: (delta, context) => session.apply({ ...delta, key: unquoted(delta.key) as string }, context),
    })),
    /character of keys/,
  ],
];

describe('a package is found out when', () => {
  test.each(faults)('%s', async (_fault, target, foundBy) => {
    const found = conformanceCases(target).filter((candidate) => foundBy.test(candidate.name));
    expect(new Set(found.map(({ skipped }) => skipped ?? 'runs'))).toEqual(new Set(['runs']));
    for (const { run } of found) await expect(run()).rejects.toThrow();
  });

  test('the suite has at least 25 cases, and skips with a reason', () => {
    const cases = conformanceCases({ ...sound, outage: undefined, link: undefined, wrongCredentials: undefined });
    expect(cases.length).toBeGreaterThanOrEqual(25);
    expect(
      cases.filter((candidate) => candidate.skipped !== undefined).map((candidate) => candidate.skipped),
    ).toContain('the target has no link');
  });
});
