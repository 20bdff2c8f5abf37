// The API as the settings describe it: every expression compiled, every reference checked, types described.
// Owns what must fit together before anything is sent; requests of it are made in template.ts.
import {
  type AttributeDescription,
  ConnectorError,
  type ConnectorErrorCode,
  type ObjectTypeDescription,
} from '@joinery/connector-kit';
import { type HttpClientSettings, httpClientSettings } from '@joinery/http-client';
import { compile, type Expression, type Variable } from './expression.js';
import type {
  AnswerCode,
  ConfiguredApi,
  ConfiguredAttribute,
  ConfiguredLink,
  ConfiguredListing,
  ConfiguredObjectType,
} from './configuration.js';
import { compileRequest, type Template } from './template.js';

export interface Paging {
  readonly kind: 'none' | 'page' | 'offset' | 'cursor' | 'link' | 'url';
  readonly parameter: string;
  readonly sizeParameter: string | null;
  readonly size: number;
  readonly first: number;
  readonly next: Expression | null;
  readonly total: Expression | null;
}

export interface Listing {
  readonly request: Template;
  readonly items: Expression;
  readonly paging: Paging;
}

export interface ApiAttribute {
  readonly description: AttributeDescription;
  /** Field names from the item inwards. */
  readonly path: readonly string[];
  readonly read: Expression | null;
  readonly write: Expression | null;
}

export type MemberRequest = Template & { readonly batch: number };

export interface ApiLink {
  readonly name: string;
  readonly targetObjectType: string;
  /** The members stand in the item itself. */
  readonly field: readonly string[] | null;
  readonly list: Listing | null;
  readonly member: Expression | null;
  readonly add: MemberRequest | null;
  readonly remove: MemberRequest | null;
}

export interface ApiType {
  readonly name: string;
  readonly description: ObjectTypeDescription;
  readonly key: ApiAttribute;
  readonly nameAttribute: ApiAttribute | null;
  readonly keyPattern: RegExp | null;
  readonly attributes: readonly ApiAttribute[];
  readonly links: readonly ApiLink[];
  readonly list: Listing;
  readonly read: (Template & { readonly item: Expression }) | null;
  readonly find: (Template & { readonly items: Expression }) | null;
  readonly create: (Template & { readonly item: Expression }) | null;
  readonly update: (Template & { readonly sendsAll: boolean }) | null;
  readonly remove: Template | null;
  readonly changes: ApiChanges | null;
}

export interface ApiChanges {
  readonly request: Template;
  readonly items: Expression;
  readonly key: Expression;
  readonly deleted: Expression | null;
  readonly item: Expression | null;
  readonly next: Expression;
}

export interface Meaning {
  readonly when: Expression;
  readonly code: AnswerCode;
  readonly message: Expression | null;
}

export interface ApiModel {
  readonly client: HttpClientSettings;
  readonly types: readonly ApiType[];
  readonly meanings: readonly Meaning[];
  readonly usesIfMatch: boolean;
  readonly check: Template | null;
}

const ofAnswer: readonly Variable[] = ['body', 'headers'];
const ofStatus: readonly Variable[] = ['status', 'body', 'headers'];

export function modelOf(configured: ConfiguredApi): ApiModel {
  const names = configured.objectTypes.map(({ name }) => name);
  const twice = names.find((name, index) => names.indexOf(name) !== index);
  if (twice !== undefined) throw invalid(`The setting "objectTypes" names "${twice}" twice.`);
  return {
    client: httpClientSettings(configured),
    types: configured.objectTypes.map((type, index) => typeOf(`objectTypes[${index}]`, type, names)),
    meanings: (configured.errors ?? []).map(({ when, code, message }, index) => ({
      when: compile(`errors[${index}].when`, when, ofStatus),
      code,
      message: message === undefined ? null : compile(`errors[${index}].message`, message, ofStatus),
    })),
    usesIfMatch: configured.ifMatch ?? false,
    check: configured.check === undefined ? null : compileRequest('check', configured.check, 'GET', []),
  };
}

