// A session on scripts: the contract's operations, each one run of an executable.
// Owns which command a call runs and what its failures mean; process, protocol and rows are beside it.
import {
  type ApplyContext,
  type ApplyOutcome,
  type CallContext,
  type ChangePage,
  changesByComparison,
  ConnectorError,
  type ConnectorSession,
  type Delta,
  deltaRefusal,
  type ListPage,
  type MarkSent,
  objectTypeOf,
  type ObjectTypeDescription,
  outcomeOf,
  runWrite,
  type TargetObject,
} from '@joinery/connector-kit';
import { assertTrusted } from './executable.js';
import { type RunningScript, startScript } from './process.js';
import { answerOf, broken, inputOf, linesOf, purposeOf, type Question, ToldFailure } from './protocol.js';
import { changeIn, OddAnswer, outcomeIn, readIn, rowIn, typesIn } from './row.js';
import type { Operation, ScriptSettings } from './settings.js';

interface Connection {
  readonly settings: ScriptSettings;
  readonly running: Set<RunningScript>;
  /** As the script described them; null until asked. */
  types: readonly ObjectTypeDescription[] | null;
}

const pageSize = 500;

export function openScriptSession(settings: ScriptSettings): ConnectorSession {
  const connection: Connection = { settings, running: new Set(), types: null };
  return {
    describe: (context) => described(connection, context),
    check: (context) => checkSystem(connection, context),
    read: (objectType, key, context) => readRow(connection, objectType, key, context),
    list: (objectType, context) => listRows(connection, objectType, context),
    changes: (objectType, cookie, context) => listChanges(connection, objectType, cookie, context),
    apply: (delta, context) =>
      runWrite(context, `${delta.kind} ${delta.objectType} ${JSON.stringify(delta.key)}`, (signal, markSent) =>
        applyDelta(connection, delta, { ...context, signal }, markSent),
      ),
    close: async () => {
      for (const script of connection.running) script.stop();
    },
  };
}

function commandOf({ settings }: Connection, ...names: readonly Operation[]): readonly string[] {
  const command = names.map((name) => settings.commands[name]).find((found) => found !== undefined);
  if (command !== undefined) return command;
  throw new ConnectorError({
    code: 'CAPABILITY_MISSING',
    message: `The settings name no command for "${names[0] ?? ''}".`,
    hint: `Name one in the setting "commands", or take the operation out of use.`,
  });
}

async function start(
  connection: Connection,
  command: readonly string[],
  question: Question,
  { signal, deadline }: CallContext,
): Promise<RunningScript> {
  const { settings, running } = connection;
  await assertTrusted(command);
  signal.throwIfAborted();
  const script = await startScript(settings, command, inputOf(question, settings, deadline - Date.now()), signal);
  running.add(script);
  void script.ended.then(() => running.delete(script));
  return script;
}

async function ask(
  connection: Connection,
  command: readonly string[],
  question: Question,
  context: CallContext,
): Promise<unknown> {
  const script = await start(connection, command, question, context);
  return answerOf(script, question, connection.settings.maxAnswerBytes);
}

/** What of an answer is not as the protocol has it says which script, and why. */
function understood<T>(question: Question, read: () => T): T {
  try {
    return read();
  } catch (error) {
    throw error instanceof OddAnswer ? broken(question, error.message, null) : error;
  }
}

async function described(connection: Connection, context: CallContext): Promise<readonly ObjectTypeDescription[]> {
  const question: Question = { operation: 'describe' };
  const answer = await ask(connection, commandOf(connection, 'describe'), question, context);
  const types = understood(question, () => typesIn(answer));
  connection.types = types;
  return types;
}

async function typeNamed(
  connection: Connection,
  objectType: string,
  context: CallContext,
): Promise<ObjectTypeDescription> {
  return objectTypeOf(connection.types ?? (await described(connection, context)), objectType);
}

