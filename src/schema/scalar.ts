// The scalars of the API: instants, calendar days, durations, values of managed systems, and stream positions.
import 'reflect-metadata';
import { GraphQLError, GraphQLScalarType, Kind, type ValueNode } from 'graphql';
import { GraphQLDateTime, GraphQLISO8601Duration, GraphQLJSON } from 'graphql-scalars';

/** In: a JavaScript Date. Out: a Date, or ISO text with any offset; clients always see UTC with `Z`. */
export const DateTimeScalar = new GraphQLScalarType({
  ...GraphQLDateTime.toConfig(),
  description: "ISO 8601 instant, always UTC with 'Z' on output, any offset accepted on input.",
  specifiedByURL: null,
});

/** In and out: text, e.g. `2026-03-01`. */
export const DateScalar = new GraphQLScalarType<string, string>({
  name: 'Date',
  description: 'ISO 8601 calendar date without time zone (employment and assignment dates).',
  serialize: calendarDay,
  parseValue: calendarDay,
  parseLiteral: (node) => calendarDay(textOf(node)),
});

/** In and out: text, e.g. `P30D` or `-P7D`. */
export const DurationScalar = new GraphQLScalarType({
  ...GraphQLISO8601Duration.toConfig(),
  name: 'Duration',
  description: 'ISO 8601 duration, e.g. P30D.',
  specifiedByURL: null,
  parseValue: (value: unknown) => boundedDuration(GraphQLISO8601Duration.parseValue(value)),
  parseLiteral: (node, variables) => boundedDuration(GraphQLISO8601Duration.parseLiteral(node, variables)),
});

/** In and out: the plain value. Keys that JavaScript treats specially are refused on input. */
export const JsonScalar = new GraphQLScalarType({
  ...GraphQLJSON.toConfig(),
  description:
    'Attribute value of a managed system: string, number, boolean, date string, list, or null. Secrets are always null here.',
  specifiedByURL: null,
  parseValue: (value: unknown) => withoutSpecialKeys(value),
  parseLiteral: (node, variables) => withoutSpecialKeys(GraphQLJSON.parseLiteral(node, variables)),
});

/** In and out: text as `resolvers/stream-cursor.ts` writes it; what it says is checked there. */
export const StreamCursorScalar = new GraphQLScalarType<string, string>({
  name: 'StreamCursor',
  description: 'Opaque, resumable position in a change stream.',
  serialize: (value) => String(value),
  parseValue: cursorText,
  parseLiteral: (node) => cursorText(textOf(node)),
});

const longestYears = 1_000;
/** Upper bounds, in days. */
const dateUnits: Readonly<Record<string, number>> = { Y: 366, M: 31, W: 7, D: 1 };
const timeUnits: Readonly<Record<string, number>> = { H: 1 / 24, M: 1 / 1_440, S: 1 / 86_400 };

/** The database counts instants to some limit; a duration beyond it would fail there. Decimals come out with a point. */
function boundedDuration(duration: string): string {
  const text = duration.replaceAll(',', '.');
  const [date = '', time = ''] = text.split('T');
  if (daysOf(date, dateUnits) + daysOf(time, timeUnits) <= longestYears * 366) return text;
  throw new GraphQLError(`A Duration may be ${longestYears} years long at most.`);
}

const daysOf = (text: string, units: Readonly<Record<string, number>>): number =>
  [...text.matchAll(/(\d+(?:\.\d+)?)([A-Z])/g)].reduce(
    (sum, [, amount, unit = '']) => sum + Number(amount) * (units[unit] ?? 0),
    0,
  );

const day = /^(\d{4})-(\d{2})-(\d{2})$/;

function calendarDay(value: unknown): string {
  const text = typeof value === 'string' ? value : '';
  const parts = day.exec(text);
  // `Date` accepts 30 February and answers 2 March, so the text is compared with what comes back.
  const isReal = parts !== null && !Number.isNaN(Date.parse(text)) && new Date(text).toISOString().startsWith(text);
  if (!isReal) throw new GraphQLError('A Date is a calendar day as YYYY-MM-DD, e.g. "2026-03-01".');
  return text;
}

function cursorText(value: unknown): string {
  if (typeof value === 'string' && value.length <= 200) return value;
  throw new GraphQLError('A StreamCursor is the text that an earlier item of the stream carried.');
}

function textOf(node: ValueNode): unknown {
  return node.kind === Kind.STRING ? node.value : null;
}

const specialKeys = ['__proto__', 'constructor', 'prototype'];
const deepest = 20;

function withoutSpecialKeys(value: unknown, depth = 0): unknown {
  if (typeof value !== 'object' || value === null) return value;
  if (depth >= deepest) throw new GraphQLError(`A JSON value may be nested ${deepest} levels deep.`);
  const special = Object.keys(value).find((key) => specialKeys.includes(key));
  if (special !== undefined) throw new GraphQLError(`A JSON value may not have the key "${special}".`);
  for (const inner of Object.values(value)) withoutSpecialKeys(inner, depth + 1);
  return value;
}
