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
  readableProperties,
} from '../domain/role-model/expression.js';
import type { CompiledExpression, ExpressionInput } from '../domain/role-model/model.js';
import { isUnstorable } from '../domain/resource.js';
import { guardProblem, limits, propertiesRead } from './expression-guard.js';
import { patternCache } from './pattern.js';

const celTypes: Readonly<Record<PropertyType, string>> = {
  string: 'string',
  number: 'double',
  boolean: 'bool',
  date: 'string',
};
const absent: Readonly<Record<PropertyType, ScalarValue>> = { string: '', number: 0, boolean: false, date: '' };
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

/** One language per entity type and subject, shared by all its expressions, so that a row is converted once for all of them. */
interface Language {
  readonly environment: Environment;
  readonly context: (input: ExpressionInput) => Readonly<Record<string, unknown>>;
}

/** A compiler that keeps its languages: use one per configuration that is read or compiled. */
export function celCompiler(): ExpressionCompiler {
  const languages = new Map<EntityTypeDefinition, Partial<Record<ExpressionSubject, Language>>>();
  return (request) => {
    const known = languages.get(request.entityType) ?? {};
    const language = known[request.subject] ?? languageOf(request.subject, request.entityType);
    languages.set(request.entityType, { ...known, [request.subject]: language });
    return compile(request, language);
  };
}

function compile(request: ExpressionRequest, language: Language): ExpressionOutcome {
  const parsed = parse(request.text, language.environment);
  if ('message' in parsed) return { ok: false, problem: parsed };
  const guarded = guardProblem(parsed.ast);
  if (guarded !== null) return { ok: false, problem: guarded };
  const reads = propertiesRead(parsed.ast, request.subject);
  const checked = parsed.check();
  if (!checked.valid) return { ok: false, problem: problemOf(checked.error, request) };
  if (!accepted[request.expected].includes(checked.type ?? ''))
    return { ok: false, problem: wrongResult(request.expected, checked.type) };
  return { ok: true, expression: expressionOf(request.text, reads, parsed, language) };
}

function parse(text: string, environment: Environment): ParseResult | ExpressionProblem {
  try {
    return environment.parse(text);
  } catch (error) {
    return problemOf(error, null);
  }
}

function expressionOf(
  text: string,
  reads: readonly string[],
  run: ParseResult,
  language: Language,
): CompiledExpression {
  const { context } = language;
  return {
    text,
    reads,
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

function languageOf(subject: ExpressionSubject, entityType: EntityTypeDefinition): Language {
  const fields = readableProperties(entityType);
  const rowOf = rowConverter(fields);
  const environment = new Environment({ limits })
    .registerType('Row', {
      ctor: rowOf.ctor,
      fields: Object.fromEntries(fields.map((field) => [field.identifier, celTypes[field.type]])),
    })
    .registerVariable(subject, 'Row');
  if (subject === 'person') environment.registerVariable('roles', 'list<string>').registerVariable('today', 'string');
  const matchesPattern = patternCache();
  environment.registerFunction('re(string, string): bool', matchesPattern, { async: false });
  letIntegersMeetNumbers(environment);
  return { environment, context: contextOf(subject, rowOf.convert) };
}

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

/** Turns the attributes of a row into a frozen object of exactly the declared properties, without any inherited one. */
function rowConverter(fields: EntityTypeDefinition['properties']) {
  // cel-js knows a type by its constructor; nothing else may be reachable from a row.
  const ctor = function Row() {};
  const prototype = Object.create(null, { constructor: { value: ctor } }) as object;
  const converted = new WeakMap<Attributes, object>();
  const convert = (attributes: Attributes): object => {
    const known = converted.get(attributes);
    if (known !== undefined) return known;
    const row = Object.create(prototype) as Record<string, ScalarValue>;
    for (const field of fields) row[field.identifier] = valueOf(attributes[field.identifier], field.type);
    converted.set(attributes, Object.freeze(row));
    return row;
  };
  return { ctor, convert };
}

// What a target stores may not fit the declared type (a text in a number column): the expression then fails for this row only.
const valueOf = (value: ScalarValue | undefined, type: PropertyType): ScalarValue => value ?? absent[type];

function contextOf(subject: ExpressionSubject, convert: (attributes: Attributes) => object): Language['context'] {
  let last: ExpressionInput | undefined;
  let context: Readonly<Record<string, unknown>> = {};
  return (input) => {
    if (input === last) return context;
    last = input;
    context = { [subject]: convert(input[subject] ?? nothing), roles: input.roles, today: input.today };
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
  return {
    message: `The expression reads «${missing}», which ${request.entityType.identifier} does not have (or which is secret or multi-valued).`,
    hint: `Read one of: ${readableProperties(request.entityType)
      .map((property) => property.identifier)
      .join(', ')}.`,
    offset,
  };
}

function hintOf(request: ExpressionRequest | null): string {
  if (request === null) return 'Correct the expression; docs/configuration.md has the language.';
  const variables = request.subject === 'person' ? 'person, roles and today' : 'resource';
  return `Correct the expression; it may read ${variables}.`;
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
