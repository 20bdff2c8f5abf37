// `joinery plan -f dir`: sends a folder of configuration files to a running server and shows what they would do to people
// and accounts. Owns reading the folder, waiting for a large plan, and the words; computing is the server's.
import { readdir, readFile } from 'node:fs/promises';
import { join, relative, sep } from 'node:path';
import { randomUUID } from 'node:crypto';
import { setTimeout as delay } from 'node:timers/promises';
import { z } from 'zod';
import type { Config } from '../config.js';
import { ask, type Client, connect } from './client.js';
import { changeText, type ConfigurationChange, configurationChange } from './configuration-change.js';
import { exitCodes, Failure } from './exit.js';

export interface PlanOptions {
  readonly file: string;
  readonly json?: boolean;
  readonly as?: string;
}

const counts = z.object({ createCount: z.number(), updateCount: z.number(), deleteCount: z.number() });
const plan = z.object({
  id: z.string(),
  state: z.string(),
  inputsDigest: z.string(),
  summary: counts.extend({
    associateCount: z.number(),
    unchangedCount: z.number(),
    affectedIdentityCount: z.number(),
    byResourceType: z.array(counts.extend({ resourceType: z.object({ displayName: z.string() }) })),
  }),
  thresholdViolations: z.array(z.object({ name: z.string(), limit: z.number(), actual: z.number() })),
  configurationChanges: z.array(configurationChange).nullable(),
  changes: z.object({
    totalCount: z.number(),
    nodes: z.array(
      z.object({
        kind: z.string(),
        requiresReview: z.boolean(),
        resourceType: z.object({ displayName: z.string() }),
        owner: z.object({ displayName: z.string() }).nullable(),
        preview: z.unknown(),
      }),
    ),
  }),
});
export type Plan = z.infer<typeof plan>;

export const planFields = `id state inputsDigest
  summary { createCount updateCount deleteCount associateCount unchangedCount affectedIdentityCount
    byResourceType { createCount updateCount deleteCount resourceType { displayName } } }
  thresholdViolations { name limit actual }
  configurationChanges { kind identifier change before after }
  changes(first: 20) { totalCount nodes { kind requiresReview preview resourceType { displayName } owner { displayName } } }`;

const userErrors = z.array(z.object({ code: z.string(), message: z.string(), hint: z.string().nullable() }));
export type UserErrors = z.infer<typeof userErrors>;
export const userErrorShape = userErrors;

/** Exit code 4 when applying it would be blocked by a threshold. */
export async function runPlan(config: Config, options: PlanOptions): Promise<void> {
  const client = await connect(config, options.as);
  const made = await computePlan(client, options.file);
  process.stdout.write(options.json === true ? `${JSON.stringify(made, null, 2)}\n` : planText(made, options.file));
  process.exitCode = made.thresholdViolations.length > 0 ? exitCodes.blocked : exitCodes.ok;
}

export async function computePlan(client: Client, folder: string): Promise<Plan> {
  const mutation = `mutation Plan($input: ConfigurationPlanComputeInput!, $key: String!) {
    configurationPlanCompute(input: $input) @idempotent(key: $key) {
      plan { ${planFields} } userErrors { code message hint } } }`;
  const payload = z.object({ plan: plan.nullable(), userErrors });
  const { configurationPlanCompute } = await ask(
    client,
    mutation,
    { input: { files: await filesIn(folder) }, key: randomUUID() },
    z.object({ configurationPlanCompute: payload }),
  );
  if (configurationPlanCompute.plan === null) throw refusal(configurationPlanCompute.userErrors, folder);
  return ready(client, configurationPlanCompute.plan);
}

async function filesIn(folder: string): Promise<readonly { readonly path: string; readonly text: string }[]> {
  const entries = await readdir(folder, { recursive: true, withFileTypes: true }).catch((cause: unknown) => {
    throw new Failure(exitCodes.usage, `The folder ${folder} cannot be read: ${String(cause)}. Name one with -f.`);
  });
  const names = entries
    .filter((entry) => entry.isFile() && /\.ya?ml$/i.test(entry.name))
    .map((entry) => relative(folder, join(entry.parentPath, entry.name)));
  if (names.length === 0) throw new Failure(exitCodes.usage, `The folder ${folder} holds no YAML file.`);
  return Promise.all(
    names
      .sort()
      .map(async (name) => ({ path: name.split(sep).join('/'), text: await readFile(join(folder, name), 'utf8') })),
  );
}

/** Problems of the files are ours to correct (2); everything else is the server's no (5). */
export function refusal(errors: UserErrors, what: string): Failure {
  const lines = errors.map(({ message, hint }) => `  ${message}${hint === null || hint === '' ? '' : ` ${hint}`}`);
  const isInput = errors.some(({ code }) => ['INVALID', 'EXPRESSION_INVALID', 'DUPLICATE'].includes(code));
  return new Failure(isInput ? exitCodes.usage : exitCodes.refused, `${what} was refused:\n${lines.join('\n')}`);
}

/** A plan for many people is computed by an execution. */
async function ready(client: Client, first: Plan): Promise<Plan> {
  for (let now = first; ; ) {
    if (now.state === 'READY') return now;
    if (now.state !== 'COMPUTING')
      throw new Failure(exitCodes.failure, `The plan ${now.id} could not be computed (${now.state}).`);
    await delay(500);
    const query = `query Plan($id: ID!) { provisioningPlan(id: $id) { ${planFields} } }`;
    const { provisioningPlan } = await ask(client, query, { id: now.id }, z.object({ provisioningPlan: plan }));
    now = provisioningPlan;
  }
}

export function planText(made: Plan, folder: string): string {
  const { id, inputsDigest, summary, thresholdViolations, configurationChanges, changes } = made;
  const { createCount, updateCount, deleteCount, associateCount, unchangedCount, affectedIdentityCount } = summary;
  const shown = changes.nodes.map(
    ({ kind, resourceType, owner, requiresReview, preview }) =>
      `  ${kind.padEnd(9)} ${resourceType.displayName} of ${owner?.displayName ?? 'nobody known'}${requiresReview ? ' (to be reviewed)' : ''}  ${JSON.stringify(preview)}`,
  );
  const rest = changes.totalCount - changes.nodes.length;
  return [
    `Plan ${id} for ${folder}`,
    ...configurationText(configurationChanges ?? []),
    `  people    ${affectedIdentityCount} concerned`,
    `  accounts  ${createCount} created, ${updateCount} changed, ${deleteCount} deleted, ${associateCount} recognised, ${unchangedCount} unchanged`,
    ...summary.byResourceType.map(
      (row) =>
        `            ${row.resourceType.displayName}: ${row.createCount} created, ${row.updateCount} changed, ${row.deleteCount} deleted`,
    ),
    ...thresholdViolations.map(
      ({ name, limit, actual }) =>
        `  over the limit ${name}: ${actual}, allowed ${limit}; a second person has to release it`,
    ),
    ...shown,
    ...(rest > 0 ? [`  … and ${rest} more changes`] : []),
    `Digest ${inputsDigest}`,
    '',
  ].join('\n');
}

const configurationText = (changes: readonly ConfigurationChange[]): readonly string[] =>
  changes.length === 0
    ? ['  files     say nothing else than what is in force']
    : [
        `  files     ${changes.length} definitions changed`,
        ...changes.map((change) => `            ${changeText(change)}`),
      ];
