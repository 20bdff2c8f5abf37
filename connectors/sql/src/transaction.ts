// Connections lent for one call, and transactions on them; the same for every engine.
// Owns when a connection is given back whole; what is done on it is the caller's.
import type { Access, Database, Statements } from './dialect.js';
import { raw } from './fragment.js';

/** Lends a connection for the time of a function; when it throws, the connection is closed. */
export async function withConnection<T>(
  database: Database,
  signal: AbortSignal,
  use: (statements: Statements) => Promise<T>,
): Promise<T> {
  const loan = await database.lend(signal);
  try {
    const result = await use(loan.statements);
    loan.giveBack('whole');
    return result;
  } catch (error) {
    loan.giveBack('broken');
    throw error;
  }
}

/** One transaction; `beforeCommit` is called just before the commit is sent. A thrown error undoes everything. */
export async function inTransaction<T>(
  { database, dialect }: Access,
  signal: AbortSignal,
  beforeCommit: () => void,
  use: (statements: Statements) => Promise<T>,
): Promise<T> {
  return withConnection(database, signal, async (statements) => {
    await statements.run(dialect.beginWriting);
    const result = await use(statements);
    signal.throwIfAborted();
    beforeCommit();
    await statements.run(raw('commit'));
    return result;
  });
}
