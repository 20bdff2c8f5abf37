// When two values of a property count as the same: exactly, whatever their case, or whatever their accents and case.
// Owns the comparing; which property is compared how is said by its scalar rule.
import type { ScalarValue } from '@joinery/connector-kit';
import type { Comparison } from './configuration.js';
import { sameScalar } from './resource.js';

/** How a value is to be written and looked at; left out where it is the usual: compared exactly. */
export interface ValueTraits {
  readonly comparison?: Exclude<Comparison, 'EXACT'>;
  /** False: written, and never compared with what is there. */
  readonly isMapped?: false;
}

export const isMapped = (traits: ValueTraits): boolean => traits.isMapped !== false;

/** Whether what is there is what was wished. */
export function matches(wished: ScalarValue, found: ScalarValue, { comparison }: ValueTraits): boolean {
  if (sameScalar(wished, found)) return true;
  if (comparison === undefined || typeof wished !== 'string' || typeof found !== 'string') return false;
  switch (comparison) {
    case 'IGNORE_CASE':
      return withoutCase(wished) === withoutCase(found);
    case 'IGNORE_DIACRITICS':
      return withoutCase(withoutAccents(wished)) === withoutCase(withoutAccents(found));
    default:
      return comparison satisfies never;
  }
}

// Upper case first: «ß» and «SS» are the same word, and so are the two small sigmas.
const withoutCase = (text: string): string => text.normalize('NFC').toUpperCase().toLowerCase();

const withoutAccents = (text: string): string => text.normalize('NFD').replaceAll(/\p{Mark}/gu, '');

/** Only what is not the usual, so that documents of plain rules stay as they are. */
export const traitsOf = (rule: { readonly comparison: Comparison; readonly isMapped: boolean }): ValueTraits => ({
  ...(rule.comparison === 'EXACT' ? {} : { comparison: rule.comparison }),
  ...(rule.isMapped ? {} : { isMapped: false as const }),
});
