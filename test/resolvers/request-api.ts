// Asks the API about requests as its clients do, on a company with rows of its own.
import { afterAll, beforeAll } from '@jest/globals';
import { graphql, type GraphQLSchema } from 'graphql';
import { resolverClasses } from '../../src/resolvers/list.js';
import { createContext } from '../../src/resolvers/operation.js';
import { buildApiSchema } from '../../src/schema/build.js';
import type { ApiPorts } from '../../src/steps/ports/api.js';
import { delegationStore, delegationViews } from '../../src/store/delegation.js';
import { planStore } from '../../src/store/plan.js';
import { identityViews } from '../../src/store/views/identity.js';
import { planViews } from '../../src/store/views/plan.js';
import { riskViews } from '../../src/store/views/risk.js';
import { type Company, openCompany } from '../steps/request-fixture.js';

export type Ask = <Data>(
  who: string,
  source: string,
  variableValues?: Readonly<Record<string, unknown>>,
) => Promise<Data>;

/** One company and one schema for the whole test file. */
export function useRequestApi() {
  const state: { company: Company | null; schema: GraphQLSchema | null } = { company: null, schema: null };
  const present = (): Company => opened(state.company);
  beforeAll(async () => {
    state.company = await openCompany();
    state.schema = await buildApiSchema(resolverClasses);
  });
  afterAll(() => present().close());
  const ask: Ask = (who, source, variableValues = {}) =>
    asked(present(), opened(state.schema), who, source, variableValues);
  return { present, ask };
}

function opened<T>(value: T | null): T {
  if (value === null) throw new Error('The company is opened before the first test.');
  return value;
}

/** Only what these operations ask for; anything else would be a fault. */
function portsOf({ ports, views, database }: Company): ApiPorts {
  const { requests, models, planner, environment } = ports;
  const given = {
    requestStore: requests,
    requests: views,
    models,
    planner,
    environment,
    identities: identityViews(database, models, environment),
    delegations: delegationViews(database),
    delegationStore: delegationStore(database),
    risks: riskViews(database),
    plans: planStore(database),
    planViews: planViews(database),
  };
  return given as Partial<ApiPorts> as ApiPorts;
}

async function asked<Data>(
  company: Company,
  schema: GraphQLSchema,
  who: string,
  source: string,
  variableValues: Readonly<Record<string, unknown>>,
): Promise<Data> {
  const actor = await company.actor(who);
  const contextValue = createContext({
    actor,
    currentActor: async () => actor,
    ports: portsOf(company),
    idempotencyKey: null,
    traceId: 'test',
  });
  const { data, errors } = await graphql({ schema, source, contextValue, variableValues });
  if (errors !== undefined) throw errors[0];
  return data as Data;
}
