// `joinery apply -f dir`: plans a folder of configuration files, shows the plan, and has it applied when it is the one that
// was agreed to: with --yes, or with the digest that `joinery plan` printed.
import { randomUUID } from 'node:crypto';
import { z } from 'zod';
import type { Config } from '../config.js';
import { ask, type Client, connect } from './client.js';
import { exitCodes, Failure } from './exit.js';
import { exitCodeOf, follow, report } from './job.js';
import { computePlan, type Plan, type PlanOptions, planText, refusal, userErrorShape } from './plan.js';

export interface ApplyOptions extends PlanOptions {
  readonly yes?: boolean;
  readonly digest?: string;
}

export async function runApply(config: Config, options: ApplyOptions): Promise<void> {
  const client = await connect(config, options.as, 'administrator');
  const made = await computePlan(client, options.file);
  process.stderr.write(planText(made, options.file));
  agree(made, options);
  const run = await follow(client, await apply(client, made, options), false);
  process.stdout.write(
    options.json === true ? `${JSON.stringify({ plan: made, jobExecution: run }, null, 2)}\n` : report(run),
  );
  process.exitCode = exitCodeOf(run);
}

/** Nothing is applied that nobody agreed to. */
function agree({ inputsDigest }: Plan, { yes, digest, file }: ApplyOptions): void {
  if (digest === undefined && yes !== true)
    throw new Failure(
      exitCodes.refused,
      `Nothing was applied. Agree with --yes, or with: joinery apply -f ${file} --digest ${inputsDigest}`,
    );
}

/** With the digest that was agreed to: where this plan is another one, the server says what moved, and applies nothing. */
async function apply(
  client: Client,
  { id, inputsDigest }: Plan,
  { file, digest }: Pick<ApplyOptions, 'file' | 'digest'>,
): Promise<string> {
  const mutation = `mutation Apply($id: ID!, $digest: String!, $key: String!) {
    configurationApply(planId: $id, inputsDigest: $digest) @idempotent(key: $key) { jobExecution { id } userErrors { code message hint } } }`;
  const payload = z.object({ jobExecution: z.object({ id: z.string() }).nullable(), userErrors: userErrorShape });
  const { configurationApply } = await ask(
    client,
    mutation,
    { id, digest: digest ?? inputsDigest, key: randomUUID() },
    z.object({ configurationApply: payload }),
  );
  if (configurationApply.jobExecution === null)
    throw refusal(configurationApply.userErrors, `Nothing was applied: ${file}`);
  return configurationApply.jobExecution.id;
}
