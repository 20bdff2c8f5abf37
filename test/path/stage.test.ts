// The table of the path must name files and states that exist.
import { expect, test } from '@jest/globals';
import { existsSync } from 'node:fs';
import { factKinds } from '../../src/domain/event.js';
import { path } from '../../src/domain/path.js';

const names: readonly string[] = path.map((stage) => stage.name);

test.each(path.map((stage) => [stage.name, stage] as const))(
  'the stage «%s» names files that exist',
  (_name, stage) => {
    const missing = [...stage.rules, ...stage.steps].filter((file) => !existsSync(`src/${file}.ts`));
    expect(missing).toEqual([]);
  },
);

test('every stage but the last leads to the next stage in the table', () => {
  const followers = path.map((stage) => stage.next?.stage ?? null);
  expect(followers).toEqual([...names.slice(1), null]);
});

test('every order and request fact belongs to a stage', () => {
  const told: readonly string[] = path.flatMap((stage) => stage.facts);
  const ofThePath = factKinds.filter((kind) => kind.startsWith('Order') || kind.startsWith('Request'));
  expect(ofThePath.filter((kind) => !told.includes(kind) && kind !== 'RequestAdvanced')).toEqual([]);
});
