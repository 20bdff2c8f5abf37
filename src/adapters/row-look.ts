// One look at the row of an order: by the connection that writes it, or else by the one that reads its entity type.
// Owns asking one after the other; who may be asked is domain/sight.ts', the call itself connector.ts'.
import { ConnectorError } from '@joinery/connector-kit';
import { type Look, readersOf } from '../domain/sight.js';
import type { ConnectorGateway } from '../steps/ports/connector.js';

export interface LookedAt {
  readonly entityType: string;
  readonly key: string;
  readonly writing: string;
  readonly reading: string;
}

export async function lookAt(
  gateway: Pick<ConnectorGateway, 'packageOf' | 'read'>,
  { entityType, key, writing, reading }: LookedAt,
): Promise<Look> {
  const mute = new Set<string>();
  for (const connection of new Set([writing, reading])) if (await isMute(gateway, connection)) mute.add(connection);
  for (const { connection, isElsewhere } of readersOf(writing, reading, (name) => !mute.has(name))) {
    try {
      return { kind: 'seen', content: await gateway.read(entityType, key, connection), isElsewhere };
    } catch (error) {
      if (!(error instanceof ConnectorError)) throw error;
      // A package may read by some of its connections and not by others: only the call tells.
      const { failure } = error;
      if (failure.code !== 'CAPABILITY_MISSING') return { kind: 'failed', connection, isElsewhere, failure };
    }
  }
  return { kind: 'nobody' };
}

/** A package that cannot be loaded is asked all the same: the call says why it cannot. */
async function isMute({ packageOf }: Pick<ConnectorGateway, 'packageOf'>, connection: string): Promise<boolean> {
  const found = await packageOf(connection).catch(() => null);
  return found !== null && !found.capabilities.includes('READ_ONE');
}
