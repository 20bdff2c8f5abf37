// What must fit together in a configuration: every name said once, every reference leading somewhere, no circles.
// Owns the rules and their wording; which references there are is configuration-reference.ts, shapes and expressions are the adapter's.
import type { Configuration, EntityTypeDefinition, PropertyDefinition } from './configuration.js';
import { accountConflicts } from './configuration-account.js';
import { approvalConflicts } from './configuration-approval.js';
import { contextConflicts } from './configuration-context.js';
import { valueConflicts } from './configuration-value.js';
import { ticketConflicts } from './ticket.js';
import type { ConfigurationConflict, ConfigurationKind } from './configuration-conflict.js';
import { references } from './configuration-reference.js';
import type { ConfigurationPath } from './role-model/configured-expression.js';

export type { ConfigurationConflict } from './configuration-conflict.js';

/**
 * All conflicts, in the order of the kinds. `alsoDeclared` says if an identifier stands in the files although its entry could not be
 * understood: a reference to it is not reported a second time.
 */
export function checkConfiguration(
  configuration: Configuration,
  alsoDeclared: (kind: ConfigurationKind, identifier: string) => boolean,
): readonly ConfigurationConflict[] {
  const known: Known = (kind, identifier) =>
    alsoDeclared(kind, identifier) ||
    configuration[kind].some((entry) => 'identifier' in entry && entry.identifier === identifier);
  return [
    ...duplicates(configuration),
    ...dangling(configuration, known),
    ...propertyConflicts(configuration),
    ...identityConflicts(configuration),
    ...accountConflicts(configuration),
    ...approvalConflicts(configuration),
    ...contextConflicts(configuration),
    ...valueConflicts(configuration),
    ...ticketConflicts(configuration),
    ...circles(configuration),
  ];
}

type Known = (kind: ConfigurationKind, identifier: string) => boolean;

/** Kinds whose identifiers share one space of names: a request or an explanation names them without their kind. */
const nameSpaces: readonly { readonly what: string; readonly kinds: readonly ConfigurationKind[] }[] = [
  { what: 'role', kinds: ['singleRoles', 'compositeRoles'] },
  {
    what: 'rule',
    kinds: [
      'roleRules',
      'typeRules',
      'scalarRules',
      'navigationRules',
      'queryRules',
      'correlationRules',
      'classificationRules',
      'automationRules',
    ],
  },
  { what: 'connector', kinds: ['connectors'] },
  { what: 'connection', kinds: ['connections'] },
  { what: 'entity type', kinds: ['entityTypes'] },
  { what: 'policy', kinds: ['policies'] },
  { what: 'category', kinds: ['categories'] },
  { what: 'resource type', kinds: ['resourceTypes'] },
  { what: 'job', kinds: ['jobs'] },
  { what: 'service account', kinds: ['serviceAccounts'] },
  { what: 'risk', kinds: ['risks'] },
  { what: 'dimension', kinds: ['dimensions'] },
];

function duplicates(configuration: Configuration): readonly ConfigurationConflict[] {
  const spaces = nameSpaces.flatMap(({ what, kinds }) =>
    repeated(
      what,
      kinds.flatMap((kind) =>
        configuration[kind].map(
          (entry, index): Named => ({
            path: [kind, index, 'identifier'],
            name: 'identifier' in entry ? entry.identifier : '',
          }),
        ),
      ),
    ),
  );
  const properties = configuration.entityTypes.flatMap((type, at) =>
    repeated(
      'property',
      type.properties.map(
        (property, index): Named => ({
          path: ['entityTypes', at, 'properties', index, 'identifier'],
          name: property.identifier,
        }),
      ),
    ),
  );
  const steps = configuration.jobs.flatMap((job, at) =>
    repeated(
      'step',
      job.steps.map(
        (step, index): Named => ({ path: ['jobs', at, 'steps', index, 'identifier'], name: step.identifier }),
      ),
    ),
  );
  const profiles = repeated(
    'profile',
    configuration.profiles.map(
      (entry, index): Named => ({ path: ['profiles', index, 'profile'], name: entry.profile }),
    ),
  );
  return [...spaces, ...properties, ...steps, ...profiles];
}

