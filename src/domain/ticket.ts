// What people are told who carry an order out: a text with placeholders for the person, the account and the changes. Owns what
// may stand in one, and how it is filled in; it is kept with the order from the moment the order is handed over.
import type { ResourceDelta } from './assignment.js';
import type { Configuration, EntityTypeDefinition } from './configuration.js';
import type { ConfigurationConflict } from './configuration-conflict.js';
import { instructionsIn, isManualPackage } from './connection-setting.js';
import { type PersonRow, personOf } from './person.js';

const placeholder = /\{\{\s*([^{}]*?)\s*\}\}/g;

/** What stands between the braces, in order. */
const namesIn = (template: string): readonly string[] =>
  [...template.matchAll(placeholder)].map(([, name = '']) => name);

/** Placeholders that stand for nothing, each with what may stand there. */
export function unknownPlaceholders(
  template: string,
  configuration: Pick<Configuration, 'entityTypes' | 'resourceTypes'>,
  connection: string,
): readonly { readonly name: string; readonly known: readonly string[] }[] {
  const known = knownPlaceholders(configuration, connection);
  return [...new Set(namesIn(template))]
    .filter((name) => !known.includes(name))
    .map((name) => ({ name, known: known.filter((each) => each.startsWith(name.split('.')[0] ?? '')) }))
    .map(({ name, known: near }) => ({ name, known: near.length > 0 ? near : known }));
}

function knownPlaceholders(
  { entityTypes, resourceTypes }: Pick<Configuration, 'entityTypes' | 'resourceTypes'>,
  connection: string,
): readonly string[] {
  const targets = resourceTypes.filter((type) => type.connection === connection).map((type) => type.targetEntityType);
  const people = entityTypes.filter(({ identity }) => identity !== null);
  const accounts = entityTypes.filter(({ identifier }) => targets.includes(identifier));
  return [
    'person.displayName',
    'person.key',
    ...people.flatMap((type) => readable(type).map((name) => `person.${name}`)),
    'account.key',
    ...new Set(accounts.flatMap((type) => readable(type).map((name) => `change.${name}`))),
  ];
}

/** Secret properties are told to nobody. */
const readable = ({ properties }: EntityTypeDefinition): readonly string[] =>
  properties.filter(({ isSecret }) => !isSecret).map(({ identifier }) => identifier);

/** Of the files: where a text of theirs names what there is not. */
export const ticketConflicts = (configuration: Configuration): readonly ConfigurationConflict[] =>
  configuration.connections.flatMap((connection, at) => {
    const template = isManualPackage(connection.package) ? instructionsIn(connection.settings) : null;
    if (template === null) return [];
    return unknownPlaceholders(template, configuration, connection.identifier).map(
      ({ name, known }): ConfigurationConflict => ({
        path: ['connections', at, 'settings', 'instructions'],
        why: `{{${name}}} stands for nothing`,
        hint: `Known here: ${known.map((each) => `{{${each}}}`).join(', ')}.`,
      }),
    );
  });

export interface TicketSubject {
  /** Null: nobody owns the account any more. */
  readonly person: PersonRow | null;
  readonly delta: Pick<ResourceDelta, 'key' | 'scalars' | 'links'>;
}

const nothing = '–';

/** `identityType` says which property is the name of a person. */
export function renderedInstructions(
  template: string,
  { person, delta }: TicketSubject,
  identityType: EntityTypeDefinition | null,
): string {
  return template.replaceAll(placeholder, (_whole, name: string) => {
    const subject = name.slice(0, name.indexOf('.'));
    const property = name.slice(name.indexOf('.') + 1);
    if (subject === 'person') return personText(property, person, identityType);
    if (name === 'account.key') return delta.key;
    return subject === 'change' ? changeText(property, delta) : nothing;
  });
}

function personText(property: string, person: PersonRow | null, type: EntityTypeDefinition | null): string {
  if (person === null || type === null) return nothing;
  if (property === 'key') return person.key;
  if (property === 'displayName') return personOf(person, type).displayName;
  return shown(person.attributes[property] ?? null);
}

/** A value that stays as it is says so. */
function changeText(property: string, { scalars, links }: TicketSubject['delta']): string {
  const scalar = scalars.find((each) => each.property === property);
  if (scalar !== undefined) return shown(scalar.to);
  const link = links.find((each) => each.property === property);
  if (link === undefined) return 'unchanged';
  return [...link.add.map((key) => `+${key}`), ...link.remove.map((key) => `−${key}`)].join(', ');
}

const shown = (value: string | number | boolean | null): string =>
  value === null || value === '' ? nothing : String(value);
