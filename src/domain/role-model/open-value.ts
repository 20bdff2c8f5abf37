// Values that an evaluation leaves open because they need more than the identity: rows that query rules find, and values that
// must be unique. Owns what is asked; putting the answers in is answer.ts', looking up and reserving the store's.
import type { ScalarValue } from '@joinery/connector-kit';
import type { ValueTraits } from '../comparison.js';
import type { Uniqueness } from '../configuration.js';

export interface OpenValues {
  /** By property, then the surest first. */
  readonly queries: readonly QueryTry[];
  readonly uniques: readonly UniqueWish[];
  /** Parameters of its roles that name rows. Absent: none. */
  readonly checks?: readonly ParameterCheck[];
}

/** A parameter whose value is the key of a row. */
export interface ParameterCheck {
  readonly role: string;
  readonly parameter: string;
  readonly dimension: string;
  readonly entityType: string;
  readonly value: string;
}

/** One query rule that applies. */
export interface QueryTry {
  readonly property: string;
  readonly isMultivalued: boolean;
  readonly rule: string;
  /** The role the rule is tied to: each role looks for its own link of a property with several. */
  readonly role: string | null;
  readonly confidencePercent: number;
  /** What the row must have. */
  readonly value: string;
}

/** A value to be reserved. */
export interface UniqueWish extends ValueTraits {
  readonly property: string;
  readonly rule: string;
  readonly uniqueness: Uniqueness;
  /** Throws what the expression throws. */
  readonly valueAt: (attempt: number) => ScalarValue;
}
