// What filters keep, asked in memory.
import { describe, expect, it } from '@jest/globals';
import type { FilterTree, TextComparison } from '../../src/domain/filter.js';
import {
  dayMatches,
  fromNow,
  idMatches,
  instantMatches,
  isFlag,
  isOneOf,
  textMatches,
  treeMatches,
} from '../../src/domain/filter-match.js';

const now = new Date('2031-03-31T12:00:00Z');

describe('a comparison in memory', () => {
  it.each([
    ['a', null, true],
    ['a', {}, true],
    ['a', { eq: 'a' }, true],
    ['a', { eq: 'b' }, false],
    ['a', { in: [] }, false],
    [null, { in: ['a'] }, false],
    [null, { nin: ['a'] }, true],
    ['a', { nin: ['a'] }, false],
    [null, { isNull: true }, true],
    ['a', { isNull: true }, false],
  ])('of the id %p with %j is %p', (value, asked, expected) => {
    expect(idMatches(value, asked)).toBe(expected);
  });

  it.each([
    ['Camille', { contains: 'MILL' }, true],
    ['Camille', { startsWith: 'cam', neq: 'Camille' }, false],
    ['Camille', { contains: '%' }, false],
    [null, { contains: '' }, false],
    [null, { neq: 'x' }, true],
  ])('of the text %p with %j is %p', (value, asked, expected) => {
    expect(textMatches(value, asked)).toBe(expected);
  });

  it.each([
    ['2031-01-02', { gt: '2031-01-01', lte: '2031-01-02' }, true],
    ['2031-01-02', { lt: '2031-01-02' }, false],
    [null, { lt: '2031-01-02' }, false],
    [null, { isNull: true }, true],
  ])('of the day %p with %j is %p', (value, asked, expected) => {
    expect(dayMatches(value, asked)).toBe(expected);
  });

  it('of an instant takes lengths from now', () => {
    expect(instantMatches(new Date('2031-03-30T12:00:00Z'), { since: '-P1D' }, now)).toBe(true);
    expect(instantMatches(new Date('2031-03-30T11:59:59Z'), { since: '-P1D' }, now)).toBe(false);
    expect(instantMatches(null, { since: '-P1D' }, now)).toBe(false);
    expect(fromNow('-P1Y2M3DT4H5M6S', now).toISOString()).toBe('2030-01-28T07:54:54.000Z');
  });

  it('of lists and flags', () => {
    expect([isOneOf('A', null), isOneOf('A', []), isOneOf('A', ['A'])]).toEqual([true, false, true]);
    expect([isFlag(true, null), isFlag(true, false)]).toEqual([true, false]);
  });
});

describe('a tree', () => {
  interface Tree extends FilterTree<Tree> {
    readonly name?: TextComparison;
  }
  const keeps = (filter: Tree, name: string | null) =>
    treeMatches<Tree>(filter, (level) => textMatches(name, level.name));

  it.each<readonly [Tree, boolean]>([
    [{}, true],
    [{ name: { eq: 'a' }, and: [{ name: { startsWith: 'a' } }] }, true],
    [{ name: { eq: 'a' }, and: [{ name: { startsWith: 'b' } }] }, false],
    [{ or: [{ name: { eq: 'b' } }, { name: { eq: 'a' } }] }, true],
    [{ or: [] }, false],
    [{ not: { name: { eq: 'a' } } }, false],
    [{ not: { or: [{ name: { eq: 'b' } }] } }, true],
  ])('%j', (filter, expected) => {
    expect(keeps(filter, 'a')).toBe(expected);
  });

  it('does not lose what is unknown to a negation', () => {
    expect(keeps({ not: { name: { eq: 'a' } } }, null)).toBe(true);
  });
});