function typeOf(at: string, type: ConfiguredObjectType, names: readonly string[]): ApiType {
  const attributes = type.attributes.map((attribute, index) => attributeOf(`${at}.attributes[${index}]`, attribute));
  const named = (setting: string, name: string): ApiAttribute => {
    const found = attributes.find(({ description }) => description.name === name);
    if (found !== undefined) return found;
    throw invalid(`The setting "${at}.${setting}" names the attribute "${name}", which "attributes" does not have.`);
  };
  for (const [setting, name] of namesAttributes(type)) named(setting, name);
  const links = (type.links ?? []).map((link, index) => linkOf(`${at}.links[${index}]`, link, names));
  if (type.read === undefined && type.find === undefined)
    throw invalid(`The setting "${at}" has neither "read" nor "find", so no single row can be read.`);
  if (type.nameAttribute !== undefined && type.find === undefined)
    throw invalid(`The setting "${at}.find" is missing: rows with given keys are found by their names.`);
  return {
    name: type.name,
    description: descriptionOf(type, attributes),
    key: named('key', type.key),
    nameAttribute: type.nameAttribute === undefined ? null : named('nameAttribute', type.nameAttribute),
    keyPattern: type.keyPattern === undefined ? null : patternOf(`${at}.keyPattern`, type.keyPattern),
    attributes,
    links,
    list: listingOf(`${at}.list`, type.list, []),
    ...operationsOf(at, type),
    changes: changesOf(at, type),
  };
}

function namesAttributes(type: ConfiguredObjectType): readonly (readonly [string, string])[] {
  const { nameAttribute, passwordAttribute, disabling } = type;
  return [
    ['key', type.key],
    ...(nameAttribute === undefined ? [] : [['nameAttribute', nameAttribute] as const]),
    ...(passwordAttribute === undefined ? [] : [['passwordAttribute', passwordAttribute] as const]),
    ...(disabling === undefined ? [] : [['disabling.attribute', disabling.attribute] as const]),
  ];
}

function operationsOf(
  at: string,
  type: ConfiguredObjectType,
): Pick<ApiType, 'read' | 'find' | 'create' | 'update' | 'remove'> {
  const { read, find, create, update } = type;
  return {
    read:
      read === undefined
        ? null
        : {
            ...compileRequest(`${at}.read`, read, 'GET', ['key']),
            item: compile(`${at}.read.item`, read.item ?? 'body', ofAnswer),
          },
    find:
      find === undefined
        ? null
        : {
            ...compileRequest(`${at}.find`, find, 'GET', ['name']),
            items: compile(`${at}.find.items`, find.items, ofAnswer),
          },
    create:
      create === undefined
        ? null
        : {
            ...compileRequest(`${at}.create`, create, 'POST', ['name', 'key', 'set', 'changes']),
            item: compile(`${at}.create.item`, create.item ?? 'body', ofAnswer),
          },
    update:
      update === undefined
        ? null
        : {
            ...compileRequest(`${at}.update`, update, 'PATCH', ['key', 'set', 'changes', 'present']),
            sendsAll: update.send === 'whole',
          },
    remove:
      type.delete === undefined ? null : compileRequest(`${at}.delete`, type.delete, 'DELETE', ['key', 'present']),
  };
}

function changesOf(at: string, { changes }: ConfiguredObjectType): ApiChanges | null {
  if (changes === undefined) return null;
  return {
    request: compileRequest(`${at}.changes`, changes, 'GET', ['since']),
    items: compile(`${at}.changes.items`, changes.items, ofAnswer),
    key: compile(`${at}.changes.key`, changes.key, ['item']),
    deleted: optional(`${at}.changes.deleted`, changes.deleted, ['item']),
    item: optional(`${at}.changes.item`, changes.item, ['item']),
    next: compile(`${at}.changes.next`, changes.next, ['body', 'headers', 'since']),
  };
}

const optional = (setting: string, text: string | undefined, allowed: readonly Variable[]): Expression | null =>
  text === undefined ? null : compile(setting, text, allowed);

