// Errors of a whole operation: what the caller sent cannot be understood, or may not be done at all.
// Problems inside a mutation are refusals (schema/user-error.ts); everything else is a fault and masked by the server.
import { GraphQLError } from 'graphql';
import type { Decision, Refusal } from '../domain/refusal.js';

/** `hint` says what to do next and ends up in `extensions.hint`. */
export const badUserInput = (message: string, hint?: string): GraphQLError =>
  new GraphQLError(message, { extensions: { code: 'BAD_USER_INPUT', ...(hint === undefined ? {} : { hint }) } });

/** For queries and subscriptions, which have no userErrors: the refusal becomes an error of the operation. */
export function orThrow<T>(decision: Decision<T>): T {
  if (decision.ok) return decision.value;
  throw errorOf(decision.refusals);
}

function errorOf(refusals: readonly Refusal[]): GraphQLError {
  const [first] = refusals;
  const code = first?.code === 'FORBIDDEN' ? 'FORBIDDEN' : 'BAD_USER_INPUT';
  return new GraphQLError(refusals.map((refusal) => refusal.message).join(' '), {
    extensions: {
      code,
      ...(first === undefined ? {} : { reason: first.code, field: first.field ?? null, hint: first.hint ?? null }),
    },
  });
}