async function checkSystem(connection: Connection, context: CallContext): Promise<void> {
  if (connection.settings.commands.check === undefined) return void (await described(connection, context));
  await ask(connection, commandOf(connection, 'check'), { operation: 'check' }, context);
}

async function readRow(
  connection: Connection,
  objectType: string,
  key: string,
  context: CallContext,
): Promise<TargetObject | null> {
  const command = commandOf(connection, 'read');
  const type = await typeNamed(connection, objectType, context);
  const question: Question = { operation: 'read', objectType, key };
  const answer = await ask(connection, command, question, context);
  return understood(question, () => readIn(answer, type));
}

async function* listRows(connection: Connection, objectType: string, context: CallContext): AsyncGenerator<ListPage> {
  const command = commandOf(connection, 'list');
  const type = await typeNamed(connection, objectType, context);
  const question: Question = { operation: 'list', objectType };
  const script = await start(connection, command, question, context);
  const keys = new Set<string>();
  let objects: TargetObject[] = [];
  for await (const line of linesOf(script, question, connection.settings.maxAnswerBytes)) {
    const object = understood(question, () => rowIn(line, type));
    if (keys.has(object.key)) throw listedTwice(question, object.key);
    keys.add(object.key);
    objects.push(object);
    if (objects.length < pageSize) continue;
    yield { objects };
    objects = [];
  }
  context.signal.throwIfAborted();
  if (objects.length > 0) yield { objects };
}

function listedTwice(question: Question, key: string): ConnectorError {
  return new ConnectorError({
    code: 'AMBIGUOUS_MATCH',
    message: `Could not ${purposeOf(question)}: the script gave the key ${JSON.stringify(key)} twice.`,
    hint: 'Correct the script, or choose another key.',
  });
}

async function* listChanges(
  connection: Connection,
  objectType: string,
  cookie: string | null,
  context: CallContext,
): AsyncGenerator<ChangePage> {
  if (connection.settings.commands.changes === undefined)
    return yield* changesByComparison(() => listRows(connection, objectType, context), objectType, cookie);
  const type = await typeNamed(connection, objectType, context);
  const question: Question = { operation: 'changes', objectType, cookie };
  const script = await start(connection, commandOf(connection, 'changes'), question, context);
  yield* changePages(linesOf(script, question, connection.settings.maxAnswerBytes), question, type);
}

// A page ends where the script gives a cookie; so the last line must be one.
async function* changePages(
  lines: AsyncIterable<unknown>,
  question: Question,
  type: ObjectTypeDescription,
): AsyncGenerator<ChangePage> {
  let changes: Extract<ReturnType<typeof changeIn>, { readonly kind: string }>[] = [];
  let isEnded = false;
  for await (const line of lines) {
    const change = understood(question, () => changeIn(line, type));
    isEnded = 'cookie' in change;
    if (!('cookie' in change)) {
      changes.push(change);
      continue;
    }
    yield { changes, cookie: change.cookie };
    changes = [];
  }
  if (!isEnded) throw broken(question, 'its last line is no cookie', null);
}

async function applyDelta(
  connection: Connection,
  delta: Delta,
  context: ApplyContext,
  markSent: MarkSent,
): Promise<ApplyOutcome> {
  const command = commandOf(connection, delta.kind, 'apply');
  const type = await typeNamed(connection, delta.objectType, context);
  const problem = deltaRefusal(delta, type);
  if (problem !== null) return { kind: 'refused', failure: problem };
  const question: Question = {
    operation: connection.settings.commands[delta.kind] === undefined ? 'apply' : delta.kind,
    objectType: delta.objectType,
    key: delta.key,
    delta,
    idempotencyKey: context.idempotencyKey,
  };
  const script = await start(connection, command, question, context);
  markSent();
  try {
    const answer = await answerOf(script, question, connection.settings.maxAnswerBytes);
    return understood(question, () => outcomeIn(answer, delta.key));
  } catch (error) {
    // The script knows what became of its own write; what we conclude from its end does not.
    if (error instanceof ToldFailure) return outcomeOf(error, false);
    throw error;
  }
}
