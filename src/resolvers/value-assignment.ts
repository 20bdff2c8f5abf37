// The values of accounts: derived from what an account should contain and what is still to be written, or found and decided apart.
import { Ctx, FieldResolver, Resolver, Root } from 'type-graphql';
import type { ExpectedResource } from '../domain/assignment.js';
import type { PropertyDefinition } from '../domain/configuration.js';
import { toGlobalId } from '../domain/global-id.js';
import type { CompiledModel } from '../domain/role-model/model.js';
import { ruleIndex } from '../domain/role-model/rule-index.js';
import { ValueAssignment } from '../schema/assignment.js';
import { EntityProperty } from '../schema/entity-type.js';
import { Resource } from '../schema/resource.js';
import { Rule } from '../schema/rule.js';
import type { ValueAssignment as FoundValue } from '../domain/role-model/value-assignment.js';
import { effectiveStates } from '../domain/workflow-state.js';
import type { AccountView } from '../steps/ports/assignment.js';
import { entityPropertyOf, findRule } from './configured.js';
import type { RequestContext } from './context.js';
import { findResourceByKey } from './resource-key.js';

@Resolver(() => ValueAssignment)
export class ValueAssignmentResolver {
  @FieldResolver(() => EntityProperty, { description: 'Which property.' })
  async property(
    @Root() { entityType, propertyIdentifier }: ValueAssignment,
    @Ctx() { ports }: RequestContext,
  ): Promise<EntityProperty> {
    return entityPropertyOf(await ports.models.current(), entityType, propertyIdentifier);
  }

  @FieldResolver(() => Resource, {
    nullable: true,
    description: 'What is linked, e.g. a group, when the viewer may see it.',
  })
  target(@Root() { linked }: ValueAssignment, @Ctx() context: RequestContext): Promise<Resource | null> {
    return findResourceByKey(linked, context);
  }

  @FieldResolver(() => Rule, {
    nullable: true,
    description: 'The rule that gives it; null when it is being taken away.',
  })
  async rule(@Root() { ruleIdentifier }: ValueAssignment, @Ctx() { ports }: RequestContext): Promise<Rule | null> {
    return ruleIdentifier === null ? null : findRule(await ports.models.current(), ruleIdentifier);
  }
}

interface Value {
  readonly property: string;
  /** Key of what is linked; null for a plain value. */
  readonly target: string | null;
  readonly value: ExpectedResource['values'][string]['value'];
  readonly rule: string | null;
  readonly isGoing: boolean;
  /** Not yet seen in the managed system. */
  readonly isPending: boolean;
  /** Of an uncertain match; left out: sure. */
  readonly confidencePercent?: number;
}

/** Values first, then links, each by name. What was found or decided apart shows as that, and not as what rules want. */
export function valuesOf(model: CompiledModel, account: AccountView): readonly ValueAssignment[] {
  const type = model.resourceTypes.get(account.resourceType)?.targetEntityType;
  const { roleOfRule } = ruleIndex(model);
  const apart = new Map(account.values.filter(isShownApart).map((row) => [placeOf(row.property, row.targetKey), row]));
  const simple = [...scalarsOf(account), ...linksOf(account)].filter(
    ({ property, target }) => !apart.has(placeOf(property, target ?? '')),
  );
  const propertyOf = (name: string): PropertyDefinition | undefined =>
    type?.properties.find(({ identifier }) => identifier === name);
  const calculated = simple.map((value) => {
    const isGivenByRole = value.rule !== null && roleOfRule.has(value.rule);
    return toValueAssignment(account, type?.identifier ?? '', propertyOf(value.property), {
      ...value,
      workflowState: workflowStateOf({ ...value, isGivenByRole }),
      provisioningState:
        value.isPending || account.provisioningState === 'ERROR' ? account.provisioningState : 'VERIFIED',
    });
  });
  const decided = [...apart.values()].map((row) =>
    toValueAssignment(account, type?.identifier ?? '', propertyOf(row.property), shownApart(account, row)),
  );
  return [...calculated, ...decided];
}

