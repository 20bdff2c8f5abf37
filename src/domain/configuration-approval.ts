// What must fit together in the part of a configuration that people decide by: parameters and approvers of roles, risks,
// and automation rules. Used by configuration-check.ts and configuration-reference.ts.
import { categoryOfficers } from './approver.js';
import type { ApproverDefinition, AutomationRule, Configuration, RoleDefinition } from './configuration.js';
import type { ConfigurationConflict, ConfigurationKind, Reference } from './configuration-conflict.js';
import type { ConfigurationPath } from './role-model/configured-expression.js';

const roleKinds = ['singleRoles', 'compositeRoles'] as const;

export const approvalReferences = (configuration: Configuration): readonly Reference[] => [
  ...roleKinds.flatMap((kind) =>
    configuration[kind].flatMap((role, at) =>
      role.parameters.map(
        (parameter, index): Reference => ({
          path: [kind, at, 'parameters', index, 'dimension'],
          to: ['dimensions'],
          what: 'dimension',
          name: parameter.dimension,
        }),
      ),
    ),
  ),
  ...configuration.risks.flatMap((risk, at) =>
    risk.combinations.flatMap((roles, index) =>
      roles.map(
        (name, place): Reference => ({
          path: ['risks', at, 'combinations', index, place],
          to: ['singleRoles'],
          what: 'single role',
          name,
        }),
      ),
    ),
  ),
  ...configuration.automationRules.flatMap((rule, at): readonly Reference[] => [
    { path: ['automationRules', at, 'policy'], to: ['policies'], what: 'policy', name: rule.policy },
    {
      path: ['automationRules', at, 'target', rule.target.kind],
      ...automated[rule.target.kind],
      name: rule.target.identifier,
    },
  ]),
];

const automated: Readonly<
  Record<AutomationRule['target']['kind'], { readonly to: readonly ConfigurationKind[]; readonly what: string }>
> = {
  role: { to: roleKinds, what: 'role' },
  category: { to: ['categories'], what: 'category' },
  resourceType: { to: ['resourceTypes'], what: 'resource type' },
  policy: { to: ['policies'], what: 'policy' },
};

export const approvalConflicts = (configuration: Configuration): readonly ConfigurationConflict[] => [
  ...roleKinds.flatMap((kind) =>
    configuration[kind].flatMap((role, at) => [
      ...repeatedParameters(role, [kind, at]),
      ...role.approvers.flatMap((approver, index) => [
        ...missingOfficers(approver, role, configuration, [kind, at, 'approvers', index]),
        ...unreachableQuorum(approver, [kind, at, 'approvers', index]),
      ]),
    ]),
  ),
  ...configuration.risks.flatMap((risk, at) => [
    ...risk.combinations.flatMap((roles, index): readonly ConfigurationConflict[] =>
      risk.kind === 'SOD' && new Set(roles).size < 2
        ? [
            {
              path: ['risks', at, 'combinations', index],
              why: 'names one role, which cannot come together with itself',
              hint: 'Name two roles or more, or write kind: HIGH_PRIVILEGE.',
            },
          ]
        : [],
    ),
    ...risk.approvers.flatMap((approver, index) => unreachableQuorum(approver, ['risks', at, 'approvers', index])),
  ]),
];

const repeatedParameters = (
  { parameters }: RoleDefinition,
  path: ConfigurationPath,
): readonly ConfigurationConflict[] =>
  parameters.flatMap(({ identifier }, index) =>
    parameters.findIndex((other) => other.identifier === identifier) === index
      ? []
      : [
          {
            path: [...path, 'parameters', index, 'identifier'],
            why: `the parameter «${identifier}» is there already`,
            hint: 'Give it another name, or remove one of the two.',
          },
        ],
  );

/** A category without officers would put every step to the role officers of the whole company, unseen. */
function missingOfficers(
  approver: ApproverDefinition,
  role: RoleDefinition,
  configuration: Configuration,
  path: ConfigurationPath,
): readonly ConfigurationConflict[] {
  if (approver.kind !== 'officers' || categoryOfficers(role, configuration).length > 0) return [];
  return [
    {
      path,
      why:
        role.category === null
          ? 'the role has no category'
          : `neither ${role.category} nor a category above it has officers`,
      hint: 'Name officers in a category of the role, or other approvers.',
    },
  ];
}

function unreachableQuorum(approver: ApproverDefinition, path: ConfigurationPath): readonly ConfigurationConflict[] {
  if (approver.kind !== 'people' || new Set(approver.people).size >= approver.quorum) return [];
  return [
    {
      path: [...path, 'quorum'],
      why: `${approver.quorum} must agree, but only ${new Set(approver.people).size} are named`,
      hint: 'Name more people, or lower the quorum.',
    },
  ];
}