interface Named {
  readonly path: ConfigurationPath;
  readonly name: string;
}

function repeated(what: string, entries: readonly Named[]): readonly ConfigurationConflict[] {
  const seen = new Set<string>();
  return entries.flatMap(({ path, name }) => {
    if (!seen.has(name)) {
      seen.add(name);
      return [];
    }
    return [
      { path, why: `the ${what} «${name}» is there already`, hint: 'Give it another name, or remove one of the two.' },
    ];
  });
}

function dangling(configuration: Configuration, known: Known): readonly ConfigurationConflict[] {
  return references(configuration).flatMap(({ path, to, what, name }) => {
    if (name === null || to.some((kind) => known(kind, name))) return [];
    const there = to.flatMap((kind) =>
      configuration[kind].flatMap((entry) => ('identifier' in entry ? [entry.identifier] : [])),
    );
    if (name === '') return [{ path, why: 'is missing', hint: `Name one: ${listed(there)}.` }];
    return [
      { path, why: `there is no ${what} «${name}»`, hint: `Write one that exists (${listed(there)}), or add it.` },
    ];
  });
}

const listed = (names: readonly string[]): string => {
  if (names.length === 0) return 'none is there yet';
  return names.length <= 12 ? names.join(', ') : `${names.slice(0, 12).join(', ')} and ${names.length - 12} more`;
};

function propertyConflicts(configuration: Configuration): readonly ConfigurationConflict[] {
  const types = new Map(configuration.entityTypes.map((type) => [type.identifier, type]));
  const targets = new Map(
    configuration.resourceTypes.map((type) => [type.identifier, types.get(type.targetEntityType)]),
  );
  return [
    ...configuration.entityTypes.flatMap((type, at) => ownProperties(type, at)),
    ...configuration.scalarRules.flatMap((rule, at) =>
      ruleProperty(['scalarRules', at, 'property'], targets.get(rule.resourceType), rule.property, scalarFit),
    ),
    ...configuration.navigationRules.flatMap((rule, at) =>
      ruleProperty(['navigationRules', at, 'property'], targets.get(rule.resourceType), rule.property, linkFit),
    ),
  ];
}

function ownProperties(type: EntityTypeDefinition, at: number): readonly ConfigurationConflict[] {
  const named: readonly (readonly [ConfigurationPath, string | null])[] = [
    [['entityTypes', at, 'key'], type.key],
    [['entityTypes', at, 'displayProperty'], type.displayProperty],
    [['entityTypes', at, 'lastUsedProperty'], type.lastUsedProperty],
    ...Object.entries(type.identity ?? {}).map(([meaning, name]): readonly [ConfigurationPath, string | null] => [
      ['entityTypes', at, 'identity', meaning],
      name as string | null,
    ]),
  ];
  const missing = named.flatMap(([path, name]) => (name === null ? [] : plainProperty(path, type, name)));
  const links = type.properties.flatMap((property, index): ConfigurationConflict[] =>
    property.isMultivalued && property.references === null
      ? [
          {
            path: ['entityTypes', at, 'properties', index, 'references'],
            why: 'is missing: a multi-valued property is a list of links',
            hint: 'Say which entity type the links point to.',
          },
        ]
      : [],
  );
  return [...missing, ...links];
}

function plainProperty(
  path: ConfigurationPath,
  type: EntityTypeDefinition,
  name: string,
): readonly ConfigurationConflict[] {
  const property = type.properties.find((known) => known.identifier === name);
  if (property === undefined) return [noProperty(path, type, name)];
  if (!property.isMultivalued && !property.isSecret) return [];
  return [
    {
      path,
      why: `«${name}» is ${property.isSecret ? 'secret' : 'multi-valued'}`,
      hint: 'Name a property with one value that may be shown.',
    },
  ];
}

type Fit = (
  property: PropertyDefinition,
  type: EntityTypeDefinition,
) => { readonly why: string; readonly hint: string } | null;

function ruleProperty(
  path: ConfigurationPath,
  type: EntityTypeDefinition | undefined,
  name: string,
  fit: Fit,
): readonly ConfigurationConflict[] {
  if (type === undefined) return [];
  const property = type.properties.find((known) => known.identifier === name);
  if (property === undefined) return [noProperty(path, type, name)];
  const misfit = fit(property, type);
  return misfit === null ? [] : [{ path, ...misfit }];
}

