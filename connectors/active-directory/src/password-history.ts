// Whether an account ever had a password. No attribute says so: pwdLastSet is 0 as well when a password must be changed,
// and can be set without one. What the directory keeps for replication does: which attributes were ever written.
import { bytesOf, type LdapClient, type LdapEntry, present } from '@joinery/ldap-client';
import { guidName } from './identifier.js';

const source = 'replPropertyMetaData';

/** Numbers of attributes in the metadata: those of the schema every domain begins with. */
const unicodePwd = 0x9_005a;
const supplementalCredentials = 0x9_007d;

/** Lengths and offsets in bytes of version 1: a head with the number of entries, then entries of one length each. */
const head = { version: 0, count: 8, length: 16 } as const;
const item = { attribute: 0, version: 4, length: 48 } as const;

/** Whether the directory knows of no password the account ever had; false where the metadata cannot be read. */
export async function neverHadPassword(client: LdapClient, guid: string): Promise<boolean> {
  const search = { base: guidName(guid), scope: 'base', filter: present('objectClass'), attributes: [source] } as const;
  const [entry] = (await client.search(search)).entries;
  return entry !== undefined && saysNoPassword(entry);
}

/** Exported for its test. An account is made with an empty unicodePwd (version 1); keys come with the first password only. */
export function saysNoPassword(entry: LdapEntry): boolean {
  const versions = versionsIn(bytesOf(entry, source)[0]);
  return versions.get(unicodePwd) === 1 && !versions.has(supplementalCredentials);
}

/** Attribute → how often it was written; empty when that is not told, or in no form known here. */
function versionsIn(bytes: Buffer | undefined): ReadonlyMap<number, number> {
  if (bytes === undefined || bytes.length < head.length || bytes.readUInt32LE(head.version) !== 1) return new Map();
  const count = bytes.readUInt32LE(head.count);
  if (bytes.length < head.length + count * item.length) return new Map();
  return new Map(
    Array.from({ length: count }, (_unused, n) => {
      const at = head.length + n * item.length;
      return [bytes.readUInt32LE(at + item.attribute), bytes.readUInt32LE(at + item.version)] as const;
    }),
  );
}
