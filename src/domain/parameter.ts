// Values of a role's parameters: known, given where required, and among the values of their dimension.
// Owns the refusals; reading the rows that are a dimension's values is the store's.
import { itemField } from './item-field.js';
import type { DimensionDefinition, ParameterDefinition, RoleDefinition } from './configuration.js';
import { type Decision, granted, type Refusal, refused } from './refusal.js';

export type Parameters = Readonly<Record<string, string>>;

/** Dimension → those of the values asked about that exist. Dimensions of any text have no entry. */
export type KnownValues = ReadonlyMap<string, ReadonlySet<string>>;

export const longestParameter = 200;

/** What has to be looked up before parameters can be checked: dimension values that are keys of rows. */
export function valuesToLookUp(
  asked: readonly { readonly role: RoleDefinition; readonly parameters: unknown }[],
  dimensions: readonly DimensionDefinition[],
): readonly { readonly dimension: string; readonly entityType: string; readonly value: string }[] {
  return asked.flatMap(({ role, parameters }) =>
    role.parameters.flatMap(({ identifier, dimension }) => {
      const entityType = dimensions.find((known) => known.identifier === dimension)?.entityType ?? null;
      const value = isRecord(parameters) ? parameters[identifier] : undefined;
      return dimension === null || entityType === null || typeof value !== 'string'
        ? []
        : [{ dimension, entityType, value }];
    }),
  );
}

/** `present`: values kept where nothing is said. Null: the role has no parameters. */
export function checkParameters(
  asked: unknown,
  role: RoleDefinition,
  present: Parameters | null,
  known: KnownValues,
  index: number,
): Decision<Parameters | null> {
  const field = (name?: string) => [...itemField(index, 'parameters'), ...(name === undefined ? [] : [name])];
  const given = asked ?? {};
  if (!isRecord(given)) return refused({ ...notAnObject(role), field: field() });
  const unknown = Object.keys(given).find((name) => !role.parameters.some(({ identifier }) => identifier === name));
  if (unknown !== undefined) return refused({ ...unknownName(role, unknown), field: field(unknown) });
  const values = { ...present, ...given };
  const refusals = role.parameters.flatMap((parameter) => {
    const refusal = checkValue(parameter, values[parameter.identifier], role, known);
    return refusal === null ? [] : [{ ...refusal, field: field(parameter.identifier) }];
  });
  if (refusals.length > 0) return refused(...refusals);
  return granted(kept(role, values));
}

/** Sorted by name, so that equal values are equal texts. */
function kept(role: RoleDefinition, values: Readonly<Record<string, unknown>>): Parameters | null {
  const named = role.parameters
    .map(({ identifier }) => [identifier, values[identifier]] as const)
    .filter((entry): entry is readonly [string, string] => typeof entry[1] === 'string' && entry[1] !== '')
    .toSorted(([a], [b]) => (a < b ? -1 : 1));
  return named.length === 0 ? null : Object.fromEntries(named);
}

export const isSameParameters = (one: Parameters | null, other: Parameters | null): boolean => {
  const text = (parameters: Parameters | null): string =>
    JSON.stringify(Object.entries(parameters ?? {}).toSorted(([a], [b]) => (a < b ? -1 : 1)));
  return text(one) === text(other);
};

/** Required parameters that somebody who holds the role has no value for. */
export const missingParameters = (role: RoleDefinition, values: Parameters | null): readonly ParameterDefinition[] =>
  role.parameters.filter(({ isRequired, identifier }) => isRequired && (values?.[identifier] ?? '') === '');

const isRecord = (value: unknown): value is Readonly<Record<string, unknown>> =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

function checkValue(
  parameter: ParameterDefinition,
  value: unknown,
  role: RoleDefinition,
  known: KnownValues,
): Refusal | null {
  const { displayName, dimension, isRequired } = parameter;
  if (value === undefined || value === null || value === '') {
    if (!isRequired) return null;
    return {
      code: 'BLANK',
      rule: 'request.parameter-required',
      message: `${role.displayName} needs to know: ${displayName}.`,
      hint: dimension === null ? 'Give a text.' : `Give one of the values of ${dimension}.`,
    };
  }
  if (typeof value !== 'string' || value.length > longestParameter) {
    return {
      code: 'INVALID',
      rule: 'request.parameter-text',
      message: `${displayName} of ${role.displayName} has to be a text of at most ${longestParameter} characters.`,
      hint: 'Write the value in quotes.',
    };
  }
  const values = dimension === null ? undefined : known.get(dimension);
  if (values === undefined || values.has(value)) return null;
  return {
    code: 'NOT_FOUND',
    rule: 'request.parameter-value',
    message: `${displayName} of ${role.displayName} cannot be «${value.slice(0, 60)}»: ${dimension} has no such value.`,
    hint: `Give the key of one of the values of ${dimension}.`,
  };
}

const notAnObject = (role: RoleDefinition): Refusal => ({
  code: 'INVALID',
  rule: 'request.parameters',
  message: `The parameters of ${role.displayName} have to be an object of texts.`,
  hint: 'Write them as { "site": "lyon" }.',
});

const unknownName = (role: RoleDefinition, name: string): Refusal => ({
  code: 'INVALID',
  rule: 'request.parameters',
  message: `${role.displayName} has no parameter «${name.slice(0, 60)}».`,
  hint:
    role.parameters.length === 0
      ? 'Leave parameters out.'
      : `Give only: ${role.parameters.map(({ identifier }) => identifier).join(', ')}.`,
});
