// Expressions: CEL through cel-js, type-checked against an entity type when the configuration is loaded.
// Owns typing, result and speed; what a rule author may write at all is expression-guard.ts.
import { Environment, type ParseResult } from '@marcbachmann/cel-js';
import type { ScalarValue } from '@joinery/connector-kit';
import type { Attributes, EntityTypeDefinition, PropertyType } from '../domain/configuration.js';
import {
  type ExpressionCompiler,
  type ExpressionOutcome,
  type ExpressionProblem,
  type ExpressionRequest,
  type ExpressionSubject,
  type ExpressionVariables,
  readableProperties,
} from '../domain/role-model/expression.js';
import { type CompiledExpression, type ExpressionInput, expressionVariables } from '../domain/role-model/model.js';
import { isUnstorable } from '../domain/resource.js';
import { conjunctTexts } from './expression-conjunct.js';
import { guardProblem, limits, propertiesRead, variablesRead } from './expression-guard.js';
import { type Field, type RowConverter, type RowConverters, rowConverters } from './expression-row.js';
import { patternCache } from './pattern.js';

const celTypes: Readonly<Record<PropertyType, string>> = {
  string: 'string',
  number: 'double',
  boolean: 'bool',
  date: 'string',
};
const accepted: Readonly<Record<PropertyType, readonly string[]>> = {
  string: ['string'],
  date: ['string'],
  boolean: ['bool'],
  number: ['double', 'int', 'uint'],
};
const resultWords: Readonly<Record<PropertyType, string>> = {
  string: 'a text',
  date: 'a date as text (YYYY-MM-DD)',
  boolean: 'true or false',
  number: 'a number',
};
const hints: Readonly<Record<PropertyType, string>> = {
  string: 'Turn the result into a text, e.g. with string(…).',
  date: 'Give a text such as "2026-03-01" or a date property.',
  boolean: 'Compare something, e.g. person.department == "sales".',
  number: 'Turn the result into a number, e.g. with double(…).',
};

/** One language per entity type, subject and set of variables, shared by all its expressions, so that a row is converted once for all of them. */
interface Language {
  readonly environment: Environment;
  readonly context: (input: ExpressionInput) => Readonly<Record<string, unknown>>;
}

/** A compiler that keeps its languages: use one per configuration that is read or compiled. */
export function celCompiler(): ExpressionCompiler {
  const rows = rowConverters();
  const languages = new Map<string, Language>();
  return (request) => {
    const name = languageName(request);
    const language = languages.get(name) ?? languageOf(request, rows);
    languages.set(name, language);
    return compile(request, language);
  };
}

const languageName = ({ subject, entityType, variables }: ExpressionRequest): string =>
  JSON.stringify([
    subject,
    entityType.identifier,
    variables?.context ?? null,
    variables?.position?.identifier ?? null,
    variables?.parameters ?? null,
    variables?.attempt === true,
    variables?.isTimeless === true,
  ]);

function compile(request: ExpressionRequest, language: Language): ExpressionOutcome {
  const parsed = parse(request.text, language.environment);
  if ('message' in parsed) return { ok: false, problem: parsed };
  const guarded = guardProblem(parsed.ast);
  if (guarded !== null) return { ok: false, problem: guarded };
  const reads = propertiesRead(parsed.ast, request.subject);
  const variables = new Set(expressionVariables.filter((name) => variablesRead(parsed.ast).includes(name)));
  const checked = parsed.check();
  if (!checked.valid) return { ok: false, problem: problemOf(checked.error, request) };
  if (!accepted[request.expected].includes(checked.type ?? ''))
    return { ok: false, problem: wrongResult(request.expected, checked.type) };
  const conjuncts = (): readonly CompiledExpression[] => conjunctsOf(request, parsed, language);
  return { ok: true, expression: expressionOf({ text: request.text, reads, variables, conjuncts }, parsed, language) };
}

function conjunctsOf(request: ExpressionRequest, parsed: ParseResult, language: Language) {
  const texts = conjunctTexts(parsed.ast);
  // One condition is shown as its author wrote it.
  return (texts.length === 1 ? [request.text] : texts).flatMap((text) => {
    const outcome = compile({ ...request, text }, language);
    return outcome.ok ? [outcome.expression] : [];
  });
}

function parse(text: string, environment: Environment): ParseResult | ExpressionProblem {
  try {
    return environment.parse(text);
  } catch (error) {
    return problemOf(error, null);
  }
}

function expressionOf(
  about: Omit<CompiledExpression, 'evaluate'>,
  run: ParseResult,
  { context }: Language,
): CompiledExpression {
  const { text } = about;
  return {
    ...about,
    evaluate: (input) => {
      try {
        return resultOf(run(context(input)));
      } catch (error) {
        throw new Error(`The expression «${text}» failed: ${summaryOf(error)}.`, { cause: error });
      }
    },
  };
}

/** An empty text is no value. */
function resultOf(value: unknown): ScalarValue {
  if (isUnstorable(value)) throw new Error('it gave a text with characters that are not text');
  if (typeof value === 'string') return value === '' ? null : value;
  if (typeof value === 'boolean') return value;
  if (typeof value === 'bigint') return Number(value);
  if (typeof value === 'number' && Number.isFinite(value)) return value;
  throw new Error(`it gave ${typeof value === 'number' ? String(value) : typeof value}, which is no value`);
}

