// Expressions of the settings: CEL through cel-js, checked when a connection is opened.
// Owns what may be written at all and which variables a place has; requests made of them are template.ts.
import { ConnectorError } from '@joinery/connector-kit';
import { type ASTNode, Environment, type ParseResult } from '@marcbachmann/cel-js';

/** What expressions may read; each place has some of them. */
export type Variable =
  | 'key'
  | 'name'
  | 'member'
  | 'members'
  | 'set'
  | 'changes'
  | 'present'
  | 'value'
  | 'item'
  | 'body'
  | 'status'
  | 'headers'
  | 'since';
export type Values = Readonly<Partial<Record<Variable, unknown>>>;

export interface Expression {
  /** Path of the setting, such as objectTypes[0].list.items. */
  readonly setting: string;
  readonly text: string;
  readonly run: ParseResult;
}

const allVariables: readonly Variable[] = [
  ...(['key', 'name', 'member', 'members', 'set', 'changes', 'present'] as const),
  ...(['value', 'item', 'body', 'status', 'headers', 'since'] as const),
];

const environment = languageOf();

// Limits that keep one expression from stopping a worker; the parser stops at the first one passed.
function languageOf(): Environment {
  const limits = { maxAstNodes: 500, maxDepth: 20, maxListElements: 200, maxMapEntries: 200, maxCallArguments: 32 };
  const language = new Environment({ limits, enableOptionalTypes: true, homogeneousAggregateLiterals: false });
  for (const name of allVariables) language.registerVariable(name, 'dyn');
  letIntegersMeetNumbers(language);
  return language;
}

// A number of JSON is a double, a literal such as 5 an int; CEL has no implicit conversion between the two.
function letIntegersMeetNumbers(language: Environment): void {
  const operations: Readonly<Record<string, (a: number, b: number) => number>> = {
    '+': (a, b) => a + b,
    '-': (a, b) => a - b,
    '*': (a, b) => a * b,
    '/': (a, b) => a / b,
  };
  for (const [sign, operation] of Object.entries(operations))
    for (const [left, right] of [
      ['double', 'int'],
      ['int', 'double'],
    ])
      language.registerOperator(`${left} ${sign} ${right}: double`, (a, b) => operation(Number(a), Number(b)));
}

const loops: readonly string[] = ['all', 'exists', 'exists_one', 'filter', 'map'];
const mostNestedLoops = 2;
/** A regular expression of JavaScript can hang for seconds; repeated doubling of a bound text fills the memory. */
const refusedCalls: readonly string[] = ['matches', 'bind'];

/** The expression, or an INVALID_VALUE that names the setting and the place in its text. */
export function compile(setting: string, text: string, allowed: readonly Variable[]): Expression {
  const run = parsed(setting, text);
  const problem = callProblem(run.ast, 0) ?? variableProblem(run.ast, allowed, new Set());
  if (problem !== null) throw malformed(setting, text, problem.reason, problem.offset);
  const checked = run.check();
  if (!checked.valid) throw malformed(setting, text, summaryOf(checked.error), offsetOf(checked.error));
  return { setting, text, run };
}

function parsed(setting: string, text: string): ParseResult {
  try {
    return environment.parse(text);
  } catch (error) {
    throw malformed(setting, text, summaryOf(error), offsetOf(error));
  }
}

interface Problem {
  readonly reason: string;
  readonly offset: number;
}

function callProblem(node: ASTNode, depth: number): Problem | null {
  const name = node.op === 'call' || node.op === 'rcall' ? node.args[0] : null;
  if (name !== null && refusedCalls.includes(name)) return { reason: `${name}(…) is not allowed`, offset: node.start };
  const isLoop = name !== null && node.op === 'rcall' && loops.includes(name);
  if (isLoop && depth >= mostNestedLoops)
    return { reason: `${name}(…) stands inside ${depth} other loops`, offset: node.start };
  for (const child of childrenOf(node)) {
    const problem = callProblem(child, isLoop ? depth + 1 : depth);
    if (problem !== null) return problem;
  }
  return null;
}

