// One change of one resource: refused before anything is touched where it cannot be, else made in one transaction of the engine.
import {
  type ApplyOutcome,
  type CallContext,
  type ConnectorFailure,
  type Delta,
  deltaRefusal,
  effectOf,
  type HostRow,
  type MarkSent,
  type ObjectTypeDescription,
  refusal,
  type ResourceDirectory,
  withoutKey,
} from '@joinery/connector-kit';
import { toHost, toStored } from './row.js';

export async function write(
  resources: ResourceDirectory,
  type: ObjectTypeDescription,
  delta: Delta,
  context: CallContext,
  markSent: MarkSent,
): Promise<ApplyOutcome> {
  const problem = deltaRefusal(delta, type) ?? unstorable(delta);
  if (problem !== null) return { kind: 'refused', failure: problem };
  const missing = await missingMember(resources, type, delta, context);
  if (missing !== null) return missing;
  let outcome: ApplyOutcome = { kind: 'alreadySo', key: delta.key };
  const next = (present: HostRow | null): HostRow | null => {
    const stored = present === null ? null : toStored(present);
    const effect = effectOf(stored, withoutKey(delta, type));
    outcome = effect.outcome;
    if (effect.row === stored) return present;
    markSent();
    return effect.row === null ? null : toHost(type, delta.key, effect.row);
  };
  await resources.change(type.name, delta.key, next, context);
  return outcome;
}

/** Members that are taken away may be gone already. */
async function missingMember(
  resources: ResourceDirectory,
  type: ObjectTypeDescription,
  delta: Delta,
  context: CallContext,
): Promise<ApplyOutcome | null> {
  for (const { name, targetObjectType } of type.links) {
    const added = delta.add[name] ?? [];
    if (added.length === 0) continue;
    const [missing] = await resources.missing(targetObjectType, added, context);
    if (missing !== undefined)
      return refusal(
        delta,
        'CONSTRAINT_VIOLATION',
        `there is no ${targetObjectType} ${JSON.stringify(missing)} to link`,
      );
  }
  return null;
}

// A lone half of a surrogate pair is no character: PostgreSQL refuses it, as it refuses NUL.
const noText = /\0|\p{Surrogate}/u;
/** An index of PostgreSQL holds no longer keys. */
const longestKey = 1_000;

function unstorable(delta: Delta): ConnectorFailure | null {
  const texts = [delta.key, ...Object.values(delta.set), ...Object.values(delta.add).flat()];
  const isText = texts.every((text) => typeof text !== 'string' || !noText.test(text));
  const keys = [delta.key, ...Object.values(delta.add).flat()];
  if (isText && keys.every((key) => key.length <= longestKey)) return null;
  const reason = isText
    ? `a key has more than ${longestKey} characters`
    : 'a text holds a character that cannot be stored';
  return {
    code: 'INVALID_VALUE',
    message: `Could not ${delta.kind} ${delta.objectType} ${JSON.stringify(delta.key.slice(0, 100))}: ${reason}.`,
    hint: 'Correct the value where it comes from.',
  };
}
