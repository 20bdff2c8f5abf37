// Changes of one resource as the service wants them: operations of PATCH in two dialects, or the whole resource.
// Pure: owns the form of bodies; what has to change is plan.ts.
import type { ScalarValue } from '@joinery/connector-kit';
import {
  attributeText,
  fieldOf,
  hasElement,
  isResource,
  parentText,
  pathText,
  type Resource,
  withValue,
} from './path.js';
import type { ScimAttribute, ScimType } from './schema.js';
import type { Dialect } from './settings.js';

export interface Assignment {
  readonly attribute: ScimAttribute;
  readonly value: ScalarValue;
}

export interface Operation {
  readonly op: string;
  readonly path?: string;
  readonly value?: unknown;
}

export const patchBody = (operations: readonly Operation[]) => ({
  schemas: ['urn:ietf:params:scim:api:messages:2.0:PatchOp'],
  Operations: operations,
});

/** The operations that bring the values into the present resource. */
export function valueOperations(
  dialect: Exclude<Dialect, 'put'>,
  present: Resource,
  assignments: readonly Assignment[],
): readonly Operation[] {
  const removed = assignments.filter(({ value }) => value === null);
  const set = assignments.filter(({ value }) => value !== null);
  const changed = set.filter(({ attribute }) => hasElement(present, attribute.path));
  const added = set.filter(({ attribute }) => !hasElement(present, attribute.path));
  const removals = removed.map(({ attribute }) => removalOf(dialect, attribute));
  const values = replacements(changed);
  const replaced =
    dialect === 'rfc'
      ? values.map(([path, value]) => ({ op: 'replace', path, value }))
      : values.length === 0
        ? []
        : [{ op: 'Replace', value: Object.fromEntries(values) }];
  return [...replaced, ...additions(dialect === 'azure' ? 'Add' : 'add', added), ...removals];
}

/** Paths and values. Parts of a complex attribute of an extension go together: services stumble over dots after a URN. */
function replacements(changed: readonly Assignment[]): readonly (readonly [string, unknown])[] {
  const values = new Map<string, unknown>();
  for (const { attribute, value } of changed) {
    const { path } = attribute;
    const isWhole = path.schema === null || path.filter !== null || path.sub === null;
    const target = isWhole ? pathText(path) : parentText(path);
    const parts = values.get(target);
    values.set(target, isWhole ? value : { ...(isResource(parts) ? parts : {}), [path.sub ?? '']: value });
  }
  return [...values];
}

// A filter that matches nothing is an error (RFC 7644, 3.5.2.3): a new value of a list is added to the list, whole.
function additions(op: string, added: readonly Assignment[]): readonly Operation[] {
  const elements = [...new Set(added.map(({ attribute }) => parentText(attribute.path)))];
  return elements.flatMap((element) => {
    const parts = added.filter(({ attribute }) => parentText(attribute.path) === element);
    const [first] = parts;
    if (first === undefined || first.attribute.path.filter === null) return [];
    const { by, value: label } = first.attribute.path.filter;
    const fields = parts.map(({ attribute, value }) => [attribute.path.sub ?? 'value', value] as const);
    const whole = { [by]: label, ...Object.fromEntries(fields) };
    return [{ op, path: attributeText(first.attribute.path), value: [whole] }];
  });
}

// Without its value the rest of an element (type, display) says nothing, so all of it goes.
function removalOf(dialect: Dialect, { path }: ScimAttribute): Operation {
  const target = path.sub === 'value' ? parentText(path) : pathText(path);
  return { op: dialect === 'azure' ? 'Remove' : 'remove', path: target };
}

/** The operations that add and remove members. */
export function memberOperations(
  dialect: Exclude<Dialect, 'put'>,
  added: readonly string[],
  removed: readonly string[],
): readonly Operation[] {
  const values = (ids: readonly string[]) => ids.map((value) => ({ value }));
  const addition = { op: dialect === 'azure' ? 'Add' : 'add', path: 'members', value: values(added) };
  const removal =
    dialect === 'azure'
      ? [{ op: 'Remove', path: 'members', value: values(removed) }]
      : removed.map((id) => ({ op: 'remove', path: `members[value eq ${JSON.stringify(id)}]` }));
  return [...(removed.length === 0 ? [] : removal), ...(added.length === 0 ? [] : [addition])];
}

/** The whole resource with the values, as POST and PUT take it; nothing the service alone writes. */
export function wholeResource(type: ScimType, present: Resource, assignments: readonly Assignment[]): Resource {
  const changed = assignments.reduce<Resource>(
    (resource, { attribute, value }) => withValue(resource, attribute.path, value),
    present,
  );
  const readOnly = new Set(['meta', 'groups', 'schemas']);
  const kept = Object.entries(changed).filter(([field]) => !readOnly.has(field));
  const used = type.schemas.filter((schema, index) => index === 0 || fieldOf(changed, schema) !== undefined);
  return { schemas: used, ...Object.fromEntries(kept) };
}

/** The group with members added and removed. */
export function withMembers(group: Resource, added: readonly string[], removed: readonly string[]): Resource {
  const present = Array.isArray(group.members) ? (group.members as readonly unknown[]) : [];
  const gone = new Set(removed);
  const kept = present.filter((member) => !gone.has(String(fieldOf(member, 'value'))));
  return { ...group, members: [...kept, ...added.map((value) => ({ value }))] };
}
