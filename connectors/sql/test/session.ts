// Sessions and deltas in one line, for the tests of single engines.
import { callContext, type ConnectorSession, type ConnectorSettings, type Delta } from '@joinery/connector-kit';
import sql from '@joinery/connector-sql';

export const patience = () => callContext(20_000);

export async function using<T>(
  settings: ConnectorSettings,
  use: (session: ConnectorSession) => Promise<T>,
): Promise<T> {
  const session = await sql.open(settings);
  try {
    return await use(session);
  } finally {
    await session.close();
  }
}

/** A delta of an object type, `account` unless `more` says otherwise. */
export function change(kind: Delta['kind'], key: string, set: Delta['set'] = {}, more: Partial<Delta> = {}): Delta {
  return { kind, objectType: 'account', key, set, add: {}, remove: {}, ...more };
}

export function write(session: ConnectorSession, delta: Delta) {
  return session.apply(delta, { ...patience(), idempotencyKey: 'k' });
}

export async function keysOf(session: ConnectorSession, objectType: string): Promise<readonly string[]> {
  const keys: string[] = [];
  for await (const page of session.list(objectType, patience())) keys.push(...page.objects.map(({ key }) => key));
  return keys;
}

/** Everything told since the cookie, as kind and key, and the cookie to go on with. */
export async function told(session: ConnectorSession, objectType: string, cookie: string | null) {
  const changes: string[] = [];
  let last = cookie;
  for await (const page of session.changes?.(objectType, cookie, patience()) ?? []) {
    changes.push(...page.changes.map((one) => `${one.kind} ${one.key}`));
    last = page.cookie;
  }
  return { changes, cookie: last };
}
