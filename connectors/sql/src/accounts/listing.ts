// Reading database accounts, roles and privileges: one by its key, or all page by page.
// Owns the pages; what is read is the engine's.
import type { ListPage, TargetObject } from '@joinery/connector-kit';
import { raw } from '../fragment.js';
import type { AccountType } from '../settings.js';
import { withConnection } from '../transaction.js';
import type { Accounts } from './write.js';

export async function readAccount(
  { access, engine, world }: Accounts,
  type: AccountType,
  key: string,
  signal: AbortSignal,
): Promise<TargetObject | null> {
  if (engine.keyProblem(type, key) !== null) return null;
  return withConnection(access.database, signal, async (statements) => {
    const found = await engine.read(statements, world, type, key);
    return found === null ? null : found.object;
  });
}

export async function* listAccounts(
  { access, engine, world }: Accounts,
  type: AccountType,
  signal: AbortSignal,
): AsyncGenerator<ListPage> {
  const { statements, giveBack } = await access.database.lend(signal);
  try {
    if (engine.isTransactional) await statements.run(raw('begin isolation level repeatable read read only'));
    for (let after: string | null = null; ; ) {
      const { found, last } = await engine.page(statements, world, type, after);
      if (found.length > 0) yield { objects: found.map(({ object }) => object) };
      if (last === null) break;
      after = last;
    }
    if (engine.isTransactional) await statements.run(raw('rollback'));
    giveBack('whole');
  } finally {
    giveBack('broken');
  }
}
