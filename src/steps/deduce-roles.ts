// Looks for roles that explain what stands in the accounts of people and that nobody gave: each gets a row that a person
// decides about. Owns going through people; which role explains what is domain/role-model/deduction.ts'.
import type { TaskProgress } from '../domain/job.js';
import { dayOfPeople } from '../domain/person.js';
import { identitySource } from '../domain/role-model/context.js';
import { deduce } from '../domain/role-model/deduction.js';
import { explainers, sureRules } from '../domain/role-model/explainer.js';
import type { CompiledModel } from '../domain/role-model/model.js';
import { hasEffects } from '../domain/role-model/role-state.js';
import type { Environment } from './ports/clock.js';
import type { ModelSource } from './ports/model.js';
import type { FindingScope, ReconciliationFinder, SuspectQuestion } from './ports/reconciliation-finding.js';

export interface DeducePorts {
  readonly environment: Environment;
  readonly models: ModelSource;
  readonly reconciliationFinder: ReconciliationFinder;
}

export interface DeduceRequest {
  readonly scope: FindingScope;
  readonly executionId: string | null;
  readonly signal?: AbortSignal;
  readonly onProgress?: (progress: TaskProgress) => void;
}

/** Whom an incremental run is about: to be asked before it computes. */
export async function listConcerned(ports: DeducePorts): Promise<readonly string[]> {
  const { identityType } = await ports.models.current();
  const today = dayOfPeople(ports.environment.now(), identityType, ports.environment.timeZone);
  return ports.reconciliationFinder.concerned(identityType.identifier, today);
}

/** Row ids of the people who got a role: they have to be computed again. */
export async function deduceRoles(ports: DeducePorts, request: DeduceRequest): Promise<readonly string[]> {
  const model = await ports.models.current();
  const question = suspectQuestion(model);
  if (question === null) return [];
  const found: string[] = [];
  for await (const identityIds of ports.reconciliationFinder.people(model.identityType.identifier, request.scope)) {
    request.signal?.throwIfAborted();
    found.push(...(await deducePage(ports, model, question, { identityIds, executionId: request.executionId })));
  }
  return found;
}

async function deducePage(
  { reconciliationFinder, environment }: DeducePorts,
  model: CompiledModel,
  question: SuspectQuestion,
  { identityIds, executionId }: { readonly identityIds: readonly string[]; readonly executionId: string | null },
): Promise<readonly string[]> {
  const today = dayOfPeople(environment.now(), model.identityType, environment.timeZone);
  const suspects = await reconciliationFinder.suspects(identitySource(model), identityIds, question);
  const roles = suspects.flatMap(({ snapshot, accounts }) =>
    deduce({ snapshot, accounts, model, today }).roles.map((role) => ({ ...role, identityId: snapshot.id })),
  );
  const effective = [...new Set(roles.map(({ role }) => role))].filter((role) => hasEffects(model, role));
  return reconciliationFinder.recordRoles(roles, effective, executionId);
}

/** Null when no role gives anything that could be found. */
function suspectQuestion(model: CompiledModel): SuspectQuestion | null {
  const { byFact, linksOfRoles } = explainers(model);
  return byFact.size === 0 ? null : { links: linksOfRoles, rules: sureRules(model) };
}
