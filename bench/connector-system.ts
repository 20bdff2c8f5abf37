// What a real system is to the benchmark of connectors: its place in the configuration, the values of its accounts, and
// the hands of its own tool. Owns the shape and the timing of programs; which systems there are is said beside it.
import { spawn } from 'node:child_process';

/** Values by property, for the account of that name in that round. */
export type Values = Readonly<Record<string, string>>;

export interface BenchSystem {
  /** Of the connector, the connection, the entity type and the resource type. */
  readonly name: string;
  readonly package: string;
  readonly settings: Readonly<Record<string, unknown>>;
  readonly objectType: string;
  /** The property that is the key: never written where the system gives it. */
  readonly key: string;
  readonly properties: Readonly<Record<string, string>>;
  /** What the orders are compared with. */
  readonly control: string;
  values(name: string, round: Round): Values;
  /** The same changes without Joinery; answers when all are made. */
  change(names: readonly string[], round: Round): Promise<void>;
  stop(): Promise<void>;
}

/** Accounts are made in the first round and changed in the second. */
export type Round = 'create' | 'update';

export const rounds: readonly Round[] = ['create', 'update'];

/** Runs a program to its end without standing in the way of others; a failure is an error with its own words. */
export async function runTool([program, ...words]: readonly [string, ...string[]]): Promise<void> {
  const child = spawn(program, words, { stdio: ['ignore', 'ignore', 'pipe'] });
  let said = '';
  child.stderr.setEncoding('utf8').on('data', (text: string) => {
    said += text;
  });
  const code = await new Promise<number | null>((resolve, reject) => {
    child.once('error', reject);
    child.once('close', resolve);
  });
  if (code !== 0) throw new Error(`${program} failed (${code}): ${said.slice(-2_000)}`);
}

/** Files of `test/systems` are plain JavaScript, loaded as they are, from the built benchmark as well. */
export const systemFile = (name: string): string => new URL(`../../test/systems/${name}.mjs`, import.meta.url).href;