const scalarFit: Fit = (property, type) => {
  if (property.isMultivalued) return { why: `«${property.identifier}» holds links`, hint: 'Use a navigation rule.' };
  if (property.identifier === type.key)
    return {
      why: `«${property.identifier}» is the key of ${type.identifier}`,
      hint: 'The key is given by `key` of the resource type.',
    };
  return null;
};
const linkFit: Fit = (property) =>
  property.isMultivalued
    ? null
    : {
        why: `«${property.identifier}» holds one value, not links`,
        hint: 'Use a scalar rule, or mark the property as isMultivalued.',
      };

const noProperty = (path: ConfigurationPath, type: EntityTypeDefinition, name: string): ConfigurationConflict => ({
  path,
  why: `${type.identifier} has no property «${name}»`,
  hint: `Write one of: ${listed(type.properties.map((property) => property.identifier))}.`,
});

function identityConflicts(configuration: Configuration): readonly ConfigurationConflict[] {
  const identities = configuration.entityTypes.flatMap((type, at) => (type.identity === null ? [] : [{ type, at }]));
  const second = identities.slice(1).map(
    ({ at }): ConfigurationConflict => ({
      path: ['entityTypes', at, 'identity'],
      why: `a second entity type is marked as identity, besides ${identities[0]?.type.identifier}`,
      hint: 'Keep one.',
    }),
  );
  const person = identities[0]?.type.identifier;
  const sources = configuration.resourceTypes.flatMap((type, at): ConfigurationConflict[] =>
    person === undefined ||
    type.sourceEntityType === person ||
    !configuration.entityTypes.some((known) => known.identifier === type.sourceEntityType)
      ? []
      : [
          {
            path: ['resourceTypes', at, 'sourceEntityType'],
            why: `${type.sourceEntityType} is not marked as identity`,
            hint: `Write ${person}.`,
          },
        ],
  );
  return [...second, ...sources, ...connectorConflicts(configuration)];
}

/** Orders go to the system whose rows they change. */
function connectorConflicts(configuration: Configuration): readonly ConfigurationConflict[] {
  const connectorOf = new Map(
    configuration.connections.map((connection) => [connection.identifier, connection.connector]),
  );
  const homeOf = new Map(configuration.entityTypes.map((type) => [type.identifier, type.connector]));
  return configuration.resourceTypes.flatMap((type, at): ConfigurationConflict[] => {
    const [there, home] = [connectorOf.get(type.connection), homeOf.get(type.targetEntityType)];
    if (there === undefined || home === undefined || home === '' || there === home) return [];
    return [
      {
        path: ['resourceTypes', at, 'connection'],
        why: `leads to ${there}, but ${type.targetEntityType} belongs to ${home}`,
        hint: `Name a connection of ${home}.`,
      },
    ];
  });
}

function circles(configuration: Configuration): readonly ConfigurationConflict[] {
  const parents = new Map(
    configuration.categories.map((category) => [
      category.identifier,
      category.parent === null ? [] : [category.parent],
    ]),
  );
  const needs = new Map(configuration.resourceTypes.map((type) => [type.identifier, type.dependsOn]));
  return [
    ...configuration.categories.flatMap((category, at) =>
      circle(['categories', at, 'parent'], parents, category.identifier),
    ),
    ...configuration.resourceTypes.flatMap((type, at) =>
      circle(['resourceTypes', at, 'dependsOn'], needs, type.identifier),
    ),
  ];
}

function circle(
  path: ConfigurationPath,
  next: ReadonlyMap<string, readonly string[]>,
  start: string,
): readonly ConfigurationConflict[] {
  const reached = new Set<string>();
  const open = [...(next.get(start) ?? [])];
  for (let name = open.pop(); name !== undefined; name = open.pop()) {
    if (reached.has(name)) continue;
    reached.add(name);
    open.push(...(next.get(name) ?? []));
  }
  return reached.has(start)
    ? [{ path, why: `«${start}» leads back to itself`, hint: 'Remove one link of the circle.' }]
    : [];
}
