// Programs on the host: one SSH connection, made when first needed and thrown away when it fails; several programs at
// once, each in a channel of its own. Owns quoting: whatever is handed to a program arrives as one word, as it is.
import { createHash } from 'node:crypto';
import { ConnectorError } from '@joinery/connector-kit';
import { Client, type ClientChannel, type ConnectConfig } from 'ssh2';
import type { PosixSettings } from './settings.js';

/** What a program wrote and how it ended. */
export interface Finished {
  readonly exitCode: number;
  readonly output: string;
  readonly errors: string;
}

export interface RemoteCall {
  /** A script for the host's POSIX shell; `$S` before a program runs it with the rights of the connection. */
  readonly script: string;
  /** `$1`, `$2` … of the script. */
  readonly words: readonly string[];
  readonly input?: string;
  readonly signal: AbortSignal;
  /** Called when the program may begin at any moment. */
  readonly onStart?: () => void;
}

export interface Remote {
  /** Throws what ssh2 throws, or ConnectorError, when the connection fails; whatever exit code the program has is an answer. */
  run(call: RemoteCall): Promise<Finished>;
  close(): Promise<void>;
}

/** More output than this is refused: it would be kept in memory. */
const largestOutput = 64 * 1024 * 1024;

interface Line {
  readonly settings: PosixSettings;
  opening: Promise<Client> | null;
  channels: number;
  readonly waiting: (() => void)[];
}

export function openRemote(settings: PosixSettings): Remote {
  const line: Line = { settings, opening: null, channels: 0, waiting: [] };
  return {
    run: (call) => withChannel(line, call.signal, () => runOn(line, call)),
    close: async () => {
      const client = await line.opening?.catch(() => null);
      client?.end();
    },
  };
}

async function withChannel<T>(line: Line, signal: AbortSignal, run: () => Promise<T>): Promise<T> {
  while (line.channels >= line.settings.maxChannels) {
    await new Promise<void>((resolve) => line.waiting.push(resolve));
    signal.throwIfAborted();
  }
  line.channels += 1;
  try {
    return await run();
  } finally {
    line.channels -= 1;
    line.waiting.shift()?.();
  }
}

function clientOf(line: Line): Promise<Client> {
  if (line.opening !== null) return line.opening;
  const opening = connect(line.settings, () => {
    if (line.opening === opening) line.opening = null;
  });
  line.opening = opening;
  return opening;
}

function connect(settings: PosixSettings, forget: () => void): Promise<Client> {
  return new Promise((resolve, reject) => {
    const client = new Client();
    // One for each program under way.
    client.setMaxListeners(0);
    const seen = { hostKey: '' };
    client.once('ready', () => resolve(client));
    // A broken connection reports it more than once; without a listener the process would end.
    client.on('error', (error) => {
      forget();
      reject(seen.hostKey === '' || seen.hostKey === settings.hostKey ? error : wrongHost(settings, seen.hostKey));
    });
    client.on('close', () => {
      forget();
      reject(new Error('the connection was closed'));
    });
    client.connect(configOf(settings, (fingerprint) => (seen.hostKey = fingerprint)));
  });
}

function configOf(settings: PosixSettings, onHostKey: (fingerprint: string) => void): ConnectConfig {
  const { host, port, user, privateKey, passphrase, password, connectTimeoutMs } = settings;
  return {
    host,
    port,
    username: user,
    readyTimeout: connectTimeoutMs,
    keepaliveInterval: 10_000,
    keepaliveCountMax: 3,
    ...(privateKey === undefined ? {} : { privateKey }),
    ...(passphrase === undefined ? {} : { passphrase }),
    ...(password === undefined ? {} : { password }),
    hostVerifier: (key: Buffer) => {
      const fingerprint = createHash('sha256').update(key).digest('base64').replace(/=+$/, '');
      onHostKey(fingerprint);
      return fingerprint === settings.hostKey;
    },
  };
}

const wrongHost = ({ host }: PosixSettings, fingerprint: string): ConnectorError =>
  new ConnectorError({
    code: 'UNREACHABLE',
    message: `Could not connect to ${host}: its key is SHA256:${fingerprint}, not the one in the settings. Nothing was sent to it.`,
    hint: 'Somebody may stand between Joinery and the host. Compare with `ssh-keygen -lf` on the host before you change hostKey.',
  });

/** A call that is given up takes its connection along: a host that has gone silent would hold the next call as well. */
async function runOn(line: Line, call: RemoteCall): Promise<Finished> {
  const { signal } = call;
  let client: Client | null = null;
  let onAbort: () => void = () => undefined;
  const aborted = new Promise<never>((_resolve, reject) => {
    onAbort = () => {
      line.opening = null;
      client?.destroy();
      reject(signal.reason instanceof Error ? signal.reason : new Error('the call was given up'));
    };
    signal.addEventListener('abort', onAbort, { once: true });
  });
  const run = async (): Promise<Finished> => {
    client = await clientOf(line);
    signal.throwIfAborted();
    const channel = await openChannel(client, commandOf(line.settings, call), call.onStart);
    return collect(client, channel, call.input);
  };
  try {
    return await Promise.race([run(), aborted]);
  } finally {
    signal.removeEventListener('abort', onAbort);
  }
}

function openChannel(client: Client, command: string, onStart: (() => void) | undefined): Promise<ClientChannel> {
  return whileOpen(client, (resolve, reject) => {
    onStart?.();
    client.exec(command, (error, channel) => (error === undefined ? resolve(channel) : reject(error)));
  });
}

/** Rejects when the connection ends first: ssh2 then calls nobody back. */
function whileOpen<T>(
  client: Client,
  begin: (resolve: (value: T) => void, reject: (error: Error) => void) => void,
): Promise<T> {
  let onClose: () => void = () => undefined;
  const result = new Promise<T>((resolve, reject) => {
    onClose = () => reject(new Error('the connection was closed'));
    client.once('close', onClose);
    begin(resolve, reject);
  });
  return result.finally(() => client.removeListener('close', onClose));
}

function commandOf({ sudo }: PosixSettings, { script, words }: RemoteCall): string {
  const prelude = `S=${sudo ? quoted('sudo -n') : "''"}; export PATH="$PATH:/usr/sbin:/sbin" LC_ALL=C; `;
  return ['exec', 'sh', '-c', quoted(prelude + script), 'sh', ...words.map(quoted)].join(' ');
}

/** One word of a POSIX shell, whatever its characters are. */
const quoted = (word: string): string => `'${word.replaceAll("'", `'\\''`)}'`;

function collect(client: Client, channel: ClientChannel, input: string | undefined): Promise<Finished> {
  const kept = { output: [] as Buffer[], errors: [] as Buffer[], size: 0, exitCode: null as number | null };
  return whileOpen<Finished>(client, (resolve, reject) => {
    const keep = (chunks: Buffer[]) => (chunk: Buffer) => {
      kept.size += chunk.length;
      if (kept.size <= largestOutput) return void chunks.push(chunk);
      channel.destroy();
      reject(new Error('the host answered more than 64 MB'));
    };
    channel.on('data', keep(kept.output));
    channel.stderr.on('data', keep(kept.errors));
    channel.on('exit', (code: number | null) => (kept.exitCode = code));
    channel.on('close', () => {
      if (kept.exitCode === null) return reject(new Error('the program was cut off before it ended'));
      resolve({ exitCode: kept.exitCode, output: textOf(kept.output), errors: textOf(kept.errors) });
    });
    channel.end(input ?? '');
  });
}

const textOf = (chunks: readonly Buffer[]): string => Buffer.concat(chunks).toString('utf8');
