// Pieces of SQL that carry their values along: nothing a client sent can become text of a statement.
// Owns composition and numbering of parameters; leaves running them to database.ts.

// A mark no client can send: a JSON value shaped like a fragment stays a value.
const mark: unique symbol = Symbol('fragment');

export interface Fragment {
  readonly [mark]: true;
  /** One more than `values`: the texts around them. */
  readonly texts: readonly string[];
  readonly values: readonly unknown[];
}

/** sql`name = ${value} and ${otherFragment}`: values are bound, fragments are spliced in. */
export function sql(strings: TemplateStringsArray, ...parts: readonly unknown[]): Fragment {
  return parts.reduce<Fragment>(
    (soFar, part, index) =>
      append(append(soFar, isFragment(part) ? part : bound(part)), literal(strings[index + 1] ?? '')),
    literal(strings[0] ?? ''),
  );
}

/** Text of our own making. Never pass anything that came from outside. */
export const literal = (text: string): Fragment => fragment([text], []);

/** A text as an SQL literal: for names from the configuration where an index must match the expression. */
export const quoted = (text: string): string => `'${text.replaceAll("'", "''")}'`;

export const bound = (value: unknown): Fragment => fragment(['', ''], [value]);

export const joined = (fragments: readonly Fragment[], separator: string): Fragment =>
  fragments.reduce(
    (soFar, fragment, index) => append(index === 0 ? soFar : append(soFar, literal(separator)), fragment),
    literal(''),
  );

/** True for an empty list. */
export const allOf = (conditions: readonly Fragment[]): Fragment => grouped(conditions, ' and ', 'true');

/** False for an empty list. */
export const anyOf = (conditions: readonly Fragment[]): Fragment => grouped(conditions, ' or ', 'false');

/** What is unknown (null) counts as not so, on both sides: `not` never loses rows to null. */
export const noneOf = (condition: Fragment): Fragment => sql`not coalesce(${condition}, false)`;

function grouped(conditions: readonly Fragment[], separator: string, empty: string): Fragment {
  if (conditions.length === 0) return literal(empty);
  return append(append(literal('('), joined(conditions, separator)), literal(')'));
}

/** As `Sql.query` takes it. */
export function rendered(fragment: Fragment): { readonly text: string; readonly parameters: readonly unknown[] } {
  const text = fragment.texts.reduce((soFar, next, index) => `${soFar}$${index}${next}`);
  return { text, parameters: fragment.values };
}

function append(left: Fragment, right: Fragment): Fragment {
  const seam = (left.texts.at(-1) ?? '') + (right.texts[0] ?? '');
  return fragment([...left.texts.slice(0, -1), seam, ...right.texts.slice(1)], [...left.values, ...right.values]);
}

const fragment = (texts: readonly string[], values: readonly unknown[]): Fragment => ({ [mark]: true, texts, values });

const isFragment = (part: unknown): part is Fragment => typeof part === 'object' && part !== null && mark in part;
