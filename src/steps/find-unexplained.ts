// Lists what has no reason, for people to decide: deduced roles, values and links nobody gave, accounts without an owner or
// without a cause, unused ones. Owns going through people and accounts; what an item says is domain/reconciliation.ts'.
import { addDays } from '../domain/calendar.js';
import { absenceOf, dayOfPeople, personOf } from '../domain/person.js';
import {
  type FoundItem,
  lostItem,
  propertyItem,
  roleItem,
  type StrayAccount,
  strayItem,
  unusedItem,
} from '../domain/reconciliation.js';
import { explainers } from '../domain/role-model/explainer.js';
import type { CompiledModel } from '../domain/role-model/model.js';
import type { Environment } from './ports/clock.js';
import type { ModelSource } from './ports/model.js';
import type {
  FindingQuestion,
  FindingScope,
  IdentityFindings,
  ItemChanges,
  LostRow,
  ReconciliationFinder,
  StrayMatch,
  StrayQuestion,
  StrayRow,
} from './ports/reconciliation-finding.js';

export interface FindPorts {
  readonly environment: Environment;
  readonly models: ModelSource;
  readonly reconciliationFinder: ReconciliationFinder;
}

export interface FindRequest {
  readonly scope: FindingScope;
  readonly signal?: AbortSignal;
}

/** How many items were opened, and how many closed because their cause has gone. */
export async function findUnexplained(ports: FindPorts, { scope, signal }: FindRequest): Promise<ItemChanges> {
  const { reconciliationFinder: finder, environment, models } = ports;
  const model = await models.current();
  const today = dayOfPeople(environment.now(), model.identityType, environment.timeZone);
  const startedAt = await finder.now();
  let changes: ItemChanges = { opened: 0, closed: 0 };
  for await (const identityIds of finder.people(model.identityType.identifier, scope)) {
    signal?.throwIfAborted();
    const found = await finder.findings(identityIds, findingQuestion(model, today));
    changes = sum(changes, await finder.recordOfIdentities(identityIds, itemsOf(found, model, today)));
  }
  for await (const rows of finder.strays(scope, strayQuestion(model))) {
    signal?.throwIfAborted();
    const items = rows.flatMap((row) => strayItem(strayOf(row, model, today)) ?? []);
    const ids = rows.map(({ resourceId }) => resourceId);
    changes = sum(changes, await finder.recordOfAccounts(ids, items));
  }
  return sum(changes, await finder.finish(startedAt));
}

const sum = (a: ItemChanges, b: ItemChanges): ItemChanges => ({
  opened: a.opened + b.opened,
  closed: a.closed + b.closed,
});

/** What a person kept is asked for again once its owner has left. */
function itemsOf(
  { roles, properties, unused, lost }: IdentityFindings,
  model: CompiledModel,
  today: string,
): readonly FoundItem[] {
  const isAbsent = (row: LostRow): boolean =>
    absenceOf(personOf({ ...row, id: row.identityId }, model.identityType), today) !== null;
  return [
    ...roles.map(roleItem),
    ...properties.map(propertyItem),
    ...unused.map(unusedItem),
    ...lost.filter((row) => !row.wasKept || isAbsent(row)).map(lostOf),
  ];
}

const lostOf = ({ key: _key, attributes: _attributes, isRemoved: _isRemoved, ...finding }: LostRow): FoundItem =>
  lostItem(finding);

function findingQuestion(model: CompiledModel, today: string): FindingQuestion {
  const types = [...model.resourceTypes.values()];
  return {
    links: explainers(model).links,
    unused: types.flatMap(({ definition: { identifier, unusedAfterDays }, targetEntityType: { lastUsedProperty } }) =>
      unusedAfterDays === null || lastUsedProperty === null
        ? []
        : [{ resourceType: identifier, property: lastUsedProperty, day: addDays(today, -unusedAfterDays) }],
    ),
  };
}

const strayQuestion = ({ configuration, identityType }: CompiledModel): StrayQuestion => ({
  identityType: identityType.identifier,
  entityTypes: [...new Set(configuration.resourceTypes.map(({ targetEntityType }) => targetEntityType))],
  rules: configuration.correlationRules.map(({ identifier, resourceType }) => ({ rule: identifier, resourceType })),
});

function strayOf(row: StrayRow, model: CompiledModel, today: string): StrayAccount {
  const types = model.configuration.resourceTypes.filter(({ targetEntityType }) => targetEntityType === row.entityType);
  const only = types.length === 1 ? types[0]?.identifier : undefined;
  return {
    resourceId: row.resourceId,
    entityType: row.entityType,
    resourceType: row.classifiedAs ?? only ?? null,
    isPreExisting: row.isPreExisting,
    matches: row.matches
      .flatMap((match) => matchOf(match, model, today))
      .filter(({ resourceType }) => isOfType(row, resourceType, model)),
  };
}

/** Where a type is told by classification, only what is classified as it can be one of its accounts. */
const isOfType = ({ classifiedAs }: StrayRow, resourceType: string, { configuration }: CompiledModel): boolean =>
  classifiedAs === resourceType ||
  configuration.classificationRules.every((rule) => rule.resourceType !== resourceType);

function matchOf(match: StrayMatch, model: CompiledModel, today: string): StrayAccount['matches'] {
  const rule = model.configuration.correlationRules.find(({ identifier }) => identifier === match.rule);
  if (rule === undefined) return [];
  const person = personOf({ ...match, id: match.identityId }, model.identityType);
  const isMany = model.resourceTypes.get(rule.resourceType)?.definition.correlateMultipleResources === true;
  return [
    {
      identityId: match.identityId,
      resourceType: rule.resourceType,
      confidencePercent: rule.confidencePercent,
      isAbsent: absenceOf(person, today) !== null,
      // Whoever may have several has none too many.
      standing: isMany && match.standing === 'held' ? 'none' : match.standing,
      alternatives: isMany ? 1 : match.alternatives,
    },
  ];
}
