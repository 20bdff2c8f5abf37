// Every reference of a configuration: from where, to what kind of thing, by which name.
// Owns the list; whether the thing is there is configuration-check.ts' business.
import type { Configuration } from './configuration.js';
import { approvalReferences } from './configuration-approval.js';
import { contextReferences } from './configuration-context.js';
import type { ConfigurationKind, Reference } from './configuration-conflict.js';

export type { Reference } from './configuration-conflict.js';

const roles: readonly ConfigurationKind[] = ['singleRoles', 'compositeRoles'];

/** Every name in the configuration that must lead somewhere. `null` leads nowhere and may. */
export function references(configuration: Configuration): readonly Reference[] {
  return [
    ...systemReferences(configuration),
    ...roleReferences(configuration),
    ...ruleReferences(configuration),
    ...approvalReferences(configuration),
    ...contextReferences(configuration),
    ...jobReferences(configuration),
  ];
}

function systemReferences(configuration: Configuration): readonly Reference[] {
  return [
    ...configuration.connections.map(
      (entry, at): Reference => ({
        path: ['connections', at, 'connector'],
        to: ['connectors'],
        what: 'connector',
        name: entry.connector,
      }),
    ),
    ...configuration.entityTypes.flatMap((entry, at): Reference[] => [
      { path: ['entityTypes', at, 'connection'], to: ['connections'], what: 'connection', name: entry.connection },
      ...entry.properties.map(
        (property, index): Reference => ({
          path: ['entityTypes', at, 'properties', index, 'references'],
          to: ['entityTypes'],
          what: 'entity type',
          name: property.references,
        }),
      ),
    ]),
    ...configuration.resourceTypes.flatMap((entry, at): Reference[] => [
      {
        path: ['resourceTypes', at, 'sourceEntityType'],
        to: ['entityTypes'],
        what: 'entity type',
        name: entry.sourceEntityType,
      },
      {
        path: ['resourceTypes', at, 'targetEntityType'],
        to: ['entityTypes'],
        what: 'entity type',
        name: entry.targetEntityType,
      },
      // Without a target entity type there is no connection to default to: one report is enough.
      {
        path: ['resourceTypes', at, 'connection'],
        to: ['connections'],
        what: 'connection',
        name: entry.connection === '' ? null : entry.connection,
      },
      { path: ['resourceTypes', at, 'policy'], to: ['policies'], what: 'policy', name: entry.policy },
      ...entry.dependsOn.map(
        (name, index): Reference => ({
          path: ['resourceTypes', at, 'dependsOn', index],
          to: ['resourceTypes'],
          what: 'resource type',
          name,
        }),
      ),
    ]),
  ];
}

function roleReferences(configuration: Configuration): readonly Reference[] {
  const own = (kind: 'singleRoles' | 'compositeRoles'): Reference[] =>
    configuration[kind].flatMap((role, at): Reference[] => [
      { path: [kind, at, 'category'], to: ['categories'], what: 'category', name: role.category },
      { path: [kind, at, 'policy'], to: ['policies'], what: 'policy', name: role.policy },
    ]);
  return [
    ...configuration.categories.map(
      (entry, at): Reference => ({
        path: ['categories', at, 'parent'],
        to: ['categories'],
        what: 'category',
        name: entry.parent,
      }),
    ),
    ...own('singleRoles'),
    ...own('compositeRoles'),
    ...configuration.compositeRoles.flatMap((role, at) =>
      role.singleRoles.map(
        (name, index): Reference => ({
          path: ['compositeRoles', at, 'singleRoles', index],
          to: ['singleRoles'],
          what: 'single role',
          name,
        }),
      ),
    ),
  ];
}

const accountRules = ['typeRules', 'scalarRules', 'navigationRules', 'queryRules'] as const;

function ruleReferences(configuration: Configuration): readonly Reference[] {
  return [
    ...configuration.roleRules.flatMap((rule, at): Reference[] => [
      { path: ['roleRules', at, 'role'], to: roles, what: 'role', name: rule.role },
      { path: ['roleRules', at, 'policy'], to: ['policies'], what: 'policy', name: rule.policy },
    ]),
    ...accountRules.flatMap((kind) =>
      configuration[kind].map(
        (rule, at): Reference => ({ path: [kind, at, 'role'], to: roles, what: 'role', name: rule.role }),
      ),
    ),
    ...([...accountRules, 'correlationRules', 'classificationRules'] as const).flatMap((kind) =>
      configuration[kind].flatMap((rule, at): Reference[] => [
        { path: [kind, at, 'resourceType'], to: ['resourceTypes'], what: 'resource type', name: rule.resourceType },
        { path: [kind, at, 'policy'], to: ['policies'], what: 'policy', name: rule.policy },
      ]),
    ),
  ];
}

const jobReferences = (configuration: Configuration): readonly Reference[] =>
  configuration.jobs.flatMap((job, at) =>
    job.steps.map(
      (step, index): Reference => ({
        path: ['jobs', at, 'steps', index, 'connector'],
        to: ['connectors'],
        what: 'connector',
        name: step.connector,
      }),
    ),
  );
