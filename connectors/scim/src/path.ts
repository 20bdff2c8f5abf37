// Paths of SCIM attributes (RFC 7644, 3.5.2), such as `emails[type eq "work"].value`: their text, and the value they lead to.
// Owns how one place in a resource is read and written; which attributes there are is schema.ts.
import type { AttributeDescription, ScalarValue } from '@joinery/connector-kit';

/** A resource as JSON. */
export type Resource = Readonly<Record<string, unknown>>;

export interface ScimPath {
  /** The extension the attribute belongs to; null for the core schema. */
  readonly schema: string | null;
  readonly attribute: string;
  /** Which value of a multi-valued attribute. */
  readonly filter: { readonly by: string; readonly value: string | boolean } | null;
  readonly sub: string | null;
}

const form =
  /^(?:(urn:.+):)?([A-Za-z$][\w$-]*)(?:\[([A-Za-z]\w*) eq (?:"([^"\\]*)"|(true|false))\])?(?:\.([A-Za-z$][\w$-]*))?$/;

/** The path of a text, or null when it is none of the form `schema:attribute[type eq "x"].sub`. */
export function parsePath(text: string): ScimPath | null {
  const parts = form.exec(text);
  if (parts === null) return null;
  const [, schema, attribute = '', by, value, flag, sub] = parts;
  const filter = by === undefined ? null : { by, value: value ?? flag === 'true' };
  return { schema: schema ?? null, attribute, filter, sub: sub ?? null };
}

/** The path without its last part: of the attribute, or of the value the filter chooses. */
export function parentText({ schema, attribute, filter }: ScimPath): string {
  const chosen = filter === null ? '' : `[${filter.by} eq ${JSON.stringify(filter.value)}]`;
  return `${schema === null ? '' : `${schema}:`}${attribute}${chosen}`;
}

export const pathText = (path: ScimPath): string => `${parentText(path)}${path.sub === null ? '' : `.${path.sub}`}`;

/** The path of the whole multi-valued attribute. */
export const attributeText = (path: ScimPath): string => parentText({ ...path, filter: null });

/** The value at the path as the type says; null when there is none. */
export function valueAt(resource: Resource, path: ScimPath, type: AttributeDescription['type']): ScalarValue {
  const parent = parentAt(resource, path);
  return scalarOf(path.sub === null ? parent : fieldOf(parent, path.sub), type);
}

/** Whether the value that the filter chooses is there; true for a path without a filter. */
export const hasElement = (resource: Resource, path: ScimPath): boolean =>
  path.filter === null || parentAt(resource, path) !== undefined;

function parentAt(resource: Resource, { schema, attribute, filter }: ScimPath): unknown {
  const owner = schema === null ? resource : fieldOf(resource, schema);
  const value = fieldOf(owner, attribute);
  if (filter === null) return value;
  return elementsOf(value).find((element) => isChosen(element, filter));
}

function isChosen(element: unknown, { by, value }: { readonly by: string; readonly value: string | boolean }): boolean {
  const found = fieldOf(element, by);
  // Labels such as «work» are not case-exact (RFC 7643, 4.1.2).
  return typeof found === 'string' && typeof value === 'string'
    ? found.toLowerCase() === value.toLowerCase()
    : found === value;
}

/** A field of a JSON object; nothing inherited. */
export function fieldOf(value: unknown, name: string): unknown {
  return isResource(value) && Object.hasOwn(value, name) ? value[name] : undefined;
}

export const isResource = (value: unknown): value is Resource =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

export const elementsOf = (value: unknown): readonly unknown[] => (Array.isArray(value) ? value : []);

function scalarOf(value: unknown, type: AttributeDescription['type']): ScalarValue {
  if (typeof value !== 'string' && typeof value !== 'number' && typeof value !== 'boolean') return null;
  // Some services write "True" where the schema says boolean.
  if (type === 'boolean' && typeof value === 'string' && /^(true|false)$/i.test(value))
    return value.toLowerCase() === 'true';
  if (type === 'number' && typeof value === 'string' && value.trim() !== '' && Number.isFinite(Number(value)))
    return Number(value);
  return type === 'string' && typeof value !== 'string' ? String(value) : value;
}

/** The resource with the value at the path; null takes it away. Nothing else changes. */
export function withValue(resource: Resource, path: ScimPath, value: ScalarValue): Resource {
  if (path.schema !== null) {
    const extension = fieldOf(resource, path.schema);
    const changed = withValue(isResource(extension) ? extension : {}, { ...path, schema: null }, value);
    return withField(resource, path.schema, Object.keys(changed).length === 0 ? undefined : changed);
  }
  const present = fieldOf(resource, path.attribute);
  return withField(resource, path.attribute, attributeWith(present, path, value));
}

function attributeWith(present: unknown, { filter, sub }: ScimPath, value: ScalarValue): unknown {
  if (filter === null) return sub === null ? (value ?? undefined) : complexWith(present, sub, value);
  const elements = elementsOf(present);
  const rest = elements.filter((element) => !isChosen(element, filter));
  const changed = complexWith(
    elements.find((element) => isChosen(element, filter)),
    sub ?? 'value',
    value,
  );
  const hasContent = isResource(changed) && Object.keys(changed).some((name) => !['primary', filter.by].includes(name));
  const all = hasContent ? [...rest, { ...changed, [filter.by]: filter.value }] : rest;
  return all.length === 0 ? undefined : all;
}

function complexWith(present: unknown, sub: string, value: ScalarValue): unknown {
  const changed = withField(isResource(present) ? present : {}, sub, value ?? undefined);
  return Object.keys(changed).length === 0 ? undefined : changed;
}

function withField(resource: Resource, name: string, value: unknown): Resource {
  const rest = Object.fromEntries(Object.entries(resource).filter(([field]) => field !== name));
  return value === undefined ? rest : { ...rest, [name]: value };
}
