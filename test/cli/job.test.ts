// The exit code of a finished execution: scripts tell by it whether everything was written.
import { describe, expect, test } from '@jest/globals';
import { exitCodeOf } from '../../src/cli/job.js';

const ended = (state: string, errorCount = 0, errored = 0, kind = 'FULFILL') =>
  exitCodeOf({ state, errorCount, tasks: [{ kind, counters: { errored } }] });

describe('the exit code', () => {
  test('is 3 when the run warns because something could not be written', () => {
    expect(ended('WARNING', 1)).toBe(3);
    expect(ended('WARNING', 0, 2)).toBe(3);
  });

  test('is 0 for every other warning', () => {
    expect(ended('WARNING')).toBe(0);
    expect(ended('WARNING', 0, 2, 'COMPUTE_ROLE_MODEL')).toBe(0);
  });

  test('says blocked, aborted and errored as ever', () => {
    expect([ended('COMPLETED'), ended('ERRORED'), ended('BLOCKED', 1), ended('ABORTED')]).toEqual([0, 3, 4, 1]);
  });
});
