// Between a resource of Joinery and a row of the contract: the key stands among the attributes of both.
import type { HostRow, ObjectTypeDescription, StoredRow, TargetObject } from '@joinery/connector-kit';

export const toTarget = (type: ObjectTypeDescription, { key, attributes, links }: HostRow): TargetObject => ({
  objectType: type.name,
  key,
  attributes: {
    ...Object.fromEntries(type.attributes.map(({ name }) => [name, attributes[name] ?? null])),
    [type.keyAttribute]: key,
  },
  links: Object.fromEntries(type.links.map(({ name }) => [name, links[name] ?? []])),
});

export const toStored = ({ attributes, links }: HostRow): StoredRow => ({
  attributes,
  links: Object.fromEntries(Object.entries(links).map(([name, keys]) => [name, new Set(keys)])),
});

/** Properties without a value are absent, as in rows that were read from other systems. */
export const toHost = (type: ObjectTypeDescription, key: string, { attributes, links }: StoredRow): HostRow => ({
  key,
  attributes: {
    ...Object.fromEntries(Object.entries(attributes).filter(([, value]) => value !== null)),
    [type.keyAttribute]: key,
  },
  links: Object.fromEntries(
    Object.entries(links)
      .filter(([, keys]) => keys.size > 0)
      .map(([name, keys]) => [name, [...keys].sort((a, b) => (a < b ? -1 : 1))]),
  ),
});
