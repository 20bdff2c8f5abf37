// Lists written to files: asked for over the API, written by a worker, fetched over HTTP by whoever asked.
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { type Company, runToEnd, startCompany } from '../path/company.js';
import { waitFor } from '../support/wait-for.js';

let company: Company;
beforeAll(async () => {
  company = await startCompany('PostgreSQL');
  await runToEnd(company, 'complete');
}, 120_000);
afterAll(() => company.stop());

interface Payload {
  readonly exportCreate: {
    readonly export: { readonly id: string; readonly state: string } | null;
    readonly userErrors: readonly { readonly code: string; readonly hint: string | null }[];
  };
}

const create = (person: string, input: object): Promise<Payload> =>
  company.ask<Payload>(
    person,
    'mutation($i: ExportCreateInput!) { exportCreate(input: $i) { export { id state } userErrors { code hint } } }',
    { i: input },
  );

interface Ready {
  readonly state: string;
  readonly url: string;
  readonly rowCount: number;
}

async function written(person: string, input: object): Promise<Ready> {
  const { exportCreate } = await create(person, input);
  const id = exportCreate.export?.id;
  if (id === undefined) throw new Error(JSON.stringify(exportCreate.userErrors));
  return waitFor(
    async () => {
      const { node } = await company.ask<{ node: Ready }>(
        person,
        'query($id: ID!) { node(id: $id) { ... on Export { state url rowCount } } }',
        { id },
      );
      return node.state === 'READY' ? node : null;
    },
    { what: 'the export is written', deadlineMs: 20_000 },
  );
}

const fetched = async (person: string, url: string): Promise<Response> =>
  fetch(`${company.url}${url}`, { headers: { authorization: `Bearer ${await company.signIn(person)}` } });

describe('an export', () => {
  test('holds every row of the list, as lines of JSON', async () => {
    const { totalCount } = (
      await company.ask<{ assignments: { totalCount: number } }>('ada.lindqvist', '{ assignments { totalCount } }')
    ).assignments;
    const { url, rowCount } = await written('ada.lindqvist', { subject: 'ASSIGNMENTS', format: 'JSONL' });
    expect(rowCount).toBe(totalCount);
    const lines = (await (await fetched('ada.lindqvist', url)).text()).trimEnd().split('\n');
    expect(lines).toHaveLength(totalCount);
    const first = JSON.parse(lines[0] ?? '') as Readonly<Record<string, unknown>>;
    expect(first).toMatchObject({ __typename: expect.stringMatching(/Assignment$/), identity: expect.any(String) });
    expect(new Set(lines).size).toBe(totalCount);
  }, 60_000);

  test('is a CSV with a header, narrowed by the filter of the list', async () => {
    const filter = { kind: ['CREATE'] };
    const { url, rowCount } = await written('ada.lindqvist', { subject: 'PROVISIONING_ORDERS', format: 'CSV', filter });
    const response = await fetched('ada.lindqvist', url);
    expect(response.headers.get('content-disposition')).toBe('attachment; filename="provisioning-orders.csv"');
    const [header = '', ...lines] = (await response.text()).trimEnd().split('\n');
    expect(header).toContain('number,kind,state,mode,resourceType,resourceKey');
    expect(lines).toHaveLength(rowCount);
    expect(lines.every((line) => line.includes(',CREATE,'))).toBe(true);
  }, 60_000);

  test.each(['JOB_EXECUTION', 'RECONCILIATION'])(
    'of %s is written, too',
    async (subject) => {
      const { url, rowCount } = await written('ada.lindqvist', { subject, format: 'JSONL' });
      const text = (await (await fetched('ada.lindqvist', url)).text()).trimEnd();
      expect(text === '' ? 0 : text.split('\n').length).toBe(rowCount);
    },
    60_000,
  );

  test('of what waits for reconciliation says which account, what is there and what should be', async () => {
    const { url } = await written('ada.lindqvist', { subject: 'RECONCILIATION', format: 'JSONL' });
    const text = (await (await fetched('ada.lindqvist', url)).text()).trimEnd();
    const rows = text.split('\n').map((line) => JSON.parse(line) as Readonly<Record<string, unknown>>);
    const ofAccounts = rows.filter(({ kind }) => kind !== 'ROLE');
    expect(ofAccounts.length).toBeGreaterThan(0);
    expect(ofAccounts.every(({ resourceKey }) => typeof resourceKey === 'string')).toBe(true);
    expect(rows.every((row) => 'currentValue' in row && 'expectedValue' in row)).toBe(true);
    expect(rows.filter(({ kind }) => kind === 'PROPERTY').every(({ currentValue }) => currentValue !== null)).toBe(
      true,
    );
  }, 60_000);

  test('is nobody else’s, and takes the right to read', async () => {
    const { url } = await written('vera.lang', { subject: 'AUDIT', format: 'JSONL' });
    expect((await fetched('ada.lindqvist', url)).status).toBe(404);
    expect((await fetched('vera.lang', url)).status).toBe(200);
    expect(
      (await create('camille.roy', { subject: 'ASSIGNMENTS', format: 'CSV' })).exportCreate.userErrors[0]?.code,
    ).toBe('FORBIDDEN');
    expect((await create('omar.benali', { subject: 'AUDIT', format: 'CSV' })).exportCreate.userErrors[0]?.code).toBe(
      'FORBIDDEN',
    );
  }, 60_000);

  test('says what is wrong with its filter and its format', async () => {
    await expect(
      create('ada.lindqvist', { subject: 'ASSIGNMENTS', format: 'CSV', filter: { colour: 1 } }),
    ).rejects.toThrow(/input\.filter.*colour/);
    const { exportCreate } = await create('ada.lindqvist', { subject: 'ASSIGNMENTS', format: 'PDF' });
    expect(exportCreate.userErrors[0]).toMatchObject({ code: 'INVALID', hint: expect.stringContaining('CSV') });
  });
});
