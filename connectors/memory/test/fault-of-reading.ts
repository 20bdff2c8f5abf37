// Faults planted into descriptions, reading, listing and incremental reading.
import {
  type ChangePage,
  ConnectorError,
  type ConnectorSession,
  cookieRefused,
  type ListPage,
  type TargetObject,
} from '@joinery/connector-kit';
import { broken, listing, type PlantedFault, redefined, showing, sound, soundGiven, telling } from './fault.js';

const { connector } = sound;
const schema = connector.settingsSchema;
const properties: Readonly<Record<string, unknown>> = Object(schema.properties);
const unknownType = 'no-such-type';

export const descriptionFaults: readonly PlantedFault[] = [
  [
    'a setting nobody gives is required',
    redefined({ settingsSchema: { ...schema, required: ['store', 'moon'] } }),
    /settings of the test as valid/,
  ],
  [
    'unknown settings are ignored',
    redefined({
      open: async ({ store, password, objectTypes }) => connector.open({ store, password, objectTypes }),
    }),
    /unknown setting/,
  ],
  [
    'a missing setting is made up',
    redefined({ open: async (settings) => connector.open({ store: 'made-up', ...settings }) }),
    /settings without "store"/,
  ],
  [
    'a setting has no description',
    redefined({ settingsSchema: { ...schema, properties: { ...properties, store: { type: 'string' } } } }),
    /what it is for/,
  ],
  [
    'a credential is not marked as secret',
    redefined({ settingsSchema: { type: 'object', properties: { password: { type: 'string' } } } }),
    /as secret/,
  ],
  [
    'a link leads to nowhere',
    broken((session) => ({ describe: async (context) => (await session.describe(context)).slice(0, 1) })),
    /fit together/,
  ],
  [
    'an attribute is described as read-only',
    broken((session) => ({
      describe: async (context) =>
        (await session.describe(context)).map((type) => ({
          ...type,
          attributes: type.attributes.map((attribute) => ({ ...attribute, isReadOnly: true })),
        })),
    })),
    /test as writable/,
  ],
  [
    'a check never succeeds',
    broken(() => ({ check: () => Promise.reject(new ConnectorError({ code: 'FORBIDDEN', message: 'no' })) })),
    /answers a check/,
  ],
  [
    'a capability is not claimed',
    redefined({ capabilities: connector.capabilities.filter((name) => name !== 'DISABLE') }),
    /exactly when it has them/,
  ],
  [
    'what is not claimed is done',
    redefined({ capabilities: ['TEST', 'READ_ONE', 'EXPORT_COMPLETE'] }),
    /CAPABILITY_MISSING/,
  ],
  [
    'unknown object types are empty',
    broken((session) => ({
      read: async (objectType, ...call) => (objectType === unknownType ? null : session.read(objectType, ...call)),
      list: (objectType, context) => (objectType === unknownType ? noPages() : session.list(objectType, context)),
      changes: (objectType, cookie, context) =>
        session.changes?.(objectType === unknownType ? 'group' : objectType, cookie, context) ?? noPages(),
      apply: async (delta, context) =>
        delta.objectType === unknownType ? { kind: 'applied', key: delta.key } : session.apply(delta, context),
    })),
    /unknown object type/,
  ],
];

async function* noPages(): AsyncGenerator<never> {
  yield* [];
}

export const readFaults: readonly PlantedFault[] = [
  [
    'an absent row is an error',
    broken((session) => ({
      read: async (...call) =>
        (await session.read(...call)) ?? Promise.reject(new ConnectorError({ code: 'NOT_FOUND', message: 'none' })),
    })),
    /null for a row/,
  ],
  [
    'a read gives the first row there is',
    broken((session) => ({
      read: async (objectType, _key, context) => {
        for await (const { objects } of session.list(objectType, context)) return objects[0] ?? null;
        return null;
      },
    })),
    /somebody else made, and no other|pattern or a query/,
  ],
  [
    'a row shows more than is described',
    showing((row) => ({ ...row, attributes: { ...row.attributes, dn: 'cn=x' } })),
    /exactly the described attributes/,
  ],
  [
    'characters get lost on reading',
    showing((row) => ({ ...row, attributes: { ...row.attributes, name: plain(row.attributes.name) } })),
    /values that somebody else wrote|character of attribute values|changes of rows with odd/,
  ],
];

