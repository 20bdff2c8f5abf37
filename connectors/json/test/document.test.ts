// What a document says, that it keeps to the published form, and what the other program's answers mean.
import { readFileSync } from 'node:fs';
import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import { callContext, type ConnectorSettings } from '@joinery/connector-kit';
import json from '@joinery/connector-json';
import { Ajv2020 } from 'ajv/dist/2020.js';
import { waitFor } from '../../../test/support/wait-for.js';
import { apply, create, type Folder, makeFolder, openFolder, settingsOf, update } from './folder.js';

let folder: Folder;
beforeEach(() => {
  folder = makeFolder();
});
afterEach(() => folder.remove());

const schema = (name: string): object =>
  JSON.parse(readFileSync(new URL(`../schema/${name}.schema.json`, import.meta.url), 'utf8')) as object;
const ajv = new Ajv2020({ validateFormats: false, strict: true, allowUnionTypes: true });
const isDocument = ajv.compile(schema('document'));
const isAcknowledgement = ajv.compile(schema('acknowledgement'));

describe('a document', () => {
  test('says what to do, and only that, in the published form', async () => {
    const now = (): Date => new Date('2024-05-01T10:00:00.123Z');
    const session = openFolder(folder, {}, { now });
    await apply(session, create('u1', { login: 'u1', mail: 'a"\n😀', floor: 3 }), 'k1');
    await apply(
      session,
      update('u1', { set: { mail: null }, add: { groups: ['g1'] }, remove: { groups: ['g2'] } }),
      'k2',
    );
    await apply(session, { ...create('u1'), kind: 'delete' }, 'k3');
    const documents = folder.documents();
    for (const document of documents) expect([isDocument(document), isDocument.errors]).toEqual([true, null]);
    const form = {
      format: 'joinery-change-1',
      objectType: 'user',
      key: 'u1',
      omitted: [],
      at: '2024-05-01T10:00:00.123Z',
    };
    expect(documents).toEqual([
      { ...form, id: 'k1', operation: 'create', set: { mail: 'a"\n😀', floor: 3 }, add: {}, remove: {} },
      {
        ...form,
        id: 'k2',
        operation: 'update',
        set: { mail: null },
        add: { groups: ['g1'] },
        remove: { groups: ['g2'] },
      },
      { ...form, id: 'k3', operation: 'delete', set: {}, add: {}, remove: {} },
    ]);
  });

  test('names write-only attributes without their values', async () => {
    await apply(openFolder(folder), create('u1', { mail: 'a@b', password: 'canary-1' }), 'k1');
    expect(folder.documents()).toMatchObject([{ set: { mail: 'a@b' }, omitted: ['password'] }]);
    expect(readFileSync(`${folder.path}/${folder.names()[0]}`, 'utf8')).not.toContain('canary-1');
  });

  test('holds them when the settings say so', async () => {
    const session = openFolder(folder, { includeWriteOnly: true });
    await apply(session, update('u1', { set: { password: 'canary-1' } }), 'k1');
    expect(folder.documents()).toMatchObject([{ set: { password: 'canary-1' }, omitted: [] }]);
  });

  test('is not made when nothing would be left of the change', async () => {
    expect(await apply(openFolder(folder), update('u1', { set: { password: 'canary-1' } }), 'k1')).toMatchObject({
      kind: 'refused',
      failure: { code: 'CAPABILITY_MISSING', hint: expect.stringContaining('includeWriteOnly') },
    });
    expect(folder.names()).toEqual([]);
  });

  test.each([
    ['an unknown attribute', update('u1', { set: { salary: 1 } })],
    ['another type', update('u1', { set: { floor: 'three' } })],
    ['an unknown link', update('u1', { add: { roles: ['r'] } })],
    ['another key', update('u1', { set: { login: 'u2' } })],
    ['an empty key', update('', { set: { mail: 'x' } })],
    ['an unknown object type', { ...create('x'), objectType: 'printer' }],
  ])('is not made for %s', async (_name, delta) => {
    expect(await apply(openFolder(folder), delta, 'k1')).toMatchObject({
      kind: 'refused',
      failure: { code: 'INVALID_VALUE' },
    });
    expect(folder.names()).toEqual([]);
  });
});

