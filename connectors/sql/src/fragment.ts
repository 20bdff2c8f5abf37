// Pieces of SQL with their values beside them, so that a value can only ever become a bound parameter.
// Owns how pieces are put together; what they say is the dialects' and statement.ts's.

/** What can be bound: text, nothing, or for PostgreSQL a list of texts. */
export type BoundValue = string | null | readonly string[];

/** Text with holes: one more text than values. */
export interface Fragment {
  readonly texts: readonly string[];
  readonly values: readonly BoundValue[];
}

/** A statement as the driver takes it. */
export interface Statement {
  readonly text: string;
  readonly values: readonly BoundValue[];
}

/** Text that is SQL itself: quoted names, types from the catalog. Never anything a caller sent. */
export function raw(text: string): Fragment {
  return { texts: [text], values: [] };
}

export function bound(value: BoundValue): Fragment {
  return { texts: ['', ''], values: [value] };
}

/** SQL as a template: only other pieces can be filled in. */
export function sql(texts: TemplateStringsArray, ...parts: readonly Fragment[]): Fragment {
  return parts.reduce((whole, part, n) => chained(chained(whole, part), raw(texts[n + 1] ?? '')), raw(texts[0] ?? ''));
}

export function joined(parts: readonly Fragment[], separator: string): Fragment {
  const texts: string[] = [''];
  const values: BoundValue[] = [];
  for (const [n, part] of parts.entries()) {
    const [first = '', ...rest] = part.texts;
    texts.push(`${texts.pop() ?? ''}${n === 0 ? '' : separator}${first}`, ...rest);
    values.push(...part.values);
  }
  return { texts, values };
}

/** The statement, its holes filled with the engine's placeholders, counted from 1. */
export function written({ texts, values }: Fragment, placeholder: (n: number) => string): Statement {
  return { text: texts.map((text, n) => (n === 0 ? text : `${placeholder(n)}${text}`)).join(''), values };
}

function chained(left: Fragment, right: Fragment): Fragment {
  const [first = '', ...rest] = right.texts;
  return {
    texts: [...left.texts.slice(0, -1), `${left.texts.at(-1) ?? ''}${first}`, ...rest],
    values: [...left.values, ...right.values],
  };
}
