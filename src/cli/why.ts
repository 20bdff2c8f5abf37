// `joinery why <person> <role>`: prints why somebody has a role or an account, or what would have to be otherwise.
import { z } from 'zod';
import type { Config } from '../config.js';
import { ask, type Client, connect } from './client.js';
import { exitCodes, Failure } from './exit.js';

export interface WhyOptions {
  readonly json?: boolean;
  readonly as?: string;
}

const condition = z.object({ expression: z.string(), actualValue: z.unknown(), isSatisfied: z.boolean() });
const explanation = z.object({
  verdict: z.string(),
  summary: z.string(),
  computedAt: z.string(),
  isStale: z.boolean(),
  paths: z.array(
    z.object({
      validFrom: z.string().nullable(),
      validUntil: z.string().nullable(),
      steps: z.array(
        z.object({
          kind: z.string(),
          label: z.string(),
          conditions: z.array(condition),
          decidedBy: z.object({ displayName: z.string().optional() }).nullable(),
          decidedAt: z.string().nullable(),
          comment: z.string().nullable(),
        }),
      ),
    }),
  ),
  nearMisses: z.array(
    z.object({ rule: z.object({ identifier: z.string(), summary: z.string() }), failed: z.array(condition) }),
  ),
});
type Explanation = z.infer<typeof explanation>;

const fields = `verdict summary computedAt isStale
  paths { validFrom validUntil steps { kind label comment decidedAt decidedBy { ... on Identity { displayName } }
    conditions { expression actualValue isSatisfied } } }
  nearMisses { rule { identifier summary } failed { expression actualValue isSatisfied } }`;

export async function runWhy(config: Config, person: string, what: string, options: WhyOptions): Promise<void> {
  const client = await connect(config, options.as);
  const { identity, role } = await ask(
    client,
    'query Whom($person: String!, $what: String!) { identity(identifier: $person) { id } role(identifier: $what) { id } }',
    { person, what },
    z.object({ identity: z.object({ id: z.string() }).nullable(), role: z.object({ id: z.string() }).nullable() }),
  );
  if (identity === null) throw new Failure(exitCodes.usage, `There is no person «${person}».`);
  const about = role === null ? { resourceTypeId: await resourceType(client, what) } : { roleId: role.id };
  const { accessExplanation } = await ask(
    client,
    `query Why($identityId: ID!, $roleId: ID, $resourceTypeId: ID) {
      accessExplanation(identityId: $identityId, roleId: $roleId, resourceTypeId: $resourceTypeId) { ${fields} } }`,
    { identityId: identity.id, ...about },
    z.object({ accessExplanation: explanation }),
  );
  const json = `${JSON.stringify(accessExplanation, null, 2)}\n`;
  process.stdout.write(options.json === true ? json : whyText(accessExplanation));
}

async function resourceType(client: Client, identifier: string): Promise<string> {
  const type = z.object({ id: z.string(), identifier: z.string() });
  const { connectors } = await ask(
    client,
    '{ connectors { resourceTypes { id identifier } } }',
    {},
    z.object({ connectors: z.array(z.object({ resourceTypes: z.array(type) })) }),
  );
  const found = connectors.flatMap(({ resourceTypes }) => resourceTypes).find((one) => one.identifier === identifier);
  if (found === undefined) throw new Failure(exitCodes.usage, `There is no role and no resource type «${identifier}».`);
  return found.id;
}

export function whyText({ summary, computedAt, isStale, paths, nearMisses }: Explanation): string {
  const stale = isStale ? ' (something it was computed from has changed since)' : '';
  return [
    oneLine(summary),
    ...paths.flatMap((path, index) => [
      '',
      `  Reason ${index + 1}${periodText(path)}`,
      ...path.steps.flatMap(stepLines),
    ]),
    ...(nearMisses.length === 0 ? [] : ['', '  Rules that would give it']),
    ...nearMisses.flatMap(({ rule, failed }) => [`    ${rule.summary}`, ...failed.map(conditionLine)]),
    '',
    `  Computed ${computedAt}${stale}`,
    '',
  ].join('\n');
}

function periodText({ validFrom, validUntil }: Explanation['paths'][number]): string {
  const from = validFrom === null ? '' : ` from ${validFrom}`;
  return `${from}${validUntil === null ? '' : ` until ${validUntil}`}`;
}

function stepLines(step: Explanation['paths'][number]['steps'][number]): readonly string[] {
  const who = step.decidedBy?.displayName;
  const by = `${who === undefined ? '' : ` by ${who}`}${step.decidedAt === null ? '' : ` on ${step.decidedAt.slice(0, 10)}`}`;
  const said = step.comment === null ? '' : `: «${oneLine(step.comment)}»`;
  return [
    `    ${step.kind.toLowerCase().replace('_', ' ').padEnd(15)} ${oneLine(step.label)}${by}${said}`,
    ...step.conditions.map(conditionLine),
  ];
}

/** What people wrote may have lines of its own, which would read as ours. */
const oneLine = (text: string): string => text.trim().replaceAll(/\s*[\r\n]+\s*/g, ' / ');

const conditionLine = ({ expression, actualValue, isSatisfied }: z.infer<typeof condition>): string =>
  `      ${isSatisfied ? 'yes' : 'NO '}  ${expression}   is ${JSON.stringify(actualValue)}`;
