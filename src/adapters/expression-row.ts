// Rows as expressions see them: exactly the declared fields, typed, frozen, nothing inherited.
// Owns the conversion and how often it is done; the language itself is expression.ts.
import type { ScalarValue } from '@joinery/connector-kit';
import type { Attributes, PropertyType } from '../domain/configuration.js';

const absent: Readonly<Record<PropertyType, ScalarValue>> = { string: '', number: 0, boolean: false, date: '' };

export interface Field {
  readonly identifier: string;
  readonly type: PropertyType;
}
export interface RowConverter {
  readonly typeName: string;
  readonly ctor: () => void;
  readonly convert: (attributes: Attributes) => object;
}
export type RowConverters = (variable: string, fields: readonly Field[]) => RowConverter;

/** One converter per variable and set of fields, whatever language asks: a person is converted once for all of them. */
export function rowConverters(): RowConverters {
  const known = new Map<string, RowConverter>();
  return (variable, fields) => {
    const signature = JSON.stringify([variable, ...fields.map(({ identifier, type }) => [identifier, type])]);
    const converter = known.get(signature) ?? rowConverter(`Row${known.size}`, fields);
    known.set(signature, converter);
    return converter;
  };
}

/** Turns the attributes of a row into a frozen object of exactly the declared properties, without any inherited one. */
function rowConverter(typeName: string, fields: readonly Field[]): RowConverter {
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
  return { typeName, ctor, convert };
}

// What a target stores may not fit the declared type (a text in a number column): the expression then fails for this row only.
const valueOf = (value: ScalarValue | undefined, type: PropertyType): ScalarValue => value ?? absent[type];
