// A session on a host: the contract's operations. Owns their order; programs and files are beside it.
import {
  type ApplyOutcome,
  type CallContext,
  changesByComparison,
  ConnectorError,
  type ConnectorSession,
  type Delta,
  deltaRefusal,
  effectOf,
  type ListPage,
  type MarkSent,
  objectTypeOf,
  type ObjectTypeDescription,
  refusal,
  runWrite,
  type TargetObject,
  withoutKey,
} from '@joinery/connector-kit';
import { groupType, keyType, objectTypes, userType } from './account-file.js';
import { applyKey, keyProblem, readKey, readKeys } from './authorized-key.js';
import { type Change, partlyApplied } from './change.js';
import { programError, sshError } from './failure.js';
import { groupChange, groupProblem } from './group.js';
import { type Host, readGroup, readGroups, readUser, readUsers } from './listing.js';
import { openRemote } from './remote.js';
import type { PosixSettings } from './settings.js';
import { userChange, userProblem } from './user.js';

const pageSize = 500;

/** What is different between the three object types. */
interface Kind {
  readonly type: ObjectTypeDescription;
  readonly all: (host: Host, signal: AbortSignal) => Promise<readonly TargetObject[]>;
  readonly one: (host: Host, key: string, signal: AbortSignal) => Promise<TargetObject | null>;
  readonly problem: (delta: Delta) => string | null;
  /** Null: the object type carries its deltas out itself. */
  readonly change: ((settings: PosixSettings, delta: Delta, present: TargetObject | null) => Change) | null;
}

const kinds: readonly Kind[] = [
  { type: userType, all: readUsers, one: readUser, problem: userProblem, change: userChange },
  { type: groupType, all: readGroups, one: readGroup, problem: groupProblem, change: groupChange },
  { type: keyType, all: readKeys, one: readKey, problem: keyProblem, change: null },
];

function kindOf(name: string): Kind {
  const { name: found } = objectTypeOf(objectTypes, name);
  const kind = kinds.find(({ type }) => type.name === found);
  if (kind !== undefined) return kind;
  throw new ConnectorError({ code: 'CONNECTOR_BUG', message: `The object type "${name}" cannot be read.` });
}

export function openPosixSession(settings: PosixSettings): ConnectorSession {
  const host: Host = { settings, remote: openRemote(settings) };
  const turns = { last: Promise.resolve() };
  return {
    describe: async () => objectTypes,
    check: (context) => typed('sign in to the host', () => readUsers(host, context.signal).then(() => undefined)),
    read: (objectType, key, context) =>
      typed(`read ${objectType} ${JSON.stringify(key)}`, () => kindOf(objectType).one(host, key, context.signal)),
    list: (objectType, context) => listObjects(host, objectType, context),
    changes: (objectType, cookie, context) =>
      changesByComparison(() => listObjects(host, objectType, context), objectType, cookie),
    apply: (delta, context) => {
      const operation = `${delta.kind} ${delta.objectType} ${JSON.stringify(delta.key)}`;
      return runWrite(context, operation, (signal, markSent) =>
        inTurn(turns, signal, () => typed(operation, () => applyDelta(host, delta, signal, markSent))),
      );
    },
    close: () => host.remote.close(),
  };
}

async function typed<T>(operation: string, run: () => Promise<T>): Promise<T> {
  try {
    return await run();
  } catch (error) {
    throw sshError(error, operation);
  }
}

/** The programs lock the account files and give up after a while: our own changes wait for one another instead. */
async function inTurn<T>(turns: { last: Promise<void> }, signal: AbortSignal, run: () => Promise<T>): Promise<T> {
  const before = turns.last;
  let done: () => void = () => undefined;
  turns.last = new Promise((resolve) => (done = resolve));
  try {
    await before;
    signal.throwIfAborted();
    return await run();
  } finally {
    done();
  }
}

async function* listObjects(host: Host, objectType: string, { signal }: CallContext): AsyncGenerator<ListPage> {
  const objects = await typed(`list ${objectType}`, () => kindOf(objectType).all(host, signal));
  for (let start = 0; start < objects.length; start += pageSize) {
    signal.throwIfAborted();
    yield { objects: objects.slice(start, start + pageSize) };
  }
}