const plain = (value: unknown): string | null =>
  typeof value === 'string' ? value.replaceAll(/["'\r\n;]/g, '') : null;

export const listingFaults: readonly PlantedFault[] = [
  ['a listing has a row nobody made', broken((session) => ({ list: haunted(session) })), /lists nothing when/],
  [
    'a listing leaves values out',
    listing((page) => page.objects.map((row) => ({ ...row, attributes: { ...row.attributes, name: null } }))),
    /one row as it is read|same keys as it reads/,
  ],
  ['a listing is remembered', broken(remembering), /appeared between two listings/],
  ['a listing leaves out its last page', listing((page, n) => (n < 2 ? page.objects : [])), /rows on several pages/],
  ['a listing repeats a row', listing((page) => [...page.objects.slice(0, 1), ...page.objects]), /each row once$/],
  [
    'a listing loses the row behind a full page',
    listing((page) => (page.objects.length === 1 ? [] : page.objects)),
    /exactly one page/,
  ],
  [
    'a listing loses a row where two pages meet',
    listing((page, n) => (n === 1 ? page.objects.slice(1) : page.objects)),
    /rows on several pages|come and go meanwhile/,
  ],
  ['a listing that is left keeps the session', broken(jamming), /left half-way/],
  ['a listing comes in one page', broken((session) => ({ list: inOnePage(session) })), /bounded memory/],
  ['a listing holds what it has shown', broken((session) => ({ list: hoarding(session) })), /bounded memory/],
  ['a listing that breaks ends normally', broken((session) => ({ list: untilItBreaks(session) })), /broke half-way/],
  ['a listing shows names for keys', listing((page) => page.objects.map(named), soundGiven), /same keys as it reads/],
];

const named = (row: TargetObject): TargetObject => ({ ...row, key: String(row.attributes.login) });

function haunted(session: ConnectorSession): ConnectorSession['list'] {
  return async function* (objectType, context) {
    yield { objects: [{ objectType, key: 'ghost', attributes: {}, links: {} }] };
    yield* session.list(objectType, context);
  };
}

function remembering(session: ConnectorSession): Partial<ConnectorSession> {
  const known: ListPage[] = [];
  return {
    list: async function* (objectType, context) {
      if (known.length === 0) for await (const page of session.list(objectType, context)) known.push(page);
      yield* known;
    },
  };
}

function jamming(session: ConnectorSession): Partial<ConnectorSession> {
  let isJammed = false;
  return {
    list: async function* (objectType, context) {
      if (isJammed) throw new ConnectorError({ code: 'TIMEOUT', message: 'no connection is free' });
      isJammed = true;
      yield* session.list(objectType, context);
      isJammed = false;
    },
  };
}

function inOnePage(session: ConnectorSession): ConnectorSession['list'] {
  return async function* (objectType, context) {
    const objects: TargetObject[] = [];
    for await (const page of session.list(objectType, context)) objects.push(...page.objects);
    if (objects.length > 0) yield { objects };
  };
}

function hoarding(session: ConnectorSession): ConnectorSession['list'] {
  return async function* (objectType, context) {
    const held: (readonly number[])[] = [];
    for await (const page of session.list(objectType, context)) {
      held.push(Array.from({ length: 700_000 }, (_unused, n) => n));
      yield page;
    }
    if (held.length === 0) yield { objects: [] };
  };
}

function untilItBreaks(session: ConnectorSession): ConnectorSession['list'] {
  return async function* (objectType, context) {
    try {
      yield* session.list(objectType, context);
    } catch {
      return;
    }
  };
}

export const changeFaults: readonly PlantedFault[] = [
  [
    'the first reading tells everything',
    broken((session) => ({
      changes: (objectType, cookie, context) =>
        session.changes?.(objectType, cookie ?? beginning(), context) ?? noPages(),
    })),
    /begins an incremental reading/,
  ],
  [
    'the cookie does not go on',
    telling((pages, cookie) => pages.map((page) => ({ ...page, cookie: cookie ?? page.cookie }))),
    /and once$|tells a (renamed row|member)|connector itself|one row so that|nothing out of|changes of rows with odd|another session|any page/,
  ],
  ['deletions are not told', telling(without('delete')), /deleted, by its key|nothing out of many/],
  ['changes are not told', telling(without('upsert')), /somebody else (made|changed), as|loses no change/],
  [
    'a page carries the cookie of the last',
    telling((pages) => pages.map((page) => ({ ...page, cookie: pages.at(-1)?.cookie ?? page.cookie }))),
    /cookie of any page/,
  ],
  ['a refused cookie begins again', broken(beginningAgain), /refuses cookies/],
  ['a cookie is good for its session only', broken(rememberingCookies), /in another session/],
  ['a reading of changes that breaks ends normally', broken(swallowing), /incremental reading of a dead/],
];

// A cookie of a store nobody has; the fault is that the package takes it for the beginning.
const beginning = (): string => '["none","account",0]';

function without(kind: 'upsert' | 'delete'): (pages: readonly ChangePage[]) => readonly ChangePage[] {
  return (pages) => pages.map((page) => ({ ...page, changes: page.changes.filter((change) => change.kind !== kind) }));
}

function beginningAgain(session: ConnectorSession): Partial<ConnectorSession> {
  return {
    changes: async function* (objectType, cookie, context) {
      try {
        for await (const page of session.changes?.(objectType, cookie, context) ?? []) yield page;
      } catch {
        for await (const page of session.changes?.(objectType, null, context) ?? []) yield page;
      }
    },
  };
}

function rememberingCookies(session: ConnectorSession): Partial<ConnectorSession> {
  const given = new Set<string>();
  return {
    changes: async function* (objectType, cookie, context) {
      if (cookie !== null && !given.has(cookie)) throw cookieRefused('it was given in another session');
      for await (const page of session.changes?.(objectType, cookie, context) ?? []) {
        given.add(page.cookie);
        yield page;
      }
    },
  };
}

function swallowing(session: ConnectorSession): Partial<ConnectorSession> {
  return {
    changes: async function* (objectType, cookie, context) {
      try {
        for await (const page of session.changes?.(objectType, cookie, context) ?? []) yield page;
      } catch {
        yield { changes: [], cookie: cookie ?? '' };
      }
    },
  };
}