function languageOf({ subject, entityType, variables = {} }: ExpressionRequest, rows: RowConverters): Language {
  const environment = new Environment({ limits });
  const converters = rowsOf(subject, entityType, variables).map(([name, fields]) => {
    const { typeName, ctor, convert } = rows(name, fields);
    environment.registerType(typeName, { ctor, fields: celFields(fields) });
    environment.registerVariable(name, typeName);
    return [name, convert] as const;
  });
  if (subject === 'person' && variables.isTimeless !== true)
    environment.registerVariable('roles', 'list<string>').registerVariable('today', 'string');
  if (variables.attempt === true) environment.registerVariable('attempt', 'int');
  const matchesPattern = patternCache();
  environment.registerFunction('re(string, string): bool', matchesPattern, { async: false });
  letIntegersMeetNumbers(environment);
  return { environment, context: contextOf(converters) };
}

/** The variables that are rows, with their fields. */
const rowsOf = (
  subject: ExpressionSubject,
  entityType: EntityTypeDefinition,
  { context, position, parameters }: ExpressionVariables,
): readonly (readonly [RowVariable, readonly Field[]])[] => [
  [subject, readableProperties(entityType)],
  ...(position === undefined ? [] : [['position', readableProperties(position)] as const]),
  ...(context === undefined ? [] : [['context', context.map(textField)] as const]),
  ...(parameters === undefined ? [] : [['parameters', parameters.map(textField)] as const]),
];
type RowVariable = ExpressionSubject | 'position' | 'context' | 'parameters';

const textField = (identifier: string): Field => ({ identifier, type: 'string' });
const celFields = (fields: readonly Field[]): Record<string, string> =>
  Object.fromEntries(fields.map((field) => [field.identifier, celTypes[field.type]]));

// A number property is a double, a literal such as 5 an int; CEL has no implicit conversion between the two.
function letIntegersMeetNumbers(environment: Environment): void {
  const operations: Readonly<Record<string, (a: number, b: number) => number>> = {
    '+': (a, b) => a + b,
    '-': (a, b) => a - b,
    '*': (a, b) => a * b,
    '/': (a, b) => a / b,
  };
  for (const [sign, operation] of Object.entries(operations)) {
    for (const [left, right] of [
      ['double', 'int'],
      ['int', 'double'],
    ]) {
      environment.registerOperator(`${left} ${sign} ${right}: double`, (a, b) => operation(Number(a), Number(b)));
    }
  }
  environment.registerOperator('double == int', (a, b) => Number(a) === Number(b));
  environment.registerOperator('double in list<int>', (value, list: readonly unknown[]) =>
    list.some((item) => Number(item) === value),
  );
}

function contextOf(converters: readonly (readonly [RowVariable, RowConverter['convert']])[]): Language['context'] {
  let last: ExpressionInput | undefined;
  let context: Readonly<Record<string, unknown>> = {};
  return (input) => {
    if (input === last) return context;
    last = input;
    const made: Record<string, unknown> = {
      roles: input.roles,
      today: input.today,
      attempt: BigInt(input.attempt ?? 0),
    };
    for (const [name, convert] of converters) made[name] = convert(input[name] ?? nothing);
    context = made;
    return context;
  };
}
const nothing: Attributes = {};

function problemOf(error: unknown, request: ExpressionRequest | null): ExpressionProblem {
  const summary = summaryOf(error);
  const offset = offsetOf(error);
  const missing = /^No such key: (.+)$/.exec(summary)?.[1];
  if (missing === undefined || request === null)
    return { message: `The expression cannot be understood: ${summary}.`, hint: hintOf(request), offset };
  const readable = rowsOf(request.subject, request.entityType, request.variables ?? {});
  return {
    message: `The expression reads «${missing}», which ${readable.map(([name]) => nameOf(name, request)).join(' and ')} ${readable.length === 1 ? 'does' : 'do'} not have (or which is secret or multi-valued).`,
    hint: `Read one of: ${readable.flatMap(([name, fields]) => fields.map(({ identifier }) => (readable.length === 1 ? identifier : `${name}.${identifier}`))).join(', ')}.`,
    offset,
  };
}

/** A row by its entity type, everything else by the variable. */
const nameOf = (variable: RowVariable, { subject, entityType, variables }: ExpressionRequest): string =>
  variable === subject
    ? entityType.identifier
    : variable === 'position'
      ? (variables?.position?.identifier ?? variable)
      : variable;

function hintOf(request: ExpressionRequest | null): string {
  if (request === null) return 'Correct the expression; docs/configuration.md has the language.';
  const { subject, entityType, variables = {} } = request;
  const names: readonly string[] = [
    ...rowsOf(subject, entityType, variables).map(([name]) => name),
    ...(subject === 'person' && variables.isTimeless !== true ? ['roles', 'today'] : []),
    ...(variables.attempt === true ? ['attempt'] : []),
  ];
  return `Correct the expression; it may read ${names.length === 1 ? names.join('') : `${names.slice(0, -1).join(', ')} and ${names.at(-1)}`}.`;
}

const wrongResult = (expected: PropertyType, actual: string | undefined): ExpressionProblem => ({
  message: `The expression gives ${actual ?? 'nothing'}; ${resultWords[expected]} is needed here.`,
  hint: hints[expected],
  offset: 0,
});

const summaryOf = (error: unknown): string => {
  if (typeof error === 'object' && error !== null && 'summary' in error && typeof error.summary === 'string')
    return error.summary;
  return error instanceof Error ? error.message : String(error);
};

const offsetOf = (error: unknown): number => {
  const range = typeof error === 'object' && error !== null && 'range' in error ? error.range : undefined;
  return typeof range === 'object' && range !== null && 'start' in range && typeof range.start === 'number'
    ? range.start
    : 0;
};