async function applyDelta(host: Host, delta: Delta, signal: AbortSignal, markSent: MarkSent): Promise<ApplyOutcome> {
  const kind = kindOf(delta.objectType);
  const described = deltaRefusal(delta, kind.type);
  if (described !== null) return { kind: 'refused', failure: described };
  const problem = kind.problem(delta);
  if (problem !== null) return refusal(delta, 'INVALID_VALUE', problem);
  const wished = withoutKey(delta, kind.type);
  if (kind.change === null) return applyKey(host, wished, signal, markSent);
  const present = await kind.one(host, delta.key, signal);
  const missing = await missingLinks(host, wished, signal);
  if (missing !== null) return refusal(delta, 'CONSTRAINT_VIOLATION', `there is no ${missing}`);
  const effect = effectOf(present === null ? null : rowOf(present), comparable(wished, present));
  if (effect.outcome.kind !== 'applied') return effect.outcome;
  return carryOut(host, kind.change(host.settings, remaining(wished, present), present), delta, signal, markSent);
}

const rowOf = ({ attributes, links }: TargetObject) => ({
  attributes,
  links: Object.fromEntries(Object.entries(links).map(([name, keys]) => [name, new Set(keys)])),
});

/** Of a row that is there already nobody can say whether its password is the wished one: a creation asks for the rest. */
function comparable(delta: Delta, present: TargetObject | null): Delta {
  if (delta.kind !== 'create' || present === null) return delta;
  const { password: _password, ...set } = delta.set;
  return { ...delta, set };
}

/** Members that are there, or gone, already are left out: the programs answer an error for them. */
function remaining(delta: Delta, present: TargetObject | null): Delta {
  const keep = (members: Delta['add'], isWanted: (link: string, member: string) => boolean): Delta['add'] =>
    Object.fromEntries(
      Object.entries(members).map(([link, keys]) => [link, keys.filter((key) => isWanted(link, key))]),
    );
  const isMember = (link: string, member: string): boolean => present?.links[link]?.includes(member) === true;
  return {
    ...delta,
    add: keep(delta.add, (link, member) => !isMember(link, member)),
    remove: keep(delta.remove, isMember),
  };
}

const missingScript = `awk -F: 'NR==FNR{u[$1]=1;next} !($1 in u){print;exit}' "$1/etc/$2" - `;

/** The first new member or group that is not on the host, in words; null when all are. */
async function missingLinks({ remote, settings }: Host, { add }: Delta, signal: AbortSignal): Promise<string | null> {
  for (const [link, keys] of Object.entries(add)) {
    if (keys.length === 0) continue;
    const [file, noun] = link === 'groups' ? ['group', 'group'] : ['passwd', 'user'];
    const words = [settings.root, file];
    const found = await remote.run({
      script: missingScript,
      words,
      input: keys.map((key) => `${key}\n`).join(''),
      signal,
    });
    if (found.exitCode !== 0) throw programError(found, `look up the ${noun}s`);
    if (found.output !== '') return `${noun} ${JSON.stringify(found.output.trim())}`;
  }
  return null;
}

async function carryOut(
  { remote }: Host,
  { script, words, input }: Change,
  delta: Delta,
  signal: AbortSignal,
  markSent: MarkSent,
): Promise<ApplyOutcome> {
  const finished = await remote.run({
    script,
    words,
    ...(input === undefined ? {} : { input }),
    signal,
    onStart: markSent,
  });
  if (finished.exitCode === 0) return { kind: 'applied', key: delta.key };
  const { failure } = programError(finished, `${delta.kind} ${delta.objectType} ${JSON.stringify(delta.key)}`);
  if (finished.exitCode !== partlyApplied) throw new ConnectorError(failure);
  return {
    kind: 'unknown',
    failure: { ...failure, code: 'OUTCOME_UNKNOWN', hint: 'A part of the change was applied.' },
  };
}
