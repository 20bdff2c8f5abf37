// The schema of the settings of a REST connection.
// Owns what may be written and its documentation; expressions are compiled, and checked against one another, in model.ts.
import type { ConnectorSettings, SettingsSchema } from '@joinery/connector-kit';
import { httpClientProperties } from '@joinery/http-client';
import type { ConfiguredApi } from './configuration.js';
import { type ApiModel, modelOf } from './model.js';
import { requestProperties } from './template.js';

const text = (description: string) => ({ type: 'string', minLength: 1, description }) as const;
const flag = (description: string) => ({ type: 'boolean', description }) as const;

const object = (description: string, required: readonly string[], properties: object) => ({
  type: 'object',
  additionalProperties: false,
  required,
  properties,
  description,
});

const requestSchema = (description: string, more: object = {}, required: readonly string[] = []) =>
  object(description, ['path', ...required], { ...requestProperties, ...more });

const pagingSchema = object('How the listing is paged (default: not at all).', ['kind'], {
  kind: {
    enum: ['none', 'page', 'offset', 'cursor', 'link', 'url'],
    description:
      'none; page: numbers; offset: positions; cursor: a text of the answer; link: the header Link, rel="next"; url: an address in the answer.',
  },
  parameter: text('Parameter that carries the page number, the position or the cursor.'),
  sizeParameter: text('Parameter that carries the number of rows asked for.'),
  size: { type: 'integer', minimum: 2, maximum: 1_000, description: 'Rows asked for at once (default 100).' },
  first: {
    type: 'integer',
    minimum: 0,
    description: 'Number of the first page or position (default: page 1, offset 0).',
  },
  next: text(
    'Expression that gives the next cursor or address (variables: body, headers); null or empty: the last page.',
  ),
  total: text('Expression that gives the number of all rows (variables: body, headers).'),
});

const items = text('Expression that gives the list of items (variables: body, headers).');
const listingSchema = (description: string) => requestSchema(description, { items, paging: pagingSchema }, ['items']);

const attributeSchema = object('One attribute.', ['name'], {
  name: text('Name of the attribute.'),
  type: { enum: ['string', 'number', 'boolean', 'date'], description: 'Default string.' },
  path: text('Field of the item, with dots for fields of fields (default: the name).'),
  read: text('Expression that gives the value instead (variable: item).'),
  write: text('Expression that gives what is written at the path instead of the value (variable: value).'),
  required: flag('Must have a value.'),
  readOnly: flag('Joinery may not write it.'),
  writeOnly: flag('Can be written, never read back.'),
});

const batch = { type: 'integer', minimum: 1, maximum: 1_000, description: 'Members in one request (default 1).' };
const linkSchema = object('One link.', ['name', 'targetObjectType'], {
  name: text('Name of the link.'),
  targetObjectType: text('Object type of the members.'),
  field: text(
    'Field of the item that lists the members; it is written with the item. Without it: list, add and remove.',
  ),
  list: listingSchema('Lists the members (variable: key).'),
  member: text('Expression that gives the key of a member (variable: item; default: the item itself).'),
  add: requestSchema('Adds a member (variables: key, member), or several (members).', { batch }),
  remove: requestSchema('Removes a member (variables: key, member), or several (members).', { batch }),
});

const objectTypeSchema = object('One object type.', ['name', 'key', 'attributes', 'list'], {
  name: text('Name of the object type.'),
  key: text('Attribute that holds the key.'),
  nameAttribute: text(
    'Attribute that names a row until the service has given it a key; absent: Joinery gives the keys.',
  ),
  keyPattern: text('Regular expression of the keys the service gives; what matches is not looked up by name first.'),
  attributes: {
    type: 'array',
    minItems: 1,
    items: attributeSchema,
    description: 'Its attributes, the key among them.',
  },
  list: listingSchema('Lists all items.'),
  read: requestSchema('Reads one item (variable: key).', {
    item: text('Expression that gives the item (variable: body; default: body).'),
  }),
  find: requestSchema('Finds items by name (variable: name).', { items }, ['items']),
  create: requestSchema('Creates (variables: name, key, set, changes); default POST with changes.', {
    item: text('Expression that gives the created item (variables: body, headers; default: body).'),
  }),
  update: requestSchema('Changes (variables: key, set, changes, present); default PATCH with changes.', {
    send: {
      enum: ['changed', 'whole'],
      description: 'What `changes` holds: changed attributes (default), or all of them (PUT).',
    },
  }),
  delete: requestSchema('Deletes (variables: key, present); default DELETE.'),
  links: { type: 'array', items: linkSchema, description: 'Its links.' },
  disabling: object('How a row is disabled.', ['attribute', 'disabledValue', 'enabledValue'], {
    attribute: text('Attribute that says it.'),
    disabledValue: { type: ['string', 'number', 'boolean'], description: 'Its value when disabled.' },
    enabledValue: { type: ['string', 'number', 'boolean'], description: 'Its value when enabled.' },
  }),
  passwordAttribute: text('Attribute that is the password; write-only.'),
  changes: requestSchema(
    'Tells what changed after `since`, oldest first (variable: since; null the first time). Absent: all is listed and compared.',
    {
      items,
      key: text('Expression that gives the key (variable: item).'),
      deleted: text('Expression that says whether the row is gone (variable: item).'),
      item: text('Expression that gives the row (variable: item); absent: it is read by its key.'),
      next: text('Expression that gives the `since` of the next reading (variables: body, headers, since).'),
    },
    ['items', 'key', 'next'],
  ),
});

export const httpSettingsSchema: SettingsSchema = {
  type: 'object',
  additionalProperties: false,
  required: ['baseUrl', 'objectTypes'],
  properties: {
    ...httpClientProperties,
    objectTypes: { type: 'array', minItems: 1, items: objectTypeSchema, description: 'What the API manages.' },
    errors: {
      type: 'array',
      description: 'What answers mean, tried in order before the status; also for answers of status 200.',
      items: object('One meaning.', ['when', 'code'], {
        when: text('Expression that says whether it is this one (variables: status, body, headers).'),
        code: {
          enum: [
            'UNREACHABLE',
            'UNAUTHENTICATED',
            'FORBIDDEN',
            'NOT_FOUND',
            'ALREADY_EXISTS',
            'INVALID_VALUE',
            'CONSTRAINT_VIOLATION',
            'RATE_LIMITED',
            'TIMEOUT',
            'OUTCOME_UNKNOWN',
            'CAPABILITY_MISSING',
            'ALREADY_SO',
          ],
          description: 'Failure code of the contract; ALREADY_SO: a write that had nothing to do.',
        },
        message: text('Expression that gives the text of the service (variables: status, body, headers).'),
      }),
    },
    ifMatch: flag('Name the ETag of the item in changes and deletions (default false).'),
    check: requestSchema(
      'Request that needs the credentials, for the test of the connection (default: the first listing).',
    ),
  },
};

/** The settings compiled; throws INVALID_VALUE naming the setting and the place in an expression. */
export function httpSettings(settings: ConnectorSettings): ApiModel {
  // The kit has checked the settings against the schema above.
  return modelOf(settings as unknown as ConfiguredApi);
}
