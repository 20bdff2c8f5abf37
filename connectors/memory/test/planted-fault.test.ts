// The conformance suite can fail: each planted fault of a package is found by the cases that are there for it, and no
// case is without a fault that it finds.
import { describe, expect, test } from '@jest/globals';
import { type ConformanceTarget, conformanceCases } from '@joinery/connector-kit';
import { type PlantedFault, sound, soundGiven } from './fault.js';
import { failureFaults, textFaults } from './fault-of-connection.js';
import { changeFaults, descriptionFaults, listingFaults, readFaults } from './fault-of-reading.js';
import { linkFaults, nameFaults, rowFaults, stateFaults } from './fault-of-writing.js';

const faults: readonly PlantedFault[] = [
  ...descriptionFaults,
  ...readFaults,
  ...rowFaults,
  ...nameFaults,
  ...stateFaults,
  ...linkFaults,
  ...listingFaults,
  ...changeFaults,
  ...failureFaults,
  ...textFaults,
];

const isRun = ({ skipped }: { readonly skipped?: string }): boolean => skipped === undefined;

function finders(target: ConformanceTarget, foundBy: RegExp) {
  return conformanceCases(target).filter((candidate) => isRun(candidate) && foundBy.test(candidate.name));
}

describe('a package is found out when', () => {
  test.each(faults)('%s', async (_fault, target, foundBy) => {
    const cases = finders(target, foundBy);
    const passed: string[] = [];
    for (const { name, run } of cases)
      await run().then(
        () => passed.push(name),
        () => undefined,
      );
    expect(passed).toEqual([]);
    expect(cases.length).toBeGreaterThan(0);
  });
});

describe('the suite', () => {
  test('has a planted fault for every case', () => {
    const found = new Set(
      faults.flatMap(([, target, foundBy]) => finders(target, foundBy).map((candidate) => candidate.name)),
    );
    const all = [sound, soundGiven].flatMap((target) => conformanceCases(target).map(({ name }) => name));
    expect([...new Set(all)].filter((name) => !found.has(name))).toEqual([]);
  });

  test('has at least 45 cases, and skips with a reason', () => {
    const cases = conformanceCases({ ...sound, outage: undefined, link: undefined, wrongCredentials: undefined });
    expect(cases.length).toBeGreaterThanOrEqual(45);
    expect(cases.filter((candidate) => !isRun(candidate)).map(({ skipped }) => skipped)).toContain(
      'the target has no link',
    );
  });
});
