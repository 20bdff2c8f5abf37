// Computes what identities should have and writes what differs. Looks at everybody first and holds the losses of the whole
// run against the threshold, then writes bucket by bucket. Owns scopes, buckets and counters; deciding is the domain's. Drawing: docs/role-model.md.
import {
  addCounters,
  completedTask,
  type Counters,
  noCounters,
  type TaskProgress,
  type TaskResult,
} from '../domain/job.js';
import { decideBucket } from '../domain/role-model/bucket.js';
import { type Computation, computationAt } from '../domain/role-model/computation.js';
import { identitySource } from '../domain/role-model/context.js';
import { addLoss, type LossCount, lossViolations, noLoss, uncountedIdentities } from '../domain/role-model/loss.js';
import { countersOf } from '../domain/role-model/reconciliation-counter.js';
import { type HeldNames, loses, type ScannedIdentity, surveyPage } from '../domain/role-model/survey.js';
import type { Environment } from './ports/clock.js';
import type { ModelSource } from './ports/model.js';
import type { ComputeScope, Decide, IdentityBucket, RoleModelStore } from './ports/role-model.js';

export interface ComputePorts {
  readonly environment: Environment;
  readonly models: ModelSource;
  readonly roleModel: RoleModelStore;
}

export interface ComputeRequest {
  readonly scope: ComputeScope;
  /** The job execution that facts are told under. Default: none. */
  readonly executionId?: string | null;
  /** The losses of the whole run were held against the threshold already: for parts of a run. Default false. */
  readonly isChecked?: boolean;
  readonly signal?: AbortSignal;
  readonly onProgress?: (progress: TaskProgress) => void;
}

/** Identities read or written by one statement. */
const bucketSize = 500;
/** Buckets written at once: one computes while the other is with the database. */
const lanes = 2;
const mostWarnings = 20;

/** The buckets of a complete run, to be computed by any number of workers. */
export async function listBuckets(ports: ComputePorts, size = bucketSize * 10): Promise<readonly IdentityBucket[]> {
  const { identityType } = await ports.models.current();
  return ports.roleModel.buckets(identityType.identifier, size);
}

/**
 * How many identities of a part would lose something; parts are added up and given to `lossViolations`. Writes nothing.
 * `differing`: identities that a computation would write; a part without any need not be computed.
 */
export async function surveyLosses(
  ports: ComputePorts,
  request: Pick<ComputeRequest, 'scope' | 'signal'>,
): Promise<LossCount & { readonly differing: number }> {
  const computation = computationAt(await ports.models.current(), ports.environment.now(), ports.environment);
  const { ids, loss } = await surveyAll(ports, computation, request);
  return { ...loss, differing: ids.length };
}

/** BLOCKED with the violation when too many would lose something: then nothing was written. */
export async function computeRoleModel(ports: ComputePorts, request: ComputeRequest): Promise<TaskResult> {
  const computation = computationAt(await ports.models.current(), ports.environment.now(), ports.environment);
  const { ids, loss, read } = await candidatesOf(ports, computation, request);
  const violations = request.isChecked === true ? [] : lossViolations(loss);
  const counters: Counters = { ...noCounters, read, skipped: read - ids.length };
  if (violations.length > 0)
    return { ...completedTask, state: 'BLOCKED', counters: { ...counters, skipped: read }, violations };
  return writeAll(ports, computation, request, { ids, counters });
}

interface Survey {
  /** Identities that may differ, in their order. */
  readonly ids: readonly string[];
  readonly loss: LossCount;
  readonly read: number;
}

/** A few identities cannot pass the threshold: they are written without a first look. */
async function candidatesOf(ports: ComputePorts, computation: Computation, request: ComputeRequest): Promise<Survey> {
  const { scope } = request;
  if (scope.kind === 'identities' && scope.ids.length <= uncountedIdentities)
    return { ids: [...scope.ids].sort(), loss: noLoss, read: scope.ids.length };
  return surveyAll(ports, computation, request);
}

