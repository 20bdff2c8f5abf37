// Plans: what would change, for whom and why. They are made by submitting a request or launching a job as a dry run.
import { Arg, Args, Ctx, FieldResolver, Resolver, Root } from 'type-graphql';
import type { ResourceDelta } from '../domain/assignment.js';
import type { EntityTypeDefinition } from '../domain/configuration.js';
import { type ConfigurationChange as Difference, maskedChange } from '../domain/configuration-difference.js';
import { toGlobalId } from '../domain/global-id.js';
import { isAllowed } from '../domain/permission.js';
import { type Explanation, explainDelta } from '../domain/role-model/explanation.js';
import type { CompiledModel } from '../domain/role-model/model.js';
import { ActorUnion } from '../schema/actor.js';
import { AccessExplanation } from '../schema/explanation.js';
import { Identity } from '../schema/identity.js';
import { type ConnectionValue, PageArgs } from '../schema/page.js';
import {
  ConfigurationChange,
  PlannedChange,
  PlannedChangeConnection,
  PlannedChangeFilter,
  PlanSummary,
  PlanSummaryRow,
  ProvisioningPlan,
} from '../schema/plan.js';
import { PropertyChange } from '../schema/property-change.js';
import { Resource } from '../schema/resource.js';
import { ResourceType } from '../schema/resource-type.js';
import type { PlannedChangeView, PlanView } from '../steps/ports/plan.js';
import { actorOf } from './actor.js';
import { resourceTypeOf } from './configured.js';
import type { RequestContext } from './context.js';
import { explanationInput, toExplanation } from './explanation.js';
import { idComparison } from './filter.js';
import { findIdentity } from './identity-loader.js';
import type { Batch } from './loader.js';
import type { NodeResolvers } from './node-resolver.js';
import { pageRequest, toConnection } from './page.js';
import { isSecretProperty, propertyChanges } from './property-change.js';
import { findResource } from './resource.js';
import { toThresholdViolation } from './threshold-violation.js';

@Resolver(() => ProvisioningPlan)
export class PlanResolver {
  @FieldResolver(() => PlannedChangeConnection, { description: 'What would change, in the order it was computed.' })
  async changes(
    @Root() { planId }: ProvisioningPlan,
    @Ctx() { ports }: RequestContext,
    @Args(() => PageArgs) args: PageArgs,
    @Arg('filter', () => PlannedChangeFilter, { nullable: true, description: 'Which ones.' })
    filter?: PlannedChangeFilter | null,
  ): Promise<ConnectionValue<PlannedChange>> {
    const condition = conditionOf(filter ?? null);
    const request = pageRequest(args, 'POSITION');
    const model = await ports.models.current();
    return toConnection<PlannedChangeView, PlannedChange>({
      page: await ports.planViews.changes(planId, condition, request),
      request,
      order: 'POSITION',
      node: (view) => toPlannedChange(model, view),
      count: () => ports.planViews.countChanges(planId, condition),
    });
  }

  @FieldResolver(() => [ConfigurationChange], {
    nullable: true,
    description:
      'What a changed configuration says differently, by kind and identifier; null: a plan of the one in force.',
  })
  async configurationChanges(
    @Root() { definitionChanges }: ProvisioningPlan,
    @Ctx() context: RequestContext,
  ): Promise<readonly ConfigurationChange[] | null> {
    if (definitionChanges === null) return null;
    return Promise.all(definitionChanges.map((change) => toConfigurationChange(change, context)));
  }

  @FieldResolver(() => ActorUnion, { description: 'Who asked for it.' })
  createdBy(@Root() { creator }: ProvisioningPlan, @Ctx() context: RequestContext): Promise<object | null> {
    return actorOf(creator, context);
  }
}

async function toConfigurationChange(change: Difference, { ports }: RequestContext): Promise<ConfigurationChange> {
  const secrets = change.kind === 'connections' ? await secretSettingsOf(change, ports) : null;
  return Object.assign(new ConfigurationChange(), maskedChange(change, secrets));
}

/** Secret by any package the connection has before or after; null where one of them cannot be asked. */
async function secretSettingsOf(
  { identifier, before, after }: Difference,
  { models, connectorPackages }: RequestContext['ports'],
): Promise<readonly string[] | null> {
  const { connections } = (await models.current()).configuration;
  const present = connections.find((connection) => connection.identifier === identifier)?.package;
  const names = [before?.['package'], after?.['package'], present].filter((name) => typeof name === 'string');
  const found = await Promise.all([...new Set(names)].map((name) => connectorPackages.find(name)));
  if (found.length === 0 || found.includes(null)) return null;
  return found.flatMap((one) => one?.secretSettings ?? []);
}

const conditionOf = (filter: PlannedChangeFilter | null) =>
  filter === null
    ? null
    : {
        kind: filter.kind?.flatMap((kind) => (kind === 'DISSOCIATE' ? [] : [kind])) ?? null,
        resourceTypeId: idComparison('ResourceType', filter.resourceTypeId),
        identityId: idComparison('Identity', filter.identityId),
        destructiveOnly: filter.destructiveOnly ?? null,
      };

@Resolver(() => PlanSummaryRow)
export class PlanSummaryRowResolver {
  @FieldResolver(() => ResourceType, { description: 'Which kind of account.' })
  async resourceType(
    @Root() { resourceTypeIdentifier }: PlanSummaryRow,
    @Ctx() { ports }: RequestContext,
  ): Promise<ResourceType> {
    return resourceTypeOf(await ports.models.current(), resourceTypeIdentifier);
  }
}