/** A variable that this place does not have; a loop's own variable is not one. */
function variableProblem(node: ASTNode, allowed: readonly Variable[], own: ReadonlySet<string>): Problem | null {
  if (node.op === 'id' && typeof node.args === 'string' && !own.has(node.args)) {
    if (allowed.some((name) => name === node.args)) return null;
    return {
      reason: `«${node.args}» is not known here; known: ${allowed.join(', ') || 'nothing'}`,
      offset: node.start,
    };
  }
  const inner = new Set([...own, ...loopVariables(node)]);
  for (const child of childrenOf(node)) {
    const problem = variableProblem(child, allowed, inner);
    if (problem !== null) return problem;
  }
  return null;
}

function loopVariables(node: ASTNode): readonly string[] {
  if (node.op !== 'rcall' || !loops.includes(node.args[0])) return [];
  const [variable] = node.args[2];
  return variable?.op === 'id' && typeof variable.args === 'string' ? [variable.args] : [];
}

const childrenOf = (node: ASTNode): readonly ASTNode[] => nodesIn(node.args);

function nodesIn(value: unknown): readonly ASTNode[] {
  if (Array.isArray(value)) return value.flatMap(nodesIn);
  return isNode(value) ? [value] : [];
}

const isNode = (value: unknown): value is ASTNode =>
  typeof value === 'object' && value !== null && 'op' in value && 'args' in value;

/** The result as JSON has it; throws INVALID_VALUE when the expression fails. */
export function evaluate(expression: Expression, values: Values): unknown {
  try {
    return plainOf(expression.run(values));
  } catch (error) {
    throw failed(expression, summaryOf(error));
  }
}

/** As `evaluate`, but null where something on the way is not there. */
export function evaluateIfThere(expression: Expression, values: Values): unknown {
  try {
    return plainOf(expression.run(values));
  } catch (error) {
    if (isAbsence(error)) return null;
    throw failed(expression, summaryOf(error));
  }
}

/**
 * As `evaluate`, but null when it fails, whatever the reason: for answers to what was done already, where a failure of ours
 * must not look like a refusal of the service. A condition that cannot be evaluated does not hold.
 */
export function evaluateOrNull(expression: Expression, values: Values): unknown {
  try {
    return plainOf(expression.run(values));
  } catch {
    return null;
  }
}

// A field that is missing, or one asked of null: what is not there has no value.
const isAbsence = (error: unknown): boolean =>
  typeof error === 'object' &&
  error !== null &&
  'code' in error &&
  (error.code === 'no_such_key' || error.code === 'index_out_of_bounds' || error.code === 'no_such_overload') &&
  /No such key|No such index|null/i.test(summaryOf(error));

function plainOf(value: unknown): unknown {
  if (typeof value === 'bigint') return Number.isSafeInteger(Number(value)) ? Number(value) : String(value);
  if (value === undefined) return null;
  if (value instanceof Date) return value.toISOString();
  if (Array.isArray(value)) return value.map(plainOf);
  if (value instanceof Map) return plainOf(Object.fromEntries(value));
  if (typeof value !== 'object' || value === null) return value;
  return Object.fromEntries(Object.entries(value).map(([field, inner]) => [field, plainOf(inner)]));
}

const failed = ({ setting, text }: Expression, reason: string): ConnectorError =>
  new ConnectorError({
    code: 'INVALID_VALUE',
    message: `The expression of the setting "${setting}" («${text}») failed: ${reason}.`,
    hint: 'Correct the expression; has(item.field) asks whether something is there.',
  });

const malformed = (setting: string, text: string, reason: string, offset: number): ConnectorError =>
  new ConnectorError({
    code: 'INVALID_VALUE',
    message: `The setting "${setting}" is no expression that can be used: ${reason}, at character ${offset + 1} of «${text}».`,
    hint: 'Correct the expression; the README of the package has the variables.',
  });

function summaryOf(error: unknown): string {
  if (typeof error !== 'object' || error === null) return 'it failed';
  if ('summary' in error && typeof error.summary === 'string') return error.summary;
  return 'message' in error && typeof error.message === 'string' ? error.message : 'it failed';
}

function offsetOf(error: unknown): number {
  const range = typeof error === 'object' && error !== null && 'range' in error ? error.range : undefined;
  return typeof range === 'object' && range !== null && 'start' in range && typeof range.start === 'number'
    ? range.start
    : 0;
}
