// What is wrong with a delta before anything is sent: names, types and keys that the description does not allow.
// The same rules for every package; what only the managed system knows stays with it.
import type { AttributeDescription, ConnectorFailure, Delta, ObjectTypeDescription, ScalarValue } from './contract.js';
import { ConnectorError } from './failure.js';

/** The described object type of that name; throws INVALID_VALUE when there is none. */
export function objectTypeOf(types: readonly ObjectTypeDescription[], name: string): ObjectTypeDescription {
  const found = types.find((type) => type.name === name);
  if (found !== undefined) return found;
  throw new ConnectorError({
    code: 'INVALID_VALUE',
    message: `The managed system has no object type "${name}".`,
    hint: `Known object types: ${types.map((type) => type.name).join(', ') || 'none'}.`,
  });
}

/** Why the delta cannot be sent, or null when the description allows it. */
export function deltaRefusal(delta: Delta, type: ObjectTypeDescription): ConnectorFailure | null {
  const reason =
    keyProblem(delta) ?? (delta.kind === 'delete' ? null : (valueProblem(delta, type) ?? linkProblem(delta, type)));
  if (reason === null) return null;
  return {
    code: 'INVALID_VALUE',
    message: `Could not ${delta.kind} ${type.name} ${JSON.stringify(delta.key)}: ${reason.text}.`,
    hint: reason.hint,
  };
}

/** The delta without its key attribute, which may be among the values to set but is no change. The name attribute stays. */
export function withoutKey(delta: Delta, type: ObjectTypeDescription): Delta {
  if (!Object.hasOwn(delta.set, type.keyAttribute)) return delta;
  return {
    ...delta,
    set: Object.fromEntries(Object.entries(delta.set).filter(([name]) => name !== type.keyAttribute)),
  };
}

interface Problem {
  readonly text: string;
  readonly hint: string;
}

function keyProblem(delta: Delta): Problem | null {
  return delta.key === '' ? { text: 'its key is empty', hint: 'Give the row a key.' } : null;
}

function valueProblem(delta: Delta, type: ObjectTypeDescription): Problem | null {
  for (const [name, value] of Object.entries(delta.set)) {
    const problem = attributeProblem(delta, type, name, value);
    if (problem !== null) return problem;
  }
  return missingAttribute(delta, type);
}

function attributeProblem(delta: Delta, type: ObjectTypeDescription, name: string, value: ScalarValue): Problem | null {
  const attribute = type.attributes.find((candidate) => candidate.name === name);
  if (attribute === undefined)
    return {
      text: `it has no attribute "${name}"`,
      hint: `Known attributes: ${type.attributes.map((known) => known.name).join(', ')}.`,
    };
  if (name === type.nameAttribute && delta.kind === 'create' && value !== delta.key)
    return {
      text: `its name attribute "${name}" says something else than its name`,
      hint: 'Map the same value to both.',
    };
  if (name === type.keyAttribute)
    return String(value) === delta.key
      ? null
      : { text: `its key attribute "${name}" cannot be changed`, hint: 'Delete the row and create another one.' };
  if (attribute.isReadOnly === true)
    return { text: `its attribute "${name}" cannot be written`, hint: 'Take it out of the mapping.' };
  if (value === null)
    return attribute.isRequired === true
      ? { text: `its attribute "${name}" must have a value`, hint: 'Map a value to it.' }
      : null;
  return hasType(attribute, value)
    ? null
    : {
        text: `its attribute "${name}" takes a ${attribute.type}, not a ${typeof value}`,
        hint: 'Correct the mapping.',
      };
}

function missingAttribute(delta: Delta, type: ObjectTypeDescription): Problem | null {
  if (delta.kind !== 'create') return null;
  const missing = type.attributes.find(
    (attribute) =>
      attribute.isRequired === true &&
      attribute.isReadOnly !== true &&
      attribute.name !== type.keyAttribute &&
      attribute.name !== type.nameAttribute &&
      !Object.hasOwn(delta.set, attribute.name),
  );
  return missing === undefined
    ? null
    : { text: `its attribute "${missing.name}" must have a value`, hint: 'Map a value to it.' };
}

function linkProblem(delta: Delta, type: ObjectTypeDescription): Problem | null {
  const unknown = [...Object.keys(delta.add), ...Object.keys(delta.remove)].find(
    (name) => !type.links.some((link) => link.name === name),
  );
  if (unknown === undefined) return null;
  return {
    text: `it has no link "${unknown}"`,
    hint: `Known links: ${type.links.map((link) => link.name).join(', ') || 'none'}.`,
  };
}

function hasType(attribute: AttributeDescription, value: string | number | boolean): boolean {
  switch (attribute.type) {
    case 'string':
      return typeof value === 'string';
    case 'number':
      return typeof value === 'number' && Number.isFinite(value);
    case 'boolean':
      return typeof value === 'boolean';
    case 'date':
      return typeof value === 'string' && /^\d{4}-\d{2}-\d{2}/.test(value) && !Number.isNaN(Date.parse(value));
    default:
      return attribute.type satisfies never;
  }
}
