// Lets everything that a piece of work does through one database be one transaction, though its parts open their own:
// inside, statements share the outer connection and transactions become savepoints. Used where an effect and the memory of
// having had it must commit together (idempotency-key.ts); everything else opens plain transactions.
import { AsyncLocalStorage } from 'node:async_hooks';
import type { DataSource, QueryRunner } from 'typeorm';

interface Scope {
  readonly dataSource: DataSource;
  readonly runner: QueryRunner;
  /** False after the end: work that outlives it (a cache, a loop) goes back to the pool. */
  isOpen: boolean;
  /** The connection does one thing after another. */
  turn: Promise<unknown>;
}

/** `isTurn`: the caller is inside a savepoint of this scope, so it has the connection already. */
const ambient = new AsyncLocalStorage<{ readonly scope: Scope; readonly isTurn: boolean }>();

/** Runs `use` on the joined connection, in its turn; null when there is nothing to join. */
export function onJoined<T>(dataSource: DataSource, use: (runner: QueryRunner) => Promise<T>): Promise<T> | null {
  const place = ambient.getStore();
  if (place === undefined || place.scope.dataSource !== dataSource || !place.scope.isOpen) return null;
  const { scope, isTurn } = place;
  if (isTurn) return use(scope.runner);
  const mine = scope.turn.then(() => ambient.run({ scope, isTurn: true }, () => use(scope.runner)));
  scope.turn = mine.catch(() => undefined);
  return mine;
}

/** Runs `work` so that everything it does through `dataSource` joins the transaction open on `runner`. */
export async function joining<T>(dataSource: DataSource, runner: QueryRunner, work: () => Promise<T>): Promise<T> {
  const scope: Scope = { dataSource, runner, isOpen: true, turn: Promise.resolve() };
  try {
    return await ambient.run({ scope, isTurn: false }, work);
  } finally {
    scope.isOpen = false;
    // What was begun and not awaited must not run into the commit.
    await scope.turn;
  }
}