/** What is to be corrected or taken out shows as the change that does it. */
const isShownApart = ({ workflowState }: FoundValue): boolean => workflowState !== 'CANCELLATION';

const placeOf = (property: string, target: string): string => `${property}\n${target}`;

const keptStates: readonly string[] = effectiveStates;

/** Nobody writes it; what a person has kept is in the managed system as it should be. */
const shownApart = ({ expected }: AccountView, row: FoundValue): ShownValue => ({
  property: row.property,
  target: row.targetKey === '' ? null : row.targetKey,
  value: row.value,
  rule: expected.values[row.property]?.rule ?? expected.links[row.property]?.[row.targetKey] ?? null,
  workflowState: row.workflowState,
  provisioningState: keptStates.includes(row.workflowState) ? 'VERIFIED' : 'NONE',
});

type ShownValue = Pick<Value, 'property' | 'target' | 'value' | 'rule' | 'confidencePercent'> &
  Pick<ValueAssignment, 'workflowState' | 'provisioningState'>;

function scalarsOf({ expected, delta }: AccountView): readonly Value[] {
  const pending = new Map((delta?.scalars ?? []).map((scalar) => [scalar.property, scalar]));
  const isGoing = delta?.kind === 'DELETE';
  const held = Object.entries(expected.values).map(
    ([property, { value, rule, confidencePercent }]): Value => ({
      ...(confidencePercent === undefined ? {} : { confidencePercent }),
      property,
      target: null,
      value,
      rule,
      isGoing,
      isPending: isGoing || pending.has(property),
    }),
  );
  const emptied = [...pending.values()].filter(({ property }) => expected.values[property] === undefined);
  return [
    ...held,
    ...emptied.map(
      ({ property, from }): Value => ({
        property,
        target: null,
        value: from,
        rule: null,
        isGoing: true,
        isPending: true,
      }),
    ),
  ].sort(byName);
}

function linksOf({ expected, delta }: AccountView): readonly Value[] {
  const isGoing = delta?.kind === 'DELETE';
  const held = Object.entries(expected.links).flatMap(([property, targets]) =>
    Object.entries(targets).map(([target, rule]): Value => {
      const added = delta?.links.find((link) => link.property === property)?.add ?? [];
      const confidencePercent = expected.uncertainLinks?.[property]?.[target];
      return {
        ...(confidencePercent === undefined ? {} : { confidencePercent }),
        property,
        target,
        value: target,
        rule,
        isGoing,
        isPending: isGoing || added.includes(target),
      };
    }),
  );
  const removed = (delta?.links ?? []).flatMap(({ property, remove }) =>
    remove.map((target): Value => ({ property, target, value: target, rule: null, isGoing: true, isPending: true })),
  );
  return [...held, ...removed].sort(byName);
}

const byName = (a: Value, b: Value): number =>
  `${a.property}\n${a.target ?? ''}` < `${b.property}\n${b.target ?? ''}` ? -1 : 1;

function workflowStateOf({
  isGoing,
  isGivenByRole,
}: {
  isGoing: boolean;
  isGivenByRole: boolean;
}): ValueAssignment['workflowState'] {
  if (isGoing) return 'CANCELLATION';
  return isGivenByRole ? 'GIVEN_BY_A_ROLE' : 'CALCULATED';
}

function toValueAssignment(
  account: AccountView,
  entityType: string,
  property: PropertyDefinition | undefined,
  value: ShownValue,
): ValueAssignment {
  const local = [account.id, value.property, ...(value.target === null ? [] : [value.target])].join(':');
  const references = property?.references ?? null;
  const key = value.target ?? (references === null ? null : value.value);
  return Object.assign(new ValueAssignment(), {
    id: toGlobalId('ValueAssignment', local),
    value: property?.isSecret === false ? value.value : null,
    workflowState: value.workflowState,
    provisioningState: value.provisioningState,
    confidencePercent: value.confidencePercent ?? null,
    startDate: null,
    endDate: null,
    entityType,
    propertyIdentifier: value.property,
    ruleIdentifier: value.rule,
    linked: references === null || key === null ? null : { entityType: references, key: String(key) },
  });
}
