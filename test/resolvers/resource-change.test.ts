// The history of an account: what our orders wrote and what readings found, newest first, asked of a running company.
import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { type Company, runToEnd, startCompany } from '../path/company.js';

let company: Company;
beforeAll(async () => {
  company = await startCompany('PostgreSQL');
  await runToEnd(company, 'complete');
}, 120_000);
afterAll(() => company.stop());

interface Change {
  readonly id: string;
  readonly kind: string;
  readonly origin: { readonly number: string } | null;
  readonly changes: readonly {
    readonly property: { readonly identifier: string };
    oldValue: unknown;
    newValue: unknown;
  }[];
}

async function historyOf(person: string): Promise<readonly Change[]> {
  const { identity } = await company.ask<{
    identity: {
      ownedResources: {
        nodes: readonly {
          externalId: string;
          entityType: { identifier: string };
          history: { nodes: readonly Change[] };
        }[];
      };
    };
  }>(
    'ada.lindqvist',
    `query($i: String!) { identity(identifier: $i) { ownedResources { nodes { externalId entityType { identifier }
       history(first: 10) { nodes { id kind origin { ... on JobExecution { number } } changes { property { identifier } oldValue newValue } } } } } } }`,
    { i: person },
  );
  return (
    identity.ownedResources.nodes.find(({ entityType }) => entityType.identifier === 'expenseLine')?.history.nodes ?? []
  );
}

test('a value changed in the source and one changed in the target are both told, with the execution behind them', async () => {
  const before = await historyOf('camille.roy');
  const expense = join(company.home, 'demo', 'expense', 'expense.csv');
  const text = await readFile(expense, 'utf8');
  const line = text.split('\n').find((each) => each.startsWith('camille.roy,')) ?? '';
  await writeFile(expense, text.replace(line, line.replace('Camille', 'Camilla')));
  await runToEnd(company, 'complete');
  const history = await historyOf('camille.roy');
  expect(history.length).toBeGreaterThan(before.length);
  const read = history.find(({ changes }) => changes.some(({ newValue }) => String(newValue).includes('Camilla')));
  expect(read?.kind).toBe('UPDATE');
  expect(read?.origin?.number).toMatch(/^EXE-\d+$/);
  expect(read?.changes.map(({ property }) => property.identifier)).toEqual(['fullName']);
  const again = await company.ask<{ node: { id: string } | null }>(
    'ada.lindqvist',
    'query($id: ID!) { node(id: $id) { id } }',
    { id: read?.id },
  );
  expect(again.node?.id).toBe(read?.id);
}, 60_000);
