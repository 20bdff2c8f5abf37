// The conformance suite: passing it is what makes a package a connector.
// Returns cases and runs none; the caller hands them to its own test runner.
import { capabilityCases } from './capability.js';
import { characterCases } from './character.js';
import { descriptionCases } from './description.js';
import { disablingCases } from './disabling.js';
import { failingCases } from './failing.js';
import { incrementalCases } from './incremental.js';
import { interruptionCases } from './interruption.js';
import { linkCases } from './link.js';
import { listingCases } from './listing.js';
import { namingCases } from './naming.js';
import { passwordCases } from './password.js';
import { readingCases } from './reading.js';
import { secrecyCases } from './secrecy.js';
import type { ConformanceCase, ConformanceTarget } from './target.js';
import { writingCases } from './writing.js';

/**
 * All cases for the target, in a fixed order. Run them one after the other: each empties the managed system first.
 * A case the target cannot show has `skipped` with the reason; name it in the report of your tests.
 */
export function conformanceCases(target: ConformanceTarget): readonly ConformanceCase[] {
  return [
    ...descriptionCases(target),
    ...capabilityCases(target),
    ...readingCases(target),
    ...writingCases(target),
    ...namingCases(target),
    ...disablingCases(target),
    ...passwordCases(target),
    ...linkCases(target),
    ...listingCases(target),
    ...incrementalCases(target),
    ...failingCases(target),
    ...interruptionCases(target),
    ...characterCases(target),
    ...secrecyCases(target),
  ];
}
