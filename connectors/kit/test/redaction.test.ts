// What is left of a package's texts before anybody sees or stores them.
import { describe, expect, test } from '@jest/globals';
import { longestSecret, redactFailure, redactionOf, unfinishedRedactionOf } from '../src/redaction.js';

const schema = { type: 'object', properties: { password: { type: 'string', 'x-secret': true } } } as const;

test('characters that are no text are replaced, with and without secrets to hide', () => {
  const failure = { code: 'INVALID_VALUE', message: 'a\0b', targetMessage: 'half \ud83d of it, S3cret' } as const;
  expect(redactFailure(failure, redactionOf({ type: 'object', properties: {} }, {}))).toEqual({
    code: 'INVALID_VALUE',
    message: 'a\ufffdb',
    targetMessage: 'half \ufffd of it, S3cret',
  });
  expect(redactFailure(failure, redactionOf(schema, { password: 'S3cret' }))).toMatchObject({
    targetMessage: 'half \ufffd of it, ***',
  });
});

test('control: characters beyond the first plane stay', () => {
  expect(redactionOf({ type: 'object', properties: {} }, {})('😀')).toBe('😀');
});

describe('a secret is taken out', () => {
  const two = { type: 'object', properties: { a: { 'x-secret': true }, b: { 'x-secret': true } } };

  test.each([
    ['of a text with all its lines', 'got BEGIN-KEY-1\nMIIE-abcdef\nend', 'got ***\nend'],
    ['that a package prints line by line', 'MIIE-abcdef', '***'],
    ['in the words of JSON', String.raw`{"key":"BEGIN-KEY-1\nMIIE-abcdef"}`, '{"key":"***"}'],
    ['that begins like another one', 'tiger and tigerlily', '*** and ***'],
  ])('%s', (_how, text, expected) => {
    const redact = redactionOf(two, {
      a: text.includes('tiger') ? 'tiger' : 'BEGIN-KEY-1\nMIIE-abcdef',
      b: 'tigerlily',
    });
    expect(redact(text)).toBe(expected);
  });
});

test('the longest text that is replaced is known, in the form that is longest', () => {
  expect(longestSecret(schema, { password: 'S3cret' })).toBe(6);
  expect(longestSecret(schema, { password: 'a&b' })).toBe('a%26b'.length);
  expect(longestSecret(schema, {})).toBe(0);
});

test('a text that breaks off within a secret loses its beginning', () => {
  const redact = unfinishedRedactionOf(schema, { password: 'a&b&c' });
  expect(redact('says a&b&')).toBe('says ');
  expect(redact('says a%26')).toBe('says ');
  expect(redact('says a&b& no more')).toBe('says a&b& no more');
});
