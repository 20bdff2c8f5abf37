// What the configuration asks of an expression: its subject, the result it must give, and who compiles it.
// Owns the words; the language itself is an adapter's business.
import type { EntityTypeDefinition, PropertyType } from '../configuration.js';
import type { CompiledExpression } from './model.js';

/** The one variable that holds a row: a person, or a resource of a managed system (correlation targets). */
export type ExpressionSubject = 'person' | 'resource';

/** Variables that only some rules have. What is left out may not be read. */
export interface ExpressionVariables {
  /** Dimension identifiers: `context.site` is a text, '' where the context has no such value. */
  readonly context?: readonly string[];
  /** Entity type of positions: `position.department`. */
  readonly position?: EntityTypeDefinition;
  /** Parameter identifiers of the rule's role: `parameters.site` is a text. */
  readonly parameters?: readonly string[];
  /** `attempt` is a whole number from 0: it is counted up until the value is free. */
  readonly attempt?: true;
  /** Neither `roles` nor `today`: for what must be known before either. */
  readonly isTimeless?: true;
}

export interface ExpressionRequest {
  readonly text: string;
  readonly subject: ExpressionSubject;
  /** What it may read besides its subject, `roles` and `today`; left out: nothing. */
  readonly variables?: ExpressionVariables;
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