@Resolver(() => PlannedChange)
export class PlannedChangeResolver {
  @FieldResolver(() => ResourceType, { description: 'What kind of account.' })
  async resourceType(
    @Root() { resourceTypeIdentifier }: PlannedChange,
    @Ctx() { ports }: RequestContext,
  ): Promise<ResourceType> {
    return resourceTypeOf(await ports.models.current(), resourceTypeIdentifier);
  }

  @FieldResolver(() => Identity, { nullable: true, description: 'Whose it is or is to be.' })
  owner(@Root() { identityId }: PlannedChange, @Ctx() context: RequestContext): Promise<Identity | null> {
    return findIdentity(identityId, context);
  }

  @FieldResolver(() => Resource, {
    nullable: true,
    description: 'The resource; null while it does not exist, or may not be seen.',
  })
  resource(@Root() { resourceId }: PlannedChange, @Ctx() context: RequestContext): Promise<Resource | null> {
    return findResource(resourceId, context);
  }

  @FieldResolver(() => [PropertyChange], { description: 'Values and links; empty for a removal.' })
  async changes(@Root() change: PlannedChange, @Ctx() { ports }: RequestContext): Promise<readonly PropertyChange[]> {
    return propertyChanges(targetTypeOf(await ports.models.current(), change.resourceTypeIdentifier), deltaOf(change));
  }

  @FieldResolver(() => AccessExplanation, { description: 'The rules behind it.' })
  async explanation(@Root() change: PlannedChange, @Ctx() context: RequestContext): Promise<AccessExplanation> {
    const view = viewOf(change);
    const input = view.identityId === null ? null : await explanationInput(view.identityId, context);
    const explained: Explanation =
      input === null
        ? { verdict: 'NOT_GRANTED', summary: 'The person is gone.', paths: [], nearMisses: [], isStale: true }
        : explainDelta(input, view.resourceType, view.delta);
    return toExplanation(explained, view);
  }
}

const targetTypeOf = (model: CompiledModel, resourceType: string): EntityTypeDefinition | undefined =>
  model.resourceTypes.get(resourceType)?.targetEntityType;

const planById: Batch<string, PlanView> = async (ids, { ports, actor }) => {
  const plans = await ports.planViews.byIds(ids);
  return new Map(
    plans
      .filter(({ createdBy }) => isAllowed(actor, 'plan.read', { owners: [ownerOf(createdBy)] }))
      .map((plan) => [plan.id, plan]),
  );
};
const changeById: Batch<string, PlannedChangeView> = async (ids, { ports }) =>
  new Map((await ports.planViews.changesByIds(ids)).map((change) => [change.id, change]));

const ownerOf = (reference: string): string =>
  reference.startsWith('identity:') ? reference.slice('identity:'.length) : '';

/** By row id; null when there is none that the viewer may see. */
export async function findPlan(id: string | null, context: RequestContext): Promise<ProvisioningPlan | null> {
  const view = id === null ? null : await context.loaders.load(planById, id);
  return view === null ? null : toPlan(view);
}

async function findPlannedChange(id: string, context: RequestContext): Promise<PlannedChange | null> {
  const view = await context.loaders.load(changeById, id);
  if (view === null || (await findPlan(view.planId, context)) === null) return null;
  return toPlannedChange(await context.ports.models.current(), view);
}

function toPlan({
  id,
  state,
  inputsDigest,
  summary,
  violations,
  createdAt,
  expiresAt,
  createdBy,
  configurationChanges,
}: PlanView): ProvisioningPlan {
  const byResourceType = summary.byResourceType.map(({ resourceType, ...counts }) =>
    Object.assign(new PlanSummaryRow(), { ...counts, resourceTypeIdentifier: resourceType }),
  );
  return Object.assign(new ProvisioningPlan(), {
    id: toGlobalId('ProvisioningPlan', id),
    state,
    inputsDigest,
    createdAt,
    expiresAt,
    planId: id,
    creator: createdBy,
    definitionChanges: configurationChanges,
    summary: Object.assign(new PlanSummary(), { ...summary, byResourceType }),
    thresholdViolations: violations.map(toThresholdViolation),
  });
}

const views = new WeakMap<PlannedChange, PlannedChangeView>();

function toPlannedChange(model: CompiledModel, view: PlannedChangeView): PlannedChange {
  const change = Object.assign(new PlannedChange(), {
    id: toGlobalId('PlannedChange', view.id),
    kind: view.kind,
    requiresReview: view.requiresReview,
    preview: previewOf(targetTypeOf(model, view.resourceType), view.delta),
    resourceTypeIdentifier: view.resourceType,
    identityId: view.identityId,
    resourceId: view.resourceId,
  });
  views.set(change, view);
  return change;
}

function viewOf(change: PlannedChange): PlannedChangeView {
  const view = views.get(change);
  if (view === undefined) throw new Error(`The planned change ${change.id} was not made by toPlannedChange.`);
  return view;
}
const deltaOf = (change: PlannedChange): ResourceDelta => viewOf(change).delta;

function previewOf(type: EntityTypeDefinition | undefined, { kind, key, scalars, links }: ResourceDelta): unknown {
  const masked = { $secret: true };
  return {
    kind,
    key,
    set: Object.fromEntries(
      scalars.map(({ property, to }) => [property, isSecretProperty(type, property) ? masked : to]),
    ),
    add: Object.fromEntries(links.filter(({ add }) => add.length > 0).map(({ property, add }) => [property, add])),
    remove: Object.fromEntries(
      links.filter(({ remove }) => remove.length > 0).map(({ property, remove }) => [property, remove]),
    ),
  };
}

export const nodeResolvers: NodeResolvers = { pln: findPlan, chg: findPlannedChange };
