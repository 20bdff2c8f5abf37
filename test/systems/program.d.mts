// Types of program.mjs, which is plain JavaScript because scripts load it as it is.
import type { ChildProcess, SpawnOptions, SpawnSyncOptions } from 'node:child_process';

export const programEnvironment: Readonly<Record<string, string>>;
export function programPath(program: string): string | null;
export function ensurePrograms(purpose: string, needed: Readonly<Record<string, string>>): void;
export function startServer(command: readonly string[], options?: SpawnOptions): ChildProcess;
export function stopServer(server: ChildProcess, patienceMs?: number): Promise<void>;
export function untilReady(
  name: string,
  server: ChildProcess | null,
  isReady: () => boolean | Promise<boolean>,
  deadlineMs?: number,
): Promise<void>;
export function freePort(): Promise<number>;
export function runProgram(command: readonly string[], options?: SpawnSyncOptions): string;
