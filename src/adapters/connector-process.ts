// The process of one connector package, from outside: its start, requests and answers by id, its output in the log, its end.
// Owns life and death of the process; what requests mean is connector-isolation.ts'.
import { type ChildProcess, fork } from 'node:child_process';
import type { Readable } from 'node:stream';
import { fileURLToPath } from 'node:url';
import { ConnectorError, type HostRequest, type ToHost } from '@joinery/connector-kit';
import { answerOf, failureFrom } from './connector-answer.js';

export interface ProcessOptions {
  /** What the package may hold: as JavaScript's heap, and as much again in buffers. */
  readonly memoryMb: number;
  /** Value of an environment variable; a package sees only those that say where programs are and how people write. */
  readonly environment: (name: string) => string | undefined;
  readonly log: ProcessLog;
}

export interface ProcessLog {
  info(details: object, message: string): void;
  warn(details: object, message: string): void;
}

export interface PackageProcess {
  /** Throws ConnectorError, or ProcessGone when the process ended before it answered. `onId` hears the id of the request. */
  ask(request: HostRequest, signal?: AbortSignal, onId?: (id: number) => void): Promise<unknown>;
  /** Aborts a call or drops a listing; no answer comes. */
  abort(id: number): void;
  isGone(): boolean;
  /** Why it is to end, for the calls still under way; they fail with ProcessGone. */
  kill(reason: string): void;
  /** Lets it end by itself, and sees to it. */
  end(): void;
}

/** The process ended with calls under way: what became of them nobody knows. The message is a sentence. */
export class ProcessGone extends Error {}

/** How long after its deadline or abort a call may go on before its process is killed, in milliseconds. */
const killAfterMs = 2_000;
/** How long a process that was let go may take to leave, in milliseconds. */
const leaveWithinMs = 2_000;
/** Of a line of output, in characters; what a line has beyond is left out. */
const longestLine = 10_000;
const inherited = ['PATH', 'LANG', 'TZ', 'HOME'];
/** The same file from `src` and from `dist`: the process runs what was built. */
const hostModule = fileURLToPath(new URL('../../dist/adapters/connector-host.js', import.meta.url));

interface Life {
  readonly child: ChildProcess;
  readonly name: string;
  readonly waiting: Map<number, Waiting>;
  lastId: number;
  isGone: boolean;
  isLeaving: boolean;
  /** Why it was killed. */
  reason: string | null;
}

interface Waiting {
  readonly resolve: (value: unknown) => void;
  readonly reject: (error: Error) => void;
}

/** What keeps the secrets of the connection out of the log. */
export interface HiddenSecrets {
  readonly redact: (text: string) => string;
  /** Takes away the beginning of a secret in which a text breaks off. */
  readonly redactEnd: (text: string) => string;
  /** Characters of the longest text that is redacted. */
  readonly longest: number;
}

export function startProcess(name: string, options: ProcessOptions, secrets: HiddenSecrets): PackageProcess {
  const child = fork(hostModule, [String(options.memoryMb)], {
    execArgv: [`--max-old-space-size=${options.memoryMb}`],
    env: Object.fromEntries(inherited.map((variable) => [variable, options.environment(variable)])),
    stdio: ['ignore', 'pipe', 'pipe', 'ipc'],
  });
  const life: Life = { child, name, waiting: new Map(), lastId: 0, isGone: false, isLeaving: false, reason: null };
  watch(life, options.memoryMb);
  eachLine(child.stdout, secrets, (line) => options.log.info({ package: name, pid: child.pid }, said(line)));
  eachLine(child.stderr, secrets, (line) => options.log.warn({ package: name, pid: child.pid }, said(line)));
  // Calls hold their own timers; an idle process keeps nobody from ending, and ends with its parent.
  child.unref();
  child.channel?.unref();
  return {
    ask: (request, signal, onId) => ask(life, request, signal, onId),
    abort: (id) => send(life, { abort: id }),
    isGone: () => life.isGone || life.reason !== null,
    kill: (reason) => kill(life, reason),
    end: () => end(life),
  };
}

