// What the configuration asks of an expression: its subject, the result it must give, and who compiles it.
// Owns the words; the language itself is an adapter's business.
import type { EntityTypeDefinition, PropertyType } from '../configuration.js';
import type { CompiledExpression } from './model.js';

/** The one variable that holds a row: a person, or a resource of a managed system (correlation targets). */
export type ExpressionSubject = 'person' | 'resource';

export interface ExpressionRequest {
  readonly text: string;
  readonly subject: ExpressionSubject;
  /** Whose properties the subject has. Multi-valued and secret properties cannot be read. */
  readonly entityType: EntityTypeDefinition;
  /** A date is a text of the form YYYY-MM-DD. */
  readonly expected: PropertyType;
}

export interface ExpressionProblem {
  /** Why it cannot be used, one sentence. */
  readonly message: string;
  readonly hint: string;
  /** Place in the text, from 0. */
  readonly offset: number;
}

export type ExpressionOutcome =
  | { readonly ok: true; readonly expression: CompiledExpression }
  | { readonly ok: false; readonly problem: ExpressionProblem };

export type ExpressionCompiler = (request: ExpressionRequest) => ExpressionOutcome;

/** Properties an expression may read: one value each, and no secret. */
export const readableProperties = (entityType: EntityTypeDefinition): EntityTypeDefinition['properties'] =>
  entityType.properties.filter((property) => !property.isMultivalued && !property.isSecret);
