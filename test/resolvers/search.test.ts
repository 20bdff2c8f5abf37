// The command palette over the running demo company: what it finds, for whom, and what no text can do to it.
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { type Company, runToEnd, startCompany } from '../path/company.js';
import { waitFor } from '../support/wait-for.js';

let company: Company;
beforeAll(async () => {
  company = await startCompany('PostgreSQL');
  await runToEnd(company, 'complete');
  await waitFor(async () => (await search('roy', 'camille.roy')).find(({ kind }) => kind === 'Resource') ?? null, {
    what: 'the account of Camille Roy is written',
    deadlineMs: 60_000,
  });
}, 180_000);
afterAll(() => company.stop());

interface Hit {
  readonly kind: string;
  readonly title: string;
  readonly subtitle: string | null;
  readonly score: number;
  readonly node: { readonly id: string; readonly __typename: string };
}

const operator = 'omar.benali';

async function search(text: string, person = operator, first = 20): Promise<readonly Hit[]> {
  const { search: hits } = await company.ask<{ search: readonly Hit[] }>(
    person,
    'query($text: String!, $first: Int) { search(text: $text, first: $first) { kind title subtitle score node { __typename id } } }',
    { text, first },
  );
  return hits;
}

const told = (hits: readonly Hit[]) => hits.map(({ kind, title, score }) => [kind, title, score]);

describe('search', () => {
  test('finds people by identifier, beginning and part, the best first', async () => {
    expect(told(await search('camille.roy'))[0]).toEqual(['Identity', 'Camille Roy', 1]);
    expect(told(await search('  camille  roy '))).toContainEqual(['Identity', 'Camille Roy', 0.9]);
    expect(told(await search('CAMI'))).toContainEqual(['Identity', 'Camille Roy', 0.8]);
    expect(told(await search('ille ro'))).toContainEqual(['Identity', 'Camille Roy', 0.5]);
    const scores = (await search('ro', operator, 50)).map(({ score }) => score);
    expect(scores).toEqual([...scores].sort((one, other) => other - one));
  });

  test('finds roles and connectors', async () => {
    expect(told(await search('expense-card'))).toContainEqual(['Role', 'Company card', 1]);
    const { connectors } = await company.ask<{ connectors: readonly { identifier: string; displayName: string }[] }>(
      operator,
      '{ connectors { identifier displayName } }',
    );
    const [connector] = connectors;
    expect(told(await search(connector?.identifier ?? ''))).toContainEqual(['Connector', connector?.displayName, 1]);
    expect((await search(connector?.identifier ?? '', 'camille.roy')).map(({ kind }) => kind)).not.toContain(
      'Connector',
    );
  });

  test('finds orders and executions by number, for those who may see them', async () => {
    const { provisioningOrders } = await company.ask<{
      provisioningOrders: { nodes: readonly { id: string; number: string; owner: { displayName: string } }[] };
    }>(operator, '{ provisioningOrders(first: 1) { nodes { id number owner { displayName } } } }');
    const [order] = provisioningOrders.nodes;
    const [hit] = await search(order?.number.toLowerCase() ?? '');
    expect(hit).toMatchObject({ kind: 'ProvisioningOrder', title: order?.number, score: 1, node: { id: order?.id } });
    expect(hit?.subtitle).toContain(order?.owner.displayName);
    expect(told(await search('EXE-1'))).toContainEqual(['JobExecution', 'EXE-1', 1]);
    expect(await search('EXE-1', 'camille.roy')).toEqual([]);
    const bare = order?.number.slice(4).padStart(2, '0') ?? '';
    expect((await search(bare)).map(({ title }) => title)).toContain(order?.number);
  });

  test('finds resources, of others only for those who may see them', async () => {
    const own = (hits: readonly Hit[]) => hits.filter(({ kind }) => kind === 'Resource');
    const all = own(await search('roy', operator, 50));
    expect(all.map(({ node }) => node.__typename)).toContain('Resource');
    const mine = own(await search('roy', 'camille.roy', 50));
    expect(mine.length).toBeGreaterThan(0);
    expect(all.map(({ node }) => node.id)).toEqual(expect.arrayContaining(mine.map(({ node }) => node.id)));
    expect(own(await search('benali', operator, 50)).length).toBeGreaterThan(0);
    expect(own(await search('benali', 'camille.roy', 50))).toEqual([]);
  });

  test('takes every character of the text for itself', async () => {
    for (const text of ['%%', '__', '\\\\', '%_', `'; drop table resource; --`, '$1', '_amille'])
      expect(await search(text)).toEqual([]);
    expect((await search('camille')).length).toBeGreaterThan(0);
  });

  test('finds nothing by less than two characters, and answers as many hits as were asked for', async () => {
    expect(await search(' a ')).toEqual([]);
    expect(await search('')).toEqual([]);
    expect(await search('ro', operator, 3)).toHaveLength(3);
    await expect(search('ro', operator, 51)).rejects.toThrow('1 to 50');
  });
});
