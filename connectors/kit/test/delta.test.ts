// What a delta may say of an object type, and what it does to a row.
import { describe, expect, test } from '@jest/globals';
import {
  type Delta,
  deltaRefusal,
  effectOf,
  type ObjectTypeDescription,
  type StoredRow,
  withoutKey,
} from '@joinery/connector-kit';

const type: ObjectTypeDescription = {
  name: 'account',
  keyAttribute: 'id',
  attributes: [
    { name: 'id', type: 'string', isRequired: true },
    { name: 'name', type: 'string', isRequired: true },
    { name: 'seats', type: 'number' },
    { name: 'since', type: 'date' },
    { name: 'made', type: 'date', isReadOnly: true },
  ],
  links: [{ name: 'groups', targetObjectType: 'group' }],
};
const delta = (kind: Delta['kind'], more: Partial<Delta> = {}): Delta => ({
  kind,
  objectType: 'account',
  key: 'a',
  set: {},
  add: {},
  remove: {},
  ...more,
});

describe('a delta', () => {
  const refused: readonly (readonly [string, Delta, RegExp])[] = [
    ['without a key', delta('delete', { key: '' }), /key is empty/],
    ['with an unknown attribute', delta('update', { set: { nmae: 'x' } }), /no attribute "nmae"/],
    ['that changes the key', delta('update', { set: { id: 'b' } }), /"id" cannot be changed/],
    ['that writes what is read-only', delta('update', { set: { made: '2024-01-01' } }), /"made" cannot be written/],
    ['that empties what is required', delta('update', { set: { name: null } }), /"name" must have a value/],
    ['that creates without what is required', delta('create'), /"name" must have a value/],
    ['with a text for a number', delta('update', { set: { seats: '3' } }), /takes a number, not a string/],
    ['with a number that is none', delta('update', { set: { seats: Number.NaN } }), /takes a number/],
    ['with a date of another notation', delta('update', { set: { since: '31.12.2024' } }), /takes a date/],
    ['with an unknown link to add', delta('update', { add: { teams: ['t'] } }), /no link "teams"/],
    ['with an unknown link to remove', delta('update', { remove: { teams: ['t'] } }), /no link "teams"/],
  ];
  test.each(refused)('%s is refused', (_name, wrong, message) => {
    expect(deltaRefusal(wrong, type)).toMatchObject({ code: 'INVALID_VALUE', message: expect.stringMatching(message) });
  });

  test('that fits is not, its own key among the values included', () => {
    const fitting = delta('create', {
      set: { id: 'a', name: 'x', seats: 3, since: '2024-12-31' },
      add: { groups: ['g'] },
    });
    expect(deltaRefusal(fitting, type)).toBeNull();
    expect(withoutKey(fitting, type).set).toEqual({ name: 'x', seats: 3, since: '2024-12-31' });
    expect(deltaRefusal(delta('delete'), type)).toBeNull();
  });
});

describe('the effect of', () => {
  const row: StoredRow = { attributes: { name: 'x', seats: null }, links: { groups: new Set(['g', 'h']) } };
  const effects: readonly (readonly [string, StoredRow | null, Delta, string, unknown])[] = [
    [
      'a creation',
      null,
      delta('create', { set: { name: 'x' }, add: { groups: ['g'] } }),
      'applied',
      { attributes: { name: 'x' }, links: { groups: new Set(['g']) } },
    ],
    [
      'an equal creation',
      row,
      delta('create', { set: { name: 'x', seats: null, since: null }, add: { groups: ['g'] } }),
      'alreadySo',
      row,
    ],
    ['a different creation', row, delta('create', { set: { name: 'y' } }), 'refused', row],
    [
      'an update',
      row,
      delta('update', { set: { name: 'y' }, add: { groups: ['i'] }, remove: { groups: ['g', 'z'] } }),
      'applied',
      { attributes: { name: 'y', seats: null }, links: { groups: new Set(['h', 'i']) } },
    ],
    [
      'an update to the same',
      row,
      delta('update', { set: { name: 'x' }, add: { groups: ['h'] }, remove: { groups: ['z'] } }),
      'alreadySo',
      row,
    ],
    ['an update of nothing', null, delta('update', { set: { name: 'x' } }), 'refused', null],
    ['a deletion', row, delta('delete'), 'applied', null],
    ['a deletion of nothing', null, delta('delete'), 'alreadySo', null],
  ];
  test.each(effects)('%s', (_name, present, change, kind, expected) => {
    const effect = effectOf(present, change);
    expect(effect.outcome.kind).toBe(kind);
    expect(effect.row).toEqual(expected);
    expect(effect.row === present).toBe(kind === 'alreadySo' || kind === 'refused');
  });
});
