// The configuration made ready to compute with: rules grouped by what they give, expressions compiled.
import type { ScalarValue } from '@joinery/connector-kit';
import type {
  Attributes,
  ClassificationRule,
  Configuration,
  ContextRule,
  CorrelationRule,
  EntityTypeDefinition,
  NavigationRule,
  QueryRule,
  ResourceTypeDefinition,
  RoleDefinition,
  RoleRule,
  ScalarRule,
  TypeRule,
} from '../configuration.js';

/** What an expression sees. `person` (or `resource`, for correlation targets) holds the row's properties; absent values read as '', 0 or false. */
export interface ExpressionInput {
  readonly person?: Attributes;
  readonly resource?: Attributes;
  /** Role identifiers held. */
  readonly roles: readonly string[];
  /** ISO calendar day of the computation. */
  readonly today: string;
  /** Dimension → value, of the context in which a rule is tried. */
  readonly context?: Readonly<Record<string, string>>;
  /** Properties of the position that a context is made of. */
  readonly position?: Attributes;
  /** Parameter → value, of the role that a rule is tied to. */
  readonly parameters?: Readonly<Record<string, string>>;
  /** 0, 1, 2 …: how many values were tried and taken before this one. */
  readonly attempt?: number;
}

export const expressionVariables = [
  'person',
  'resource',
  'roles',
  'today',
  'context',
  'position',
  'parameters',
  'attempt',
] as const;
export type ExpressionVariable = (typeof expressionVariables)[number];

/** Throws an Error with a readable message when the expression fails on this input. */
export interface CompiledExpression {
  readonly text: string;
  /** Property names the expression reads from `person` or `resource`. */
  readonly reads: readonly string[];
  /** Which variables it reads at all. */
  readonly variables: ReadonlySet<ExpressionVariable>;
  /** The parts that must all hold, compiled when they are asked for: three of `a && b && c`. Left out: itself alone. */
  readonly conjuncts?: () => readonly CompiledExpression[];
  evaluate(input: ExpressionInput): ScalarValue;
}

/** A rule with its compiled parts; `when` null = always. */
export type Compiled<Rule> = Rule & { readonly condition: CompiledExpression | null };

/** With the expressions of the parameters it gives. */
export type CompiledRoleRule = Compiled<RoleRule> & {
  readonly parameterExpressions: ReadonlyMap<string, CompiledExpression>;
};

export interface CompiledResourceType {
  readonly definition: ResourceTypeDefinition;
  readonly targetEntityType: EntityTypeDefinition;
  readonly keyExpression: CompiledExpression;
  readonly typeRules: readonly Compiled<TypeRule>[];
  /** Property → its rules, lowest priority number first. */
  readonly scalarRules: ReadonlyMap<
    string,
    readonly (Compiled<ScalarRule> & { readonly valueExpression: CompiledExpression })[]
  >;
  readonly navigationRules: readonly Compiled<NavigationRule>[];
  readonly correlationRules: readonly (CorrelationRule & {
    readonly sourceExpression: CompiledExpression;
    readonly targetExpression: CompiledExpression;
  })[];
  /** Surest first. */
  readonly queryRules: readonly (Compiled<QueryRule> & {
    readonly sourceExpression: CompiledExpression;
    readonly targetExpression: CompiledExpression;
  })[];
  /** Surest first. With any, only resources that are classified as this type can be its accounts. */
  readonly classificationRules: readonly (ClassificationRule & { readonly whenExpression: CompiledExpression })[];
}

export interface CompiledContextRule {
  readonly definition: ContextRule;
  /** Of `definition.positions`; null where the person is its own only position. */
  readonly positionType: EntityTypeDefinition | null;
  readonly exclude: CompiledExpression | null;
  readonly dimensions: ReadonlyMap<string, CompiledExpression>;
}

export interface CompiledModel {
  readonly version: number;
  /** The same with the policies that are only simulated: what plans are computed with. Null: none is. */
  readonly simulation: CompiledModel | null;
  readonly configuration: Configuration;
  /** How contexts are made; null: everybody has one context without values. */
  readonly contextRule: CompiledContextRule | null;
  /** The entity type marked as identity. */
  readonly identityType: EntityTypeDefinition;
  readonly roles: ReadonlyMap<string, RoleDefinition>;
  /** Composite role → its single roles. */
  readonly singleRolesOf: ReadonlyMap<string, readonly string[]>;
  /** In order of evaluation: composite roles first, then priority, denials first at equal priority. */
  readonly roleRules: readonly CompiledRoleRule[];
  readonly resourceTypes: ReadonlyMap<string, CompiledResourceType>;
  /** Text of an expression that names an approver → compiled: over the beneficiary, an identity key. */
  readonly approverExpressions: ReadonlyMap<string, CompiledExpression>;
  /** Role → resource types that any of its rules touches; roles without effects are absent. */
  readonly effectsOf: ReadonlyMap<string, readonly string[]>;
  /** Everything that has a rule identifier, for explanations. */
  readonly ruleText: ReadonlyMap<
    string,
    {
      readonly kind: string;
      readonly summary: string;
      readonly expression: string | null;
      readonly reads: readonly string[];
    }
  >;
}
