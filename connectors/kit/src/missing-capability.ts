// Answers CAPABILITY_MISSING for every operation a package does not claim, so that no package has to.
// Owns reading, listing and the three kinds of writes; what one connection alone cannot do stays with the package.
import type {
  ApplyOutcome,
  ConnectorCapability,
  ConnectorPackageDefinition,
  ConnectorSession,
  Delta,
} from './contract.js';
import { ConnectorError } from './failure.js';

type Claims = Pick<ConnectorPackageDefinition, 'name' | 'capabilities'>;

const guarded = ['READ_ONE', 'EXPORT_COMPLETE', 'CREATE', 'UPDATE', 'DELETE'] as const;
const capabilityOf = { create: 'CREATE', update: 'UPDATE', delete: 'DELETE' } as const;

/** The session with every operation that is not claimed refused; the very same session when all are. */
export function withoutMissing(session: ConnectorSession, claims: Claims): ConnectorSession {
  const lacks = (capability: ConnectorCapability): boolean => !claims.capabilities.includes(capability);
  if (!guarded.some(lacks)) return session;
  const applyMany = session.applyMany?.bind(session);
  const changes = session.changes?.bind(session);
  return {
    describe: (context) => session.describe(context),
    check: (context) => session.check(context),
    read: async (objectType, key, context) => {
      if (lacks('READ_ONE')) throw missing(claims, 'READ_ONE');
      return session.read(objectType, key, context);
    },
    list: (objectType, context) =>
      lacks('EXPORT_COMPLETE') ? failing(missing(claims, 'EXPORT_COMPLETE')) : session.list(objectType, context),
    apply: async (delta, context) => refusalOf(claims, delta) ?? session.apply(delta, context),
    ...(applyMany === undefined
      ? {}
      : {
          applyMany: async (deltas, context) => applyClaimed(claims, deltas, (some) => applyMany(some, context)),
        }),
    ...(changes === undefined ? {} : { changes }),
    close: () => session.close(),
  };
}

/** The failure that says that the package has no such capability. */
function missing({ name }: Claims, capability: ConnectorCapability): ConnectorError {
  return new ConnectorError({
    code: 'CAPABILITY_MISSING',
    message: `The connector package "${name}" cannot do that: it has no ${capability}.`,
    hint: 'Use another connection of the connector for it, or another package.',
  });
}

function refusalOf(claims: Claims, { kind }: Delta): ApplyOutcome | null {
  const capability = capabilityOf[kind];
  if (claims.capabilities.includes(capability)) return null;
  return { kind: 'refused', failure: missing(claims, capability).failure };
}

function failing(error: ConnectorError): AsyncIterable<never> {
  const next = async (): Promise<never> => {
    throw error;
  };
  return { [Symbol.asyncIterator]: () => ({ next }) };
}

type Sendings = Parameters<NonNullable<ConnectorSession['applyMany']>>[0];

async function applyClaimed(
  claims: Claims,
  deltas: Sendings,
  applyMany: (some: Sendings) => Promise<readonly ApplyOutcome[]>,
): Promise<readonly ApplyOutcome[]> {
  const refusals = deltas.map(({ delta }) => refusalOf(claims, delta));
  const sent = deltas.filter((_delta, n) => refusals[n] === null);
  if (sent.length === 0) return refusals.flatMap((refused) => refused ?? []);
  const outcomes = [...(await applyMany(sent))];
  // Of a wrong number nobody knows which belongs to which.
  const isWhole = outcomes.length === sent.length;
  return refusals.map((refused) => refused ?? (isWhole ? outcomes.shift() : undefined) ?? lostOutcome(claims));
}

function lostOutcome({ name }: Claims): ApplyOutcome {
  const message = `The connector package "${name}" did not answer one outcome for each change.`;
  return { kind: 'unknown', failure: { code: 'OUTCOME_UNKNOWN', message, hint: 'Tell the author of the package.' } };
}
