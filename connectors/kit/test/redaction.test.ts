// What is left of a package's texts before anybody sees or stores them.
import { expect, test } from '@jest/globals';
import { redactFailure, redactionOf } from '../src/redaction.js';

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
