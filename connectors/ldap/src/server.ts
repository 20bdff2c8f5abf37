// What the server says about itself: its root entry and its schema. Owns the errors when it does not say enough.
import { ConnectorError } from '@joinery/connector-kit';
import {
  isLdapResult,
  isWithin,
  type LdapClient,
  type LdapEntry,
  passwordModifyOid,
  postReadOid,
  present,
  textOf,
  textsOf,
} from '@joinery/ldap-client';
import { type DirectorySchema, parseSchema } from './schema.js';

export interface ServerFacts {
  readonly schema: DirectorySchema;
  /** Suffix of the database the entries are in. */
  readonly suffix: string;
  /** Answers a change with the entry as it is then. */
  readonly hasPostRead: boolean;
  readonly hasPasswordModify: boolean;
  /** Finds entries by their name in a filter. */
  readonly hasEntryDn: boolean;
}

/** Throws NOT_FOUND when the server does not hold `baseDn`. */
export async function readServerFacts(client: LdapClient, baseDn: string): Promise<ServerFacts> {
  const root = await entryAt(client, '', [
    'namingContexts',
    'supportedControl',
    'supportedExtension',
    'subschemaSubentry',
  ]);
  if (root === null || (await entryAt(client, baseDn, ['1.1'])) === null)
    throw new ConnectorError({
      code: 'NOT_FOUND',
      message: `The directory has no entry "${baseDn}", or the account may not see it.`,
      hint: `Correct the setting "baseDn"; the server holds: ${(root === null ? [] : textsOf(root, 'namingContexts')).join(' and ') || 'nothing it tells of'}.`,
    });
  const schema = await readSchema(client, textOf(root, 'subschemaSubentry') ?? 'cn=Subschema');
  return {
    schema,
    suffix: textsOf(root, 'namingContexts').find((suffix) => isWithin(baseDn, suffix)) ?? baseDn,
    hasPostRead: textsOf(root, 'supportedControl').includes(postReadOid),
    hasPasswordModify: textsOf(root, 'supportedExtension').includes(passwordModifyOid),
    hasEntryDn: schema.attribute('entryDN') !== null,
  };
}

// An account that may not read the schema can still work with attributes that are named in the settings.
async function readSchema(client: LdapClient, name: string): Promise<DirectorySchema> {
  const entry = await entryAt(client, name, ['attributeTypes', 'objectClasses']);
  return entry === null
    ? parseSchema([], [])
    : parseSchema(textsOf(entry, 'attributeTypes'), textsOf(entry, 'objectClasses'));
}

/** The entry of that name, or null when there is none. */
export async function entryAt(
  client: LdapClient,
  name: string,
  attributes: readonly string[],
): Promise<LdapEntry | null> {
  try {
    const { entries } = await client.search({ base: name, scope: 'base', filter: present('objectClass'), attributes });
    return entries[0] ?? null;
  } catch (error) {
    if (isLdapResult(error, 32)) return null;
    throw error;
  }
}