describe('with a folder of acknowledgements, a change', () => {
  const settings = (): ConnectorSettings => ({ acknowledgements: folder.acknowledgements });

  async function answered(...answers: readonly (Readonly<Record<string, unknown>> | string)[]): Promise<unknown> {
    const outcome = apply(openFolder(folder, settings()), create('u1'), 'k1');
    const name = await waitFor(() => folder.names()[0], { what: 'the document' });
    for (const answer of answers) folder.acknowledge(name, answer);
    return outcome;
  }

  test('is what the other program says it was', async () => {
    const answer = { id: 'k1', outcome: 'applied', key: '4711' };
    expect(isAcknowledgement(answer)).toBe(true);
    expect(await answered(answer)).toEqual({ kind: 'applied', key: '4711' });
  });

  test('is refused with the reason it gives', async () => {
    const answer = { id: 'k1', outcome: 'refused', code: 'ALREADY_EXISTS', message: 'There is such a user.' };
    expect(isAcknowledgement(answer)).toBe(true);
    expect(await answered(answer)).toMatchObject({
      kind: 'refused',
      failure: { code: 'ALREADY_EXISTS', targetMessage: 'There is such a user.' },
    });
  });

  test('waits on while an answer is half there, of another document, or says nothing we know', async () => {
    const outcome = apply(openFolder(folder, settings()), create('u1'), 'k1', 1_500);
    const name = await waitFor(() => folder.names()[0], { what: 'the document' });
    for (const answer of [
      '{"id": "k1", "outco',
      '[]',
      { id: 'k2', outcome: 'applied' },
      { id: 'k1', outcome: 'maybe' },
    ])
      folder.acknowledge(name, answer);
    expect(await outcome).toMatchObject({ kind: 'unknown', failure: { code: 'OUTCOME_UNKNOWN' } });
  });

  test('is unknown when nobody answers by the deadline; sent again it takes the answer, and no second document', async () => {
    expect(await apply(openFolder(folder, settings()), create('u1'), 'k1', 300)).toMatchObject({ kind: 'unknown' });
    const [name] = folder.names();
    folder.take();
    folder.acknowledge(name ?? '', { id: 'k1', outcome: 'applied' });
    expect(await apply(openFolder(folder, settings()), create('u1'), 'k1')).toEqual({ kind: 'applied', key: 'u1' });
    expect(folder.names()).toEqual([]);
  });
});

describe('a folder of acknowledgements that is away', () => {
  test('leaves a change unknown, and says which folder', async () => {
    const session = openFolder(folder, { acknowledgements: `${folder.root}/nowhere` });
    expect(await apply(session, create('u1'), 'k1')).toMatchObject({
      kind: 'unknown',
      failure: { message: expect.stringContaining('nowhere'), targetCode: 'ENOENT' },
    });
    await expect(session.check(callContext(5_000))).rejects.toThrow(/nowhere/);
  });
});

describe('a connection', () => {
  test('that cannot read says so', async () => {
    const session = await json.open(settingsOf(folder));
    await expect(session.read('user', 'u1', callContext(5_000))).rejects.toMatchObject({
      failure: { code: 'CAPABILITY_MISSING' },
    });
    await expect(session.list('user', callContext(5_000))[Symbol.asyncIterator]().next()).rejects.toMatchObject({
      failure: { code: 'CAPABILITY_MISSING' },
    });
  });

  test.each([
    ['the same folder twice', { acknowledgements: 'same', folder: 'same' }, /different folders/],
    ['odd rights', { fileMode: '888' }, /"fileMode"/],
    ['no retention', { retentionDays: 0 }, /"retentionDays"/],
  ])('with %s is refused', async (_name, more, message) => {
    await expect(json.open({ ...settingsOf(folder), ...more })).rejects.toThrow(message);
  });
});
