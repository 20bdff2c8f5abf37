// How the API says no, as one thing: user errors of a mutation, or a code at the top level.
import type { ApiError } from './api.js';

export interface Refusal {
  readonly codes: readonly string[];
  readonly message: string;
}

export interface UserErrors {
  readonly userErrors: readonly { readonly code: string; readonly message: string }[];
}

/** Null when the answer holds none. */
export function refusalsIn(answer: Partial<UserErrors> | null): Refusal | null {
  const errors = answer?.userErrors ?? [];
  if (errors.length === 0) return null;
  return {
    codes: errors.map(({ code }) => code),
    message: errors.map(({ code, message }) => `${code}: ${message}`).join('\n'),
  };
}

/** Null for a fault: that is not an answer to what was asked. */
export function refusalOf({ codes, message }: ApiError): Refusal | null {
  return codes.length === 0 || codes.includes('INTERNAL') || codes.includes('GRAPHQL_VALIDATION_FAILED')
    ? null
    : { codes, message };
}
