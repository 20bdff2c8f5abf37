// The operations of LDAP on one connection. A result other than success is thrown as `LdapResultError`, referrals
// included: they are not followed. Owns paging; which entries and attributes is the caller's business.
import {
  AddRequest,
  Attribute,
  Change,
  type Control,
  DeleteRequest,
  ExtendedRequest,
  type Filter,
  ModifyDNRequest,
  ModifyRequest,
  PagedResultsControl,
  SearchRequest,
} from 'ldapts';
import { type LdapEntry, toEntry } from './entry.js';
import type { LdapRequest } from './message.js';
import { resultError } from './result.js';
import type { Wire } from './wire.js';

export type LdapValue = string | Buffer;

/** Attribute name → values, for a new entry. */
export type LdapAttributes = Readonly<Record<string, readonly LdapValue[]>>;

/** One change of a modify; `replace` without values removes the attribute, `delete` without values too. */
export interface LdapChange {
  readonly operation: 'add' | 'delete' | 'replace';
  readonly attribute: string;
  readonly values: readonly LdapValue[];
}

export interface LdapSearch {
  readonly base: string;
  /** Default `sub`. */
  readonly scope?: 'base' | 'one' | 'sub';
  readonly filter: Filter;
  /** Empty: all user attributes. `1.1`: none. */
  readonly attributes: readonly string[];
  readonly controls?: readonly Control[];
  /** Most entries; the server then answers with result 4. Default: as many as there are. */
  readonly sizeLimit?: number;
}

export interface LdapSearchAnswer {
  readonly entries: readonly LdapEntry[];
  /** Places on other servers the answer points to; they are not visited. */
  readonly references: readonly string[];
  /** Controls of the server's answer. */
  readonly controls: readonly Control[];
}

/** Operations on a signed-in connection. Nothing is retried. */
export interface LdapClient {
  search(search: LdapSearch): Promise<LdapSearchAnswer>;
  /** All entries page by page, until the server says that there are no more. */
  searchPages(search: LdapSearch, pageSize: number): AsyncGenerator<readonly LdapEntry[]>;
  add(dn: string, attributes: LdapAttributes, controls?: readonly Control[]): Promise<void>;
  modify(dn: string, changes: readonly LdapChange[], controls?: readonly Control[]): Promise<void>;
  /** `newRdn` as text of RFC 4514; `newSuperior` null: it stays where it is. The old name's value is removed. */
  rename(dn: string, newRdn: string, newSuperior: string | null, controls?: readonly Control[]): Promise<void>;
  remove(dn: string, controls?: readonly Control[]): Promise<void>;
  /** An extended operation; resolves when the server answers success. */
  extended(oid: string, value?: Buffer): Promise<void>;
}

export function clientOf(wire: Wire): LdapClient {
  return {
    search: (search) => searchOnce(wire, search),
    searchPages: (search, pageSize) => searchPages(wire, search, pageSize),
    add: (dn, attributes, controls) =>
      succeed(
        wire,
        (messageId) => new AddRequest({ messageId, dn, attributes: toAttributes(attributes), ...of(controls) }),
      ),
    modify: (dn, changes, controls) =>
      succeed(
        wire,
        (messageId) => new ModifyRequest({ messageId, dn, changes: changes.map(toChange), ...of(controls) }),
      ),
    rename: (dn, newRdn, newSuperior, controls) =>
      succeed(
        wire,
        (messageId) =>
          new ModifyDNRequest({
            messageId,
            dn,
            newRdn,
            newSuperior: newSuperior ?? '',
            deleteOldRdn: true,
            ...of(controls),
          }),
      ),
    remove: (dn, controls) => succeed(wire, (messageId) => new DeleteRequest({ messageId, dn, ...of(controls) })),
    extended: (oid, value) =>
      succeed(wire, (messageId) => new ExtendedRequest({ messageId, oid, ...(value === undefined ? {} : { value }) })),
  };
}

function of(controls: readonly Control[] | undefined): { readonly controls?: Control[] } {
  return controls === undefined ? {} : { controls: [...controls] };
}

async function succeed(wire: Wire, build: (messageId: number) => LdapRequest): Promise<void> {
  const response = await wire.exchange(build);
  if (response.status !== 0) throw resultError(response);
}

function toAttributes(attributes: LdapAttributes): Attribute[] {
  return Object.entries(attributes).map(([type, values]) => toAttribute(type, values));
}

function toChange({ operation, attribute, values }: LdapChange): Change {
  return new Change({ operation, modification: toAttribute(attribute, values) });
}

function toAttribute(type: string, values: readonly LdapValue[]): Attribute {
  return new Attribute({
    type,
    values: values.map((value) => (typeof value === 'string' ? Buffer.from(value) : value)),
  });
}

async function searchOnce(wire: Wire, search: LdapSearch): Promise<LdapSearchAnswer> {
  const entries: LdapEntry[] = [];
  const references: string[] = [];
  const response = await wire.exchange((messageId) => toRequest(messageId, search), {
    entry: (entry) => void entries.push(toEntry(entry)),
    reference: (uris) => void references.push(...uris),
  });
  if (response.status !== 0) throw resultError(response);
  return { entries, references, controls: response.controls ?? [] };
}

function toRequest(messageId: number, search: LdapSearch): SearchRequest {
  return new SearchRequest({
    messageId,
    baseDN: search.base,
    scope: search.scope ?? 'sub',
    filter: search.filter,
    attributes: [...search.attributes],
    sizeLimit: search.sizeLimit ?? 0,
    // ldapts would say 10 seconds; the deadline of the call is the only limit here.
    timeLimit: 0,
    ...of(search.controls),
  });
}

// ldapts' own paging ends at an empty page, which a server may send in the middle; only an empty cookie is the end.
async function* searchPages(wire: Wire, search: LdapSearch, size: number): AsyncGenerator<readonly LdapEntry[]> {
  let cookie: Buffer | undefined;
  do {
    const paging = new PagedResultsControl({
      critical: true,
      value: { size, ...(cookie === undefined ? {} : { cookie }) },
    });
    const answer = await searchOnce(wire, { ...search, controls: [...(search.controls ?? []), paging] });
    if (answer.entries.length > 0) yield answer.entries;
    cookie = cookieOf(answer.controls);
  } while (cookie !== undefined && cookie.length > 0);
}

function cookieOf(controls: readonly Control[]): Buffer | undefined {
  return controls.find((control) => control instanceof PagedResultsControl)?.value?.cookie;
}
