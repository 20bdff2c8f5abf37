// What a typed text may mean, and how well a thing fits it.
import { describe, expect, it } from '@jest/globals';
import { numberMeant, scoreOf, searchedText } from '../../src/domain/search.js';

describe('a searched text', () => {
  it.each([
    ['  Camille   Roy ', 'Camille Roy'],
    ['ab', 'ab'],
    [' a ', null],
    ['', null],
    ['\u{1F600}', null],
  ])('%j is taken as %j', (text, searched) => expect(searchedText(text)).toBe(searched));
});

describe('a thing', () => {
  const person = { identifier: 'camille.roy', name: 'Camille Roy', further: ['c.roy@acme.test'] };

  it.each([
    ['CAMILLE.ROY', 1],
    ['camille roy', 0.9],
    ['C.Roy@acme.test', 0.9],
    ['cam', 0.8],
    ['c.ro', 0.8],
    ['roy', 0.5],
    ['acme', 0.5],
    ['%', 0],
    ['omar', 0],
  ])('fits %j by %d', (text, score) => expect(scoreOf(text, person)).toBe(score));
});

describe('a number', () => {
  it.each([
    ['REQ-1042', 'REQ', '1042'],
    ['req-1042', 'REQ', '1042'],
    ['1042', 'ORD', '1042'],
    ['ORD-1042', 'REQ', null],
    ['1042x', 'EXE', null],
    ['9'.repeat(19), 'EXE', null],
  ] as const)('%s is of %s: %s', (text, kind, digits) => expect(numberMeant(text, kind)).toBe(digits));
});