async function surveyAll(ports: ComputePorts, computation: Computation, request: ComputeRequest): Promise<Survey> {
  const ids: string[] = [];
  let loss = noLoss;
  const total = await totalOf(ports, computation, request.scope);
  const dueDay = computation.latestDay ?? computation.today;
  for await (const page of ports.roleModel.pages(identitySource(computation.model), request.scope, dueDay)) {
    request.signal?.throwIfAborted();
    const surveyed = await differingOf(ports, computation, page, request.isChecked === true);
    ids.push(...surveyed.ids);
    loss = addLoss(loss, { identities: page.length, losing: surveyed.losing });
    request.onProgress?.({ done: loss.identities, total });
  }
  // An incremental run is about everybody, too: it only knows who cannot have changed.
  const identities = request.scope.kind === 'dirty' ? (total ?? 0) : loss.identities;
  return { ids, loss: { ...loss, identities }, read: loss.identities };
}

function totalOf({ roleModel }: ComputePorts, { model }: Computation, scope: ComputeScope): Promise<number | null> {
  if (scope.kind === 'identities') return Promise.resolve(scope.ids.length);
  return scope.kind === 'bucket' ? Promise.resolve(null) : roleModel.countIdentities(model.identityType.identifier);
}

async function differingOf(
  { roleModel }: ComputePorts,
  computation: Computation,
  page: readonly ScannedIdentity[],
  isChecked: boolean,
) {
  const looked = await surveyPage(computation, page, roleModel.ask);
  const differing = page.flatMap((scanned, index) => {
    const surveyed = looked[index];
    return surveyed === undefined || surveyed.isAsStored ? [] : [{ id: scanned.id, scanned, surveyed }];
  });
  const computed = isChecked ? [] : differing.filter(({ surveyed }) => surveyed.evaluation !== null);
  const held: ReadonlyMap<string, HeldNames> =
    computed.length === 0 ? new Map() : await roleModel.heldNames(computed.map(({ id }) => id));
  return {
    ids: differing.map(({ id }) => id),
    losing: computed.filter(({ id, scanned, surveyed }) => loses(computation, scanned, surveyed, held.get(id))).length,
  };
}

interface Writing {
  readonly ids: readonly string[];
  readonly counters: Counters;
}

async function writeAll(
  ports: ComputePorts,
  computation: Computation,
  request: ComputeRequest,
  { ids, counters }: Writing,
): Promise<TaskResult> {
  const chunks = chunksOf(ids);
  const done: BucketResult[] = [];
  const lane = async (): Promise<void> => {
    for (const chunk of chunks) {
      request.signal?.throwIfAborted();
      done.push(await writeBucket(ports, computation, chunk, request.executionId ?? null));
    }
  };
  await Promise.all(Array.from({ length: lanes }, lane));
  const warnings = done.flatMap((result) => result.warnings).slice(0, mostWarnings);
  return {
    ...completedTask,
    warnings,
    state: warnings.length > 0 ? 'WARNING' : 'COMPLETED',
    counters: done.reduce((sum, result) => addCounters(sum, result.counters), counters),
  };
}

interface BucketResult {
  readonly counters: Counters;
  readonly warnings: readonly string[];
}

async function writeBucket(
  { roleModel }: ComputePorts,
  computation: Computation,
  ids: readonly string[],
  executionId: string | null,
): Promise<BucketResult> {
  const decide: Decide = (loaded, directory) => decideBucket(computation, loaded, directory);
  const decided = await roleModel.recompute(identitySource(computation.model), ids, decide, executionId);
  return {
    counters: decided.reduce((sum, result) => addCounters(sum, countersOf(result)), noCounters),
    warnings: decided.flatMap(({ identityId, failures }) =>
      failures.map(({ rule, message }) => `Rule ${rule} failed for identity ${identityId}: ${message}`),
    ),
  };
}

function* chunksOf<T>(items: readonly T[]): Generator<readonly T[]> {
  for (let start = 0; start < items.length; start += bucketSize) yield items.slice(start, start + bucketSize);
}
