// The printed schema against the committed one, and against the contract of the API: what exists in both is the same.
import { readFileSync } from 'node:fs';
import { beforeAll, describe, expect, it } from '@jest/globals';
import {
  buildSchema,
  type GraphQLField,
  type GraphQLInputType,
  type GraphQLNamedType,
  type GraphQLOutputType,
  type GraphQLSchema,
  isEnumType,
  isInputObjectType,
  isInterfaceType,
  isObjectType,
  isScalarType,
  isUnionType,
  parse,
  specifiedRules,
  validate,
} from 'graphql';
import { resolverClasses } from '../../src/resolvers/list.js';
import { additions } from './addition.js';
import { buildApiSchema, printedSchema } from '../../src/schema/build.js';

const read = (path: string): string => readFileSync(new URL(path, import.meta.url), 'utf8');
const contract = buildSchema(read('./contract.graphql'));
let ours: GraphQLSchema;

beforeAll(async () => {
  ours = await buildApiSchema(resolverClasses);
});

interface Shape {
  readonly type: string;
  readonly args: Readonly<Record<string, string>>;
}

type Fields = Readonly<Record<string, Shape>>;

const typeText = (type: GraphQLOutputType | GraphQLInputType, defaultValue?: unknown): string =>
  defaultValue === undefined ? String(type) : `${String(type)} = ${JSON.stringify(defaultValue)}`;

function shapeOf(field: GraphQLField<unknown, unknown>): Shape {
  return {
    type: typeText(field.type),
    args: Object.fromEntries(field.args.map((arg) => [arg.name, typeText(arg.type, arg.defaultValue)])),
  };
}

function fieldsOf(type: GraphQLNamedType): Fields {
  if (isObjectType(type) || isInterfaceType(type)) {
    return Object.fromEntries(Object.values(type.getFields()).map((field) => [field.name, shapeOf(field)]));
  }
  if (isInputObjectType(type)) {
    return Object.fromEntries(
      Object.values(type.getFields()).map((field) => [
        field.name,
        { type: typeText(field.type, field.defaultValue), args: {} },
      ]),
    );
  }
  return {};
}

/** Members of an enum or a union, and interfaces of an object. */
function membersOf(type: GraphQLNamedType): readonly string[] {
  if (isEnumType(type))
    return type
      .getValues()
      .map((value) => value.name)
      .sort();
  if (isUnionType(type))
    return type
      .getTypes()
      .map((member) => member.name)
      .sort();
  if (isObjectType(type) || isInterfaceType(type))
    return type
      .getInterfaces()
      .map((one) => one.name)
      .sort();
  return [];
}

const ownTypes = (): readonly GraphQLNamedType[] =>
  Object.values(ours.getTypeMap()).filter((type) => !type.name.startsWith('__'));

/** What our type has without what it has on purpose beyond the contract. */
const withoutAdditions = (type: GraphQLNamedType): Fields =>
  Object.fromEntries(Object.entries(fieldsOf(type)).filter(([name]) => !additions.includes(`${type.name}.${name}`)));

/** What the contract says of a type, limited to the fields that exist in both. */
function common(type: GraphQLNamedType, from: GraphQLNamedType): Fields {
  const inBoth = Object.keys(fieldsOf(type));
  return Object.fromEntries(Object.entries(fieldsOf(from)).filter(([name]) => inBoth.includes(name)));
}

const roots = ['Query', 'Mutation', 'Subscription'];

const words = (text: string): readonly string[] => text.trim().split(/\s+/);

/** Webhooks. */
const leftForLater = words(`Mutation.webhookEndpointCreate Subscription.connectorHealthChanged`);

describe('the schema of the API', () => {
  it('is printed and committed', () => {
    expect(printedSchema(ours)).toBe(read('../../schema.graphql'));
  });

  it('has no type and no field beyond the contract that is not listed as an addition', () => {
    const unknown = ownTypes().flatMap((type) => {
      const agreed = contract.getType(type.name);
      if (agreed === undefined) return [type.name];
      return Object.keys(fieldsOf(type))
        .filter((name) => !(name in fieldsOf(agreed)))
        .map((name) => `${type.name}.${name}`);
    });
    expect(unknown.filter((name) => !isScalarType(ours.getType(name)) && !additions.includes(name))).toEqual([]);
  });

  it('has the types, nullability, arguments and defaults of the contract', () => {
    for (const type of ownTypes()) {
      const agreed = contract.getType(type.name);
      if (agreed === undefined) continue;
      expect({ name: type.name, members: membersOf(type), fields: withoutAdditions(type) }).toEqual({
        name: type.name,
        members: membersOf(agreed),
        fields: common(type, agreed),
      });
    }
  });

  it('has every field of the types and every argument of the fields it covers, but what is left for later', () => {
    const missing = ownTypes().flatMap((type) => {
      const agreed = contract.getType(type.name);
      if (agreed === undefined || roots.includes(type.name)) return [];
      return Object.keys(fieldsOf(agreed))
        .filter((name) => !(name in fieldsOf(type)))
        .map((name) => `${type.name}.${name}`);
    });
    expect(missing.filter((field) => !leftForLater.includes(field))).toEqual([]);
  });

  it('has every root of the contract, but what is left for later', () => {
    const missing = roots.flatMap((root) => {
      const [agreed, own] = [contract.getType(root), ours.getType(root)];
      const names = Object.keys(own === undefined ? {} : fieldsOf(own));
      return Object.keys(agreed === undefined ? {} : fieldsOf(agreed))
        .filter((name) => !names.includes(name))
        .map((name) => `${root}.${name}`);
    });
    expect(missing.filter((field) => !leftForLater.includes(field))).toEqual([]);
  });

  it('leaves nothing for later that it has', () => {
    const names = ownTypes().flatMap((type) => Object.keys(fieldsOf(type)).map((name) => `${type.name}.${name}`));
    expect(leftForLater.filter((field) => names.includes(field))).toEqual([]);
  });

  it('answers the sample operations of the contract', () => {
    const problems = validate(ours, parse(read('./operations.graphql')), specifiedRules);
    expect(problems.map(({ message }) => message)).toEqual([]);
  });

  it('describes every type, field and argument', () => {
    const silent = ownTypes().flatMap((type) => [
      ...(type.description || ['Query', 'Mutation', 'Subscription'].includes(type.name) || isScalarType(type)
        ? []
        : [type.name]),
      ...(isObjectType(type) || isInterfaceType(type)
        ? Object.values(type.getFields()).flatMap((field) => [
            ...(field.description ? [] : [`${type.name}.${field.name}`]),
            ...field.args.filter((arg) => !arg.description).map((arg) => `${type.name}.${field.name}(${arg.name})`),
          ])
        : []),
      ...(isInputObjectType(type)
        ? Object.values(type.getFields())
            .filter((field) => !field.description)
            .map((field) => `${type.name}.${field.name}`)
        : []),
    ]);
    expect(silent).toEqual([]);
  });
});
