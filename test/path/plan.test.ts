// Plan, apply and why, as a person uses them: the command against a running company, and the API where it says more.
import { spawn } from 'node:child_process';
import { cp, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { openDatabase } from '../../src/store/data-source.js';
import type { Database } from '../../src/store/database.js';
import { waitFor } from '../support/wait-for.js';
import { type Company, endOf, startCompany } from './company.js';
import { lineOf } from './changed-configuration.js';

const source = fileURLToPath(new URL('../../examples/acme/configuration', import.meta.url));
const program = fileURLToPath(new URL('../../dist/main.js', import.meta.url));

let company: Company;
let database: Database;
let folder: string;

beforeAll(async () => {
  company = await startCompany('PostgreSQL');
  database = await openDatabase({ url: company.databaseUrl, poolSize: 2 }, Math.random);
  folder = await mkdtemp(join(tmpdir(), 'joinery-plan-'));
  await cp(source, folder, { recursive: true });
}, 180_000);
afterAll(async () => {
  await database?.close();
  await company?.stop();
  await rm(folder, { recursive: true, force: true });
}, 60_000);

interface Ended {
  readonly code: number | null;
  readonly out: string;
  readonly err: string;
}

async function joinery(person: string, ...words: readonly string[]): Promise<Ended> {
  const token = await company.signIn(person);
  const environment = { ...process.env, JOINERY_URL: company.url, JOINERY_TOKEN: token, JOINERY_HOME: company.home };
  const child = spawn(process.execPath, [program, ...words], { env: environment });
  let [out, err] = ['', ''];
  child.stdout.on('data', (part: Buffer) => (out += part.toString()));
  child.stderr.on('data', (part: Buffer) => (err += part.toString()));
  return new Promise((resolve) => child.on('close', (code) => resolve({ code, out, err })));
}

async function change(file: string, from: string, to: string): Promise<string> {
  const text = await readFile(join(source, file), 'utf8');
  if (!text.includes(from)) throw new Error(`not in ${file}: ${from}`);
  const changed = text.replace(from, to);
  await writeFile(join(folder, file), changed);
  return changed;
}

const version = async (): Promise<number> =>
  (await database.query<{ version: number }>('select max(version) as version from configuration_version')).rows[0]
    ?.version ?? 0;

const newRule = `  - identifier: finance-reads-customers
    role: crm-reader
    when: person.department == "FIN" && person.site == "PAR"
  - identifier: marketing-reads-customers`;

describe('joinery plan', () => {
  test('of the configuration in force has nothing to do', async () => {
    const { code, out, err } = await joinery('omar.benali', 'plan', '-f', folder, '--json');
    expect({ code, err }).toEqual({ code: 0, err: '' });
    const plan = JSON.parse(out) as { summary: { affectedIdentityCount: number }; changes: { totalCount: number } };
    expect(plan).toMatchObject({ summary: { affectedIdentityCount: 0 }, changes: { totalCount: 0 } });
  }, 60_000);

  test('says what is wrong with the files, each with its place, and plans nothing', async () => {
    const text = await change('roles.yaml', 'when: person.department == "PUR"', 'when: person.department == 5');
    const { code, err } = await joinery('omar.benali', 'plan', '-f', folder);
    expect(code).toBe(2);
    const line = lineOf(text, 'when: person.department == 5');
    expect(err).toContain(`roles.yaml:${line}:11: roleRules[`);
    expect(err).toContain('string == int');
  }, 60_000);

  test('shows the people, accounts and changes of a new rule, and puts nothing in force', async () => {
    await change('roles.yaml', '  - identifier: marketing-reads-customers', newRule);
    const before = await version();
    const { code, out } = await joinery('omar.benali', 'plan', '-f', folder);
    expect(code).toBe(0);
    expect(out).toMatch(/people {4}\d+ concerned/);
    expect(out).toContain('roleRules finance-reads-customers: added');
    expect(out).toMatch(/CRM account: [1-9]\d* created, 0 changed, 0 deleted/);
    expect(out).toMatch(/CREATE {4}CRM account of Camille Roy/);
    expect(await version()).toBe(before);
  }, 60_000);

  test('is refused for who may not plan', async () => {
    const { code, err } = await joinery('camille.roy', 'plan', '-f', folder);
    expect(code).toBe(5);
    expect(err).toContain('may not plan a configuration');
  }, 60_000);
});

describe('joinery apply', () => {
  test('applies nothing that nobody agreed to, and nothing else than was agreed to', async () => {
    const before = await version();
    const unasked = await joinery('ada.lindqvist', 'apply', '-f', folder);
    expect(unasked.code).toBe(5);
    expect(unasked.err).toContain('Agree with --yes');
    const another = await joinery('ada.lindqvist', 'apply', '-f', folder, '--digest', 'x');
    expect(another.code).toBe(5);
    expect(another.err).toContain('Nothing was applied');
    expect(another.err).toContain('something else was looked at');
    expect(await version()).toBe(before);
  }, 60_000);

  test('over a threshold is blocked before the configuration comes into force', async () => {
    const before = await version();
    await change('roles.yaml', 'when: person.kind == "employee"\n', 'when: person.kind == "nobody"\n');
    const planned = await joinery('omar.benali', 'plan', '-f', folder);
    expect(planned.code).toBe(4);
    expect(planned.out).toContain('over the limit role-model.loss.percent');
    const { code, out } = await joinery('ada.lindqvist', 'apply', '-f', folder, '--yes');
    expect({ code, isBlocked: out.includes('BLOCKED') }).toEqual({ code: 4, isBlocked: true });
    expect(await version()).toBe(before);
  }, 60_000);

  test('puts a planned configuration in force and carries it out to the targets', async () => {
    await change('roles.yaml', '  - identifier: marketing-reads-customers', newRule);
    const before = await version();
    const planned = JSON.parse((await joinery('omar.benali', 'plan', '-f', folder, '--json')).out) as {
      readonly inputsDigest: string;
      readonly summary: { readonly createCount: number };
    };
    const { code, out, err } = await joinery('ada.lindqvist', 'apply', '-f', folder, '--digest', planned.inputsDigest);
    expect({ code, err: code === 0 ? '' : err + out }).toEqual({ code: 0, err: '' });
    expect(out).toContain('COMPLETED');
    expect(await version()).toBe(before + 1);
    const { rows } = await database.query<{ count: number }>(
      `select count(*)::int as count from resource_assignment a join identity_state s on s.identity_id = a.identity_id
       where a.resource_type = 'crm-account' and a.provisioning_state in ('VERIFIED', 'EXECUTED') and 'rule:finance-reads-customers' = any(s.reasons)`,
    );
    expect(rows[0]?.count).toBe(planned.summary.createCount);
    const settings = await database.query<{ text: string }>(
      'select document::text as text from configuration_version order by version desc limit 1',
    );
    expect(settings.rows[0]?.text).toMatch(/"\$(?:file|env)"/);
  }, 120_000);
});

describe('joinery why', () => {
  test('prints the rule that gives a role, each condition with its value', async () => {
    const { code, out } = await joinery('omar.benali', 'why', 'camille.roy', 'crm-reader');
    expect(code).toBe(0);
    expect(out).toContain('Camille Roy has Read customers');
    expect(out).toContain('yes  person.department == "FIN"   is "FIN"');
    expect(out).toContain('yes  person.site == "PAR"   is "PAR"');
  }, 60_000);

  test('prints what would have to be otherwise, for a role and for an account', async () => {
    const role = await joinery('omar.benali', 'why', 'camille.roy', 'crm-campaigns');
    expect(role.out).toContain('Camille Roy does not have Run campaigns');
    expect(role.out).toContain('NO   person.department == "MKT"   is "FIN"');
    expect(role.out).not.toContain('NO   person.kind');
    const account = await joinery('omar.benali', 'why', 'vera.lang', 'crm-account');
    expect(account.out).toContain('"crm-reader" in roles');
    expect((await joinery('omar.benali', 'why', 'nobody.here', 'crm-account')).code).toBe(2);
  }, 60_000);
});

describe('a plan over the API', () => {
  const planOf = async (ids: readonly string[]) =>
    (
      await company.ask<{ provisioningPlanCompute: { plan: Planned; userErrors: readonly unknown[] } }>(
        'omar.benali',
        `mutation($i: ProvisioningPlanComputeInput!) { provisioningPlanCompute(input: $i) { userErrors { code message }
          plan { id state inputsDigest summary { updateCount affectedIdentityCount } changes(first: 10) { nodes {
            kind requiresReview preview explanation { summary paths { steps { kind conditions { expression actualValue isSatisfied } } } } } } } } }`,
        { i: { identityIds: ids } },
      )
    ).provisioningPlanCompute.plan;
  const applyOf = async ({ id, inputsDigest }: Planned) =>
    (
      await company.ask<{ provisioningPlanApply: Applied }>(
        'omar.benali',
        'mutation($id: ID!, $d: String!) { provisioningPlanApply(id: $id, inputsDigest: $d) { jobExecution { id } userErrors { code message subject { id } } } }',
        { id, d: inputsDigest },
      )
    ).provisioningPlanApply;
  const idOf = async (person: string) =>
    (
      await company.ask<{ identity: { id: string } }>(
        'omar.benali',
        'query($p: String!) { identity(identifier: $p) { id } }',
        {
          p: person,
        },
      )
    ).identity.id;

  interface Planned {
    readonly id: string;
    readonly state: string;
    readonly inputsDigest: string;
    readonly summary: { readonly updateCount: number; readonly affectedIdentityCount: number };
    readonly changes: { readonly nodes: readonly { readonly kind: string; readonly preview: unknown }[] };
  }
  interface Applied {
    readonly jobExecution: { readonly id: string } | null;
    readonly userErrors: readonly { readonly code: string; readonly message: string }[];
  }

  /** As if the source had said so, without a synchronisation. */
  const rename = (person: string, email: string) =>
    database.query(
      `update resource set attributes = attributes || jsonb_build_object('email', $2::text), hash = md5($2) where key = $1 and entity_type = 'person'`,
      [person, email],
    );

  test('is applied exactly as seen, and only once', async () => {
    await rename('camille.roy', 'camille.new@acme.example');
    const plan = await planOf([await idOf('camille.roy')]);
    expect(plan).toMatchObject({ state: 'READY', summary: { affectedIdentityCount: 1 } });
    expect(plan.changes.nodes[0]).toMatchObject({
      kind: 'UPDATE',
      requiresReview: false,
      preview: { set: { email: 'camille.new@acme.example' } },
    });
    const { jobExecution, userErrors } = await applyOf(plan);
    expect(userErrors).toEqual([]);
    expect((await endOf(company, jobExecution?.id ?? '')).state).toBe('COMPLETED');
    expect(await company.readExpense()).toContain('camille.new@acme.example');
    expect((await applyOf(plan)).userErrors).toMatchObject([{ code: 'STATE_CONFLICT' }]);
  }, 60_000);

  test('that moved is refused with who moved', async () => {
    await rename('camille.roy', 'camille.one@acme.example');
    const plan = await planOf([await idOf('camille.roy')]);
    await rename('camille.roy', 'camille.two@acme.example');
    const { jobExecution, userErrors } = await applyOf(plan);
    expect(jobExecution).toBeNull();
    expect(userErrors.map(({ code }) => code)).toEqual(['PLAN_DRIFTED', 'PLAN_DRIFTED']);
    expect(userErrors[1]?.message).toContain('Camille Roy');
  }, 60_000);

  test('and a rule can be tried on a person before it is written', async () => {
    const ask = async (expression: string) =>
      (
        await company.ask<{ ruleTest: unknown }>(
          'ada.lindqvist',
          'mutation($i: RuleTestInput!) { ruleTest(input: $i) { value conditions { expression actualValue isSatisfied } userErrors { code message } } }',
          { i: { expression, identityId: await idOf('camille.roy') } },
        )
      ).ruleTest;
    expect(await ask('person.department == "FIN" && person.site == "LYO"')).toEqual({
      value: false,
      conditions: [
        { expression: 'person.department == "FIN"', actualValue: 'FIN', isSatisfied: true },
        { expression: 'person.site == "LYO"', actualValue: 'PAR', isSatisfied: false },
      ],
      userErrors: [],
    });
    expect(await ask('person.firstName + "!"')).toMatchObject({ value: 'Camille!', conditions: [], userErrors: [] });
    expect(await ask('person.nothing == 1')).toMatchObject({ userErrors: [{ code: 'EXPRESSION_INVALID' }] });
  }, 60_000);
});

test('a configuration over a threshold comes into force once a second person has released it', async () => {
  const before = await version();
  await change('roles.yaml', 'when: person.kind == "employee"\n', 'when: person.kind == "nobody"\n');
  const { code, out } = await joinery('ada.lindqvist', 'apply', '-f', folder, '--yes', '--json');
  expect(code).toBe(4);
  const { jobExecution } = JSON.parse(out) as { jobExecution: { id: string } };
  expect(await version()).toBe(before);
  const seen = await company.ask<{
    jobExecution: { releaseDigest: string; plan: { summary: { deleteCount: number } } };
  }>(
    'omar.benali',
    'query($id: ID!) { jobExecution(id: $id) { releaseDigest plan { summary { deleteCount } } } }',
    jobExecution,
  );
  expect(seen.jobExecution.plan.summary.deleteCount).toBeGreaterThan(100);
  const release = async (person: string) =>
    (
      await company.ask<{ jobExecutionResume: { userErrors: readonly { code: string }[] } }>(
        person,
        `mutation($id: ID!, $d: String!) { jobExecutionResume(id: $id, planDigest: $d, comment: "Everybody moves to another system") {
          jobExecution { state } userErrors { code message } } }`,
        { id: jobExecution.id, d: seen.jobExecution.releaseDigest },
      )
    ).jobExecutionResume.userErrors;
  expect(await release('ada.lindqvist')).not.toEqual([]);
  expect(await release('omar.benali')).toEqual([]);
  await waitFor(async () => ((await version()) === before + 1 ? true : null), {
    what: 'the released configuration is in force',
    deadlineMs: 60_000,
  });
  // The deletions are held against the threshold of orders, as ever.
  expect((await endOf(company, jobExecution.id)).state).toBe('BLOCKED');
}, 120_000);
