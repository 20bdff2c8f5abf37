// Text that no database keeps: U+0000 and halves of surrogate pairs. Refused before anything runs, wherever it stands in
// the literals or the variables of an operation, so that no field has to think of it. One function for both transports.
import { type DocumentNode, GraphQLError, Kind, visit } from 'graphql';

/** The errors to answer instead of running: one for the first such text; empty when all text can be kept. */
export function textErrors(
  document: DocumentNode,
  variables: Readonly<Record<string, unknown>> | null | undefined,
): readonly GraphQLError[] {
  const place = placeInLiterals(document) ?? placeIn(variables ?? {}, 'the variable $');
  return place === null ? [] : [errorAt(place)];
}

const errorAt = (place: string): GraphQLError =>
  new GraphQLError(`The text of ${place} holds a character that cannot be kept: U+0000 or half of a surrogate pair.`, {
    extensions: {
      code: 'BAD_USER_INPUT',
      hint: 'Send text without it; write characters beyond U+FFFF as whole pairs.',
      http: { status: 400 },
    },
  });

/** Named as the client wrote it: `the argument filter.text`. */
function placeInLiterals(document: DocumentNode): string | null {
  const names: string[] = [];
  let found: string | null = null;
  const named = {
    enter: ({ name }: { readonly name: { readonly value: string } }) => void names.push(name.value),
    leave: () => void names.pop(),
  };
  visit(document, {
    [Kind.ARGUMENT]: named,
    [Kind.OBJECT_FIELD]: named,
    [Kind.STRING]: ({ value }) => {
      if (isKept(value)) return;
      found ??= names.length > 0 ? `the argument ${names.join('.')}` : 'the default of a variable';
    },
  });
  return found;
}

/** Depth is bounded by the size of a message. Keys are text too: those of a JSON value are stored with it. */
function placeIn(value: unknown, path: string): string | null {
  if (typeof value === 'string') return isKept(value) ? null : path;
  if (typeof value !== 'object' || value === null) return null;
  for (const [key, inner] of Object.entries(value)) {
    const place = isKept(key) ? placeIn(inner, joined(path, key)) : `a key in ${path}`;
    if (place !== null) return place;
  }
  return null;
}

const joined = (path: string, key: string): string =>
  (path.endsWith('$') ? `${path}${key}` : `${path}.${key}`).slice(0, 200);

const lone = /[\uD800-\uDBFF](?![\uDC00-\uDFFF])|(?<![\uD800-\uDBFF])[\uDC00-\uDFFF]/;

const isKept = (text: string): boolean => !text.includes('\0') && !lone.test(text);
