// A change of schema.graphql that would break clients is seen before it is committed: against the file of the last commit.
import { execFileSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { expect, it } from '@jest/globals';
import { buildSchema, findBreakingChanges } from 'graphql';

const breaks = (before: string, after: string): readonly string[] =>
  findBreakingChanges(buildSchema(before), buildSchema(after)).map(({ description }) => description);

/** Null where there is no history, e.g. in an unpacked archive. */
function committed(): string | null {
  try {
    return execFileSync('git', ['show', 'HEAD:./schema.graphql'], {
      encoding: 'utf8',
      stdio: ['ignore', 'pipe', 'ignore'],
    });
  } catch {
    return null;
  }
}

it('schema.graphql takes nothing away from clients of the last commit', () => {
  const now = readFileSync('schema.graphql', 'utf8');
  expect(breaks(committed() ?? now, now)).toEqual([]);
});

it('control: what is taken away is found', () => {
  expect(breaks('type Query { a: Int! b: Int }', 'type Query { a: Int }')).toHaveLength(2);
});