function watch(life: Life, memoryMb: number): void {
  const { child } = life;
  child.on('message', (message: unknown) => settle(life, message));
  child.on('error', (error) => gone(life, `it could not be started (${error.message})`));
  // A package can close the channel and live on, and of a dead process the last answers may still be on their way.
  child.on('disconnect', () => {
    const isOver = child.exitCode !== null || child.signalCode !== null;
    if (isOver) gone(life, endingOf(child, memoryMb));
    else if (!life.isLeaving) child.kill('SIGKILL');
  });
  child.on('exit', () => {
    if (!child.connected) gone(life, endingOf(child, memoryMb));
  });
}

function endingOf({ exitCode, signalCode }: ChildProcess, memoryMb: number): string {
  if (signalCode === 'SIGABRT')
    return `it broke off (SIGABRT), as when it needs more than the ${memoryMb} MB of memory it may have`;
  return signalCode === null ? `it ended itself with code ${exitCode}` : `it was ended by ${signalCode}`;
}

function gone(life: Life, ending: string): void {
  if (life.isGone) return;
  life.isGone = true;
  const why = life.reason ?? ending;
  for (const { reject } of life.waiting.values())
    reject(new ProcessGone(`The process of the connector package "${life.name}" is gone: ${why}.`));
  life.waiting.clear();
}

async function ask(
  life: Life,
  request: HostRequest,
  signal?: AbortSignal,
  onId?: (id: number) => void,
): Promise<unknown> {
  if (signal?.aborted === true) throw stopped();
  if (life.isGone) throw new ProcessGone(`The process of the connector package "${life.name}" is gone.`);
  const id = (life.lastId += 1);
  onId?.(id);
  let timer: NodeJS.Timeout | undefined;
  const onAbort = (): void => {
    send(life, { abort: id });
    timer = setTimeout(() => kill(life, `it did not end a call (${request.kind}) in time`), killAfterMs);
  };
  signal?.addEventListener('abort', onAbort, { once: true });
  try {
    return await new Promise((resolve, reject) => {
      life.waiting.set(id, { resolve, reject });
      send(life, { id, request });
    });
  } finally {
    life.waiting.delete(id);
    clearTimeout(timer);
    signal?.removeEventListener('abort', onAbort);
  }
}

const stopped = (): ConnectorError =>
  new ConnectorError({ code: 'TIMEOUT', message: 'The call was stopped before it was sent to its package.' });

/** What cannot be sent any more is answered by the end of the process. */
const send = ({ child }: Life, message: ToHost): void => {
  if (child.connected) child.send(message, () => undefined);
};

/** Answers to nobody are answers that came too late, or that a package made up. */
function settle({ waiting }: Life, message: unknown): void {
  const answer = answerOf(message);
  const call = answer === null ? undefined : waiting.get(answer.id);
  if (answer === null || call === undefined) return;
  if ('failure' in answer) call.reject(new ConnectorError(failureFrom(answer.failure)));
  else call.resolve(answer.value);
}

function kill(life: Life, reason: string): void {
  life.reason ??= reason;
  life.child.kill('SIGKILL');
}

function end(life: Life): void {
  const { child } = life;
  life.isLeaving = true;
  if (child.connected) child.disconnect();
  const timer = setTimeout(() => child.kill('SIGKILL'), leaveWithinMs);
  timer.unref();
  child.once('exit', () => clearTimeout(timer));
}

const said = (line: string): string => `A connector package said: ${line}`;

/** Takes each line without secrets. They go before the line is cut, so that no part of one stays. */
function eachLine(
  stream: Readable | null,
  { redact, redactEnd, longest }: HiddenSecrets,
  take: (line: string) => void,
): void {
  if (stream === null) return;
  if ('unref' in stream && typeof stream.unref === 'function') stream.unref();
  const show = (line: string): void => {
    if (line.trim() !== '') take(line.slice(0, longestLine));
  };
  let rest = '';
  let isCut = false;
  stream.setEncoding('utf8');
  stream.on('data', (text: string) => {
    const lines = (rest + text).split('\n');
    rest = lines.pop() ?? '';
    for (const line of lines) {
      if (!isCut) show(redact(line));
      isCut = false;
    }
    if (isCut) rest = '';
    if (rest.length <= longestLine + longest) return;
    // A secret of which the end is still to come is within the last characters.
    const redacted = redact(rest);
    show(redacted.slice(0, Math.max(0, redacted.length - longest)));
    isCut = true;
    rest = '';
  });
  stream.on('end', () => show(redactEnd(redact(rest))));
}