function attributeOf(at: string, attribute: ConfiguredAttribute): ApiAttribute {
  return {
    description: {
      name: attribute.name,
      type: attribute.type ?? 'string',
      isRequired: attribute.required ?? false,
      isReadOnly: attribute.readOnly ?? (attribute.read !== undefined && attribute.path === undefined),
      ...(attribute.writeOnly === true ? { isWriteOnly: true } : {}),
    },
    path: (attribute.path ?? attribute.name).split('.'),
    read: optional(`${at}.read`, attribute.read, ['item']),
    write: optional(`${at}.write`, attribute.write, ['value']),
  };
}

function listingOf(at: string, listing: ConfiguredListing, allowed: readonly Variable[]): Listing {
  const { kind = 'none', parameter, sizeParameter, size, first, next, total } = listing.paging ?? {};
  if (parameter === undefined && ['page', 'offset', 'cursor'].includes(kind))
    throw invalid(`The setting "${at}.paging.parameter" is missing; paging by ${kind} needs it.`);
  if (next === undefined && ['cursor', 'url'].includes(kind))
    throw invalid(`The setting "${at}.paging.next" is missing; paging by ${kind} needs it.`);
  return {
    request: compileRequest(at, listing, 'GET', allowed),
    items: compile(`${at}.items`, listing.items, ofAnswer),
    paging: {
      kind,
      parameter: parameter ?? '',
      sizeParameter: sizeParameter ?? null,
      size: size ?? 100,
      first: first ?? (kind === 'page' ? 1 : 0),
      next: optional(`${at}.paging.next`, next, ofAnswer),
      total: optional(`${at}.paging.total`, total, ofAnswer),
    },
  };
}

function linkOf(at: string, link: ConfiguredLink, names: readonly string[]): ApiLink {
  if (!names.includes(link.targetObjectType))
    throw invalid(
      `The setting "${at}.targetObjectType" is "${link.targetObjectType}", which "objectTypes" does not name.`,
    );
  if ((link.field === undefined) === (link.list === undefined))
    throw invalid(`The setting "${at}" needs either "field" or "list".`);
  const member = (setting: 'add' | 'remove') => {
    const request = link[setting];
    if (request === undefined) return null;
    const allowed: readonly Variable[] = request.batch === undefined ? ['key', 'member'] : ['key', 'members'];
    return {
      ...compileRequest(`${at}.${setting}`, request, setting === 'add' ? 'PUT' : 'DELETE', allowed),
      batch: request.batch ?? 1,
    };
  };
  return {
    name: link.name,
    targetObjectType: link.targetObjectType,
    field: link.field?.split('.') ?? null,
    list: link.list === undefined ? null : listingOf(`${at}.list`, link.list, ['key']),
    member: optional(`${at}.member`, link.member, ['item']),
    add: member('add'),
    remove: member('remove'),
  };
}

function descriptionOf(type: ConfiguredObjectType, attributes: readonly ApiAttribute[]): ObjectTypeDescription {
  return {
    name: type.name,
    keyAttribute: type.key,
    ...(type.nameAttribute === undefined ? {} : { nameAttribute: type.nameAttribute }),
    attributes: attributes.map(({ description }) => description),
    links: (type.links ?? []).map(({ name, targetObjectType }) => ({ name, targetObjectType })),
    ...(type.disabling === undefined ? {} : { disabling: type.disabling }),
    ...(type.passwordAttribute === undefined ? {} : { passwordAttribute: type.passwordAttribute }),
  };
}

function patternOf(setting: string, text: string): RegExp {
  try {
    return new RegExp(`^(?:${text})$`, 'u');
  } catch {
    throw invalid(`The setting "${setting}" is no regular expression.`);
  }
}

function invalid(message: string): ConnectorError {
  return new ConnectorError({ code: 'INVALID_VALUE', message, hint: 'Correct the settings of the connection.' });
}

/** A failure that says that the settings have no request for this. */
export function notConfigured(what: string, setting: string): ConnectorError {
  const code: ConnectorErrorCode = 'CAPABILITY_MISSING';
  return new ConnectorError({
    code,
    message: `Could not ${what}: the settings have no "${setting}" for it.`,
    hint: `Add "${setting}" to the object type, or leave the change out of the configuration.`,
  });
}
