// A delta as the document another program reads; the form is schema/document.schema.json.
// Owns what is said and what is left out.
import {
  type Delta,
  type HandoverDocument,
  type ObjectTypeDescription,
  refusal,
  type ApplyOutcome,
} from '@joinery/connector-kit';

const format = 'joinery-change-1';

/** The document of a change, or the refusal when nothing would be left to hand over. */
export function documentOf(
  delta: Delta,
  type: ObjectTypeDescription,
  includesWriteOnly: boolean,
  idempotencyKey: string,
  at: Date,
): HandoverDocument | Extract<ApplyOutcome, { readonly kind: 'refused' }> {
  const isLeftOut = (name: string): boolean =>
    !includesWriteOnly &&
    type.attributes.some((attribute) => attribute.name === name && attribute.isWriteOnly === true);
  const values =
    delta.kind === 'delete' ? [] : Object.entries(delta.set).filter(([name]) => name !== type.keyAttribute);
  const omitted = values.map(([name]) => name).filter(isLeftOut);
  const change = {
    operation: delta.kind,
    objectType: delta.objectType,
    key: delta.key,
    set: Object.fromEntries(values.filter(([name]) => !isLeftOut(name))),
    add: delta.kind === 'delete' ? {} : delta.add,
    remove: delta.kind === 'delete' ? {} : delta.remove,
    omitted,
  };
  const isEmpty = [change.set, change.add, change.remove].every((part) => Object.keys(part).length === 0);
  if (isEmpty && omitted.length > 0 && delta.kind === 'update') return nothingLeft(delta, omitted);
  return {
    idempotencyKey,
    at,
    meaning: JSON.stringify(change),
    text: `${JSON.stringify({ format, id: idempotencyKey, ...change, at: at.toISOString() }, null, 2)}\n`,
  };
}

function nothingLeft(delta: Delta, omitted: readonly string[]): Extract<ApplyOutcome, { readonly kind: 'refused' }> {
  const outcome = refusal(delta, 'CAPABILITY_MISSING', `the settings hand over no ${omitted.join(', ')}`);
  const failure = 'failure' in outcome ? outcome.failure : { code: 'CAPABILITY_MISSING' as const, message: '' };
  return {
    kind: 'refused',
    failure: { ...failure, hint: 'Set "includeWriteOnly" if the documents may hold it in clear.' },
  };
}
