// The worker of the queue `compute`: parts of complete computations, and single identities as requests take effect.
// A single identity goes the whole way, computed, ordered and dispatched, without a job execution.
import type { Job } from 'bullmq';
import { type TaskFailure, taskFailureOf } from '../domain/job.js';
import { type ComputePorts, computeRoleModel, surveyLosses } from '../steps/compute-role-model.js';
import { type DispatchOrdersPorts, dispatchOrders } from '../steps/dispatch-orders.js';
import { generateOrders, type GenerateOrdersPorts } from '../steps/generate-orders.js';
import type { PartClaim, PartResult, TaskPartStore } from '../steps/ports/task-part.js';
import type { WorkerLog } from './log.js';
import { holdPart } from './part-lease.js';
import type { JobData, Queues } from './queue.js';
import type { Stoppable } from './stoppable.js';

export interface ComputeWorkerPorts extends ComputePorts, GenerateOrdersPorts, DispatchOrdersPorts {
  readonly parts: TaskPartStore;
  readonly queues: Queues;
  readonly log: WorkerLog;
  /** Jobs at once in this process. */
  readonly concurrency: number;
}

export function startCompute(ports: ComputeWorkerPorts): Stoppable {
  const stopping = new AbortController();
  const worker = ports.queues.worker('compute', (job) => carryOut(ports, job, stopping.signal), {
    concurrency: ports.concurrency,
  });
  return {
    stop: async () => {
      stopping.abort();
      await worker.close();
    },
  };
}

function carryOut(ports: ComputeWorkerPorts, { name, data }: Job<JobData>, stop: AbortSignal): Promise<void> {
  if (name === 'bucket') return computePart(ports, data.id, stop);
  if (name === 'identities') return computeIdentity(ports, data.id);
  throw new Error(`The queue compute does not know jobs called ${name}.`);
}

/** The person waits for this: what is computed is ordered and handed over at once. */
async function computeIdentity(ports: ComputeWorkerPorts, identityId: string): Promise<void> {
  const identityIds = [identityId];
  const computed = await computeRoleModel(ports, { scope: { kind: 'identities', ids: identityIds } });
  if (computed.warnings.length > 0)
    ports.log.warn({ identityId, warnings: computed.warnings }, 'Rules failed for a person');
  const ordered = await generateOrders(ports, { identityIds });
  if (ordered.violations.length > 0)
    ports.log.warn({ identityId, violations: ordered.violations }, 'Orders were held back');
  await dispatchOrders(ports, { identityIds });
}

async function computePart(ports: ComputeWorkerPorts, partId: string, stop: AbortSignal): Promise<void> {
  const claim = await ports.parts.claim(partId);
  if (claim === null) return;
  const result = await holdPart(ports.parts, claim, stop, (signal) => partResult(ports, claim, signal));
  if (result !== null) await ports.parts.settle(claim, result);
}

/** Null when it was stopped: whoever takes it next begins it anew, and finds done what is done. */
async function partResult(
  ports: ComputeWorkerPorts,
  claim: PartClaim,
  signal: AbortSignal,
): Promise<PartResult | null> {
  const { afterId, untilId, executionId, phase } = claim;
  const scope = { kind: 'bucket', afterId, untilId } as const;
  try {
    if (phase === 'survey') return { phase, survey: await surveyLosses(ports, { scope, signal }) };
    return { phase, result: await computeRoleModel(ports, { scope, executionId, isChecked: true, signal }) };
  } catch (error) {
    if (signal.aborted) return null;
    ports.log.error({ partId: claim.partId, err: error }, 'A part of a computation failed');
    return { phase: 'failed', failure: taskFailureOf(error) ?? internalFailure };
  }
}

const internalFailure: TaskFailure = {
  code: 'OUTCOME_UNKNOWN',
  message: 'Joinery itself failed in a part of the computation; the other parts are done or go on.',
  hint: 'Launch the job again: what is computed is not computed twice. The cause is in the log of the worker.',
};
