// Requests described in settings: a path with expressions in braces, a query and a body of expressions.
// Owns that values go into paths percent-encoded, into queries encoded and into bodies as JSON, never as text.
import { ConnectorError } from '@joinery/connector-kit';
import { type HttpRequest, pathSegment } from '@joinery/http-client';
import { compile, evaluate, type Expression, type Values, type Variable } from './expression.js';

/** A request as the settings say it. */
export interface ConfiguredRequest {
  readonly method?: HttpRequest['method'];
  readonly path: string;
  readonly query?: Readonly<Record<string, string>>;
  readonly body?: string;
  readonly headers?: Readonly<Record<string, string>>;
}

export interface Template {
  readonly method: HttpRequest['method'];
  /** Texts and expressions in turn. */
  readonly path: readonly (string | Expression)[];
  readonly query: readonly (readonly [string, Expression])[];
  readonly headers: Readonly<Record<string, string>>;
  readonly body: Expression | null;
}

export const requestProperties = {
  method: { enum: ['GET', 'POST', 'PUT', 'PATCH', 'DELETE'], description: 'Method of the request.' },
  path: {
    type: 'string',
    pattern: '^/',
    description: 'Path beneath baseUrl; expressions in braces, e.g. /users/{key}.',
  },
  query: {
    type: 'object',
    additionalProperties: { type: 'string' },
    description:
      'Parameters: name and expression; one that gives null is left out. A fixed text needs quotes: "\\"all\\"".',
  },
  headers: { type: 'object', additionalProperties: { type: 'string' }, description: 'Further headers, as they are.' },
  body: { type: 'string', minLength: 1, description: 'Expression that gives the JSON body.' },
} as const;

export function compileRequest(
  setting: string,
  configured: ConfiguredRequest,
  method: HttpRequest['method'],
  allowed: readonly Variable[],
): Template {
  return {
    method: configured.method ?? method,
    path: pathOf(`${setting}.path`, configured.path, allowed),
    query: Object.entries(configured.query ?? {}).map(
      ([name, text]) => [name, compile(`${setting}.query.${name}`, text, allowed)] as const,
    ),
    headers: configured.headers ?? {},
    body: configured.body === undefined ? null : compile(`${setting}.body`, configured.body, allowed),
  };
}

function pathOf(setting: string, text: string, allowed: readonly Variable[]): Template['path'] {
  const parts = text.split(/\{([^{}]*)\}/);
  const stray = parts.find((part, index) => index % 2 === 0 && /[{}\s?#]/.test(part));
  if (stray !== undefined)
    throw new ConnectorError({
      code: 'INVALID_VALUE',
      message: `The setting "${setting}" is no path: "${stray}" holds a brace, a blank, "?" or "#".`,
      hint: 'Write expressions in braces and parameters under "query".',
    });
  return parts.map((part, index) => (index % 2 === 0 ? part : compile(setting, part, allowed)));
}

/** The request for these values. `fallbackBody`: what is sent when the settings say no body. */
export function requestOf(template: Template, values: Values, operation: string, fallbackBody?: unknown): HttpRequest {
  const body = template.body === null ? fallbackBody : evaluate(template.body, values);
  return {
    method: template.method,
    path: template.path.map((part) => (typeof part === 'string' ? part : segmentOf(part, values))).join(''),
    query: Object.fromEntries(template.query.map(([name, value]) => [name, parameterOf(value, values)])),
    headers: template.headers,
    operation,
    ...(body === undefined ? {} : { body }),
  };
}

function segmentOf(expression: Expression, values: Values): string {
  const value = evaluate(expression, values);
  if (typeof value === 'string' || typeof value === 'number') return pathSegment(String(value));
  throw notText(expression, 'a part of an address');
}

function parameterOf(expression: Expression, values: Values): string | undefined {
  const value = evaluate(expression, values);
  if (value === null) return undefined;
  if (typeof value === 'string' || typeof value === 'number' || typeof value === 'boolean') return String(value);
  throw notText(expression, 'a parameter');
}

const notText = ({ setting, text }: Expression, what: string): ConnectorError =>
  new ConnectorError({
    code: 'INVALID_VALUE',
    message: `The expression of the setting "${setting}" («${text}») gives no text, so it cannot be ${what}.`,
    hint: 'Correct the expression.',
  });
