// The schema of the forest, as far as the settings name attributes: which form a value has, who may write it, and which
// attribute is the other side of which. Owns the errors about attributes that are not there.
import { ConnectorError } from '@joinery/connector-kit';
import { anyOf, equalTo, type LdapClient, type LdapEntry, textOf } from '@joinery/ldap-client';
import { type AdAttribute, type AttributeForm, numberIn } from './attribute.js';

export interface SchemaAttribute {
  readonly name: string;
  readonly form: AttributeForm;
  readonly isMulti: boolean;
  readonly isReadOnly: boolean;
  /** Number of the link; two attributes that are each other's other side have numbers one apart. */
  readonly linkId: number | null;
  readonly isBackLink: boolean;
}

/** Name in lower case → attribute. */
export type Schema = ReadonlyMap<string, SchemaAttribute>;

const wanted = ['lDAPDisplayName', 'attributeSyntax', 'isSingleValued', 'systemOnly', 'systemFlags', 'linkID'];
const constructedFlag = 0x4;

/** Many-valued to the schema, but the directory itself allows accounts and groups one value, or nobody has more. */
const singleInPractice: ReadonlySet<string> = new Set(['description']);
/** Kept by the directory, or written through one of the virtual attributes. */
const ownedElsewhere: ReadonlySet<string> = new Set(
  [
    'userAccountControl',
    'groupType',
    'pwdLastSet',
    'lockoutTime',
    'lastLogon',
    'lastLogonTimestamp',
    'objectSid',
    'name',
    'memberOf',
  ].map((name) => name.toLowerCase()),
);
const filetimes: ReadonlySet<string> = new Set(
  [
    'accountExpires',
    'pwdLastSet',
    'lockoutTime',
    'lastLogon',
    'lastLogonTimestamp',
    'lastLogoff',
    'badPasswordTime',
  ].map((name) => name.toLowerCase()),
);
/** Never told by the directory; a mapping that names them means the virtual attribute. */
const secrets: ReadonlySet<string> = new Set(['unicodepwd', 'userpassword', 'dbcspwd', 'ntpwdhistory', 'lmpwdhistory']);

const formBySyntax: Readonly<Record<string, AttributeForm>> = {
  '2.5.5.1': 'reference',
  '2.5.5.8': 'boolean',
  '2.5.5.9': 'number',
  '2.5.5.10': 'bytes',
  '2.5.5.11': 'time',
  '2.5.5.15': 'bytes',
  '2.5.5.16': 'number',
  '2.5.5.17': 'sid',
};

/** The named attributes that exist, and the other sides of those that are links. */
export async function readSchema(client: LdapClient, base: string, names: readonly string[]): Promise<Schema> {
  const filters = names.map((name) => equalTo('lDAPDisplayName', name));
  const found = (await search(client, base, filters)).map(toAttribute);
  const partners = found.flatMap(({ linkId, isBackLink }) =>
    linkId === null ? [] : [equalTo('linkID', String(linkId + (isBackLink ? -1 : 1)))],
  );
  const others = partners.length === 0 ? [] : (await search(client, base, partners)).map(toAttribute);
  return new Map([...others, ...found].map((attribute) => [attribute.name.toLowerCase(), attribute]));
}

async function search(
  client: LdapClient,
  base: string,
  filters: readonly ReturnType<typeof equalTo>[],
): Promise<readonly LdapEntry[]> {
  const { entries } = await client.search({ base, scope: 'one', filter: anyOf(...filters), attributes: wanted });
  return entries;
}

function toAttribute(entry: LdapEntry): SchemaAttribute {
  const name = textOf(entry, 'lDAPDisplayName') ?? '';
  const lower = name.toLowerCase();
  const linkId = numberIn(entry, 'linkID');
  const isBackLink = linkId !== null && linkId % 2 === 1;
  const isMulti = textOf(entry, 'isSingleValued') !== 'TRUE' && !singleInPractice.has(lower);
  const isKept =
    textOf(entry, 'systemOnly') === 'TRUE' || ((numberIn(entry, 'systemFlags') ?? 0) & constructedFlag) !== 0;
  return {
    name,
    form: formOf(lower, textOf(entry, 'attributeSyntax') ?? ''),
    isMulti,
    isReadOnly: isKept || isBackLink || isMulti || ownedElsewhere.has(lower),
    linkId,
    isBackLink,
  };
}

function formOf(name: string, syntax: string): AttributeForm {
  return filetimes.has(name) ? 'filetime' : (formBySyntax[syntax] ?? 'text');
}

/** The attribute the settings name; throws INVALID_VALUE when there is none, or it is a secret of the directory. */
export function attributeOf(objectType: string, name: string, schema: Schema): AdAttribute {
  const found = schema.get(name.toLowerCase());
  if (found === undefined || secrets.has(name.toLowerCase()))
    throw new ConnectorError({
      code: 'INVALID_VALUE',
      message: `The settings name the attribute "${name}" for "${objectType}", ${found === undefined ? 'which the schema of the forest does not have' : 'which the directory never tells'}.`,
      hint:
        found === undefined
          ? 'Correct the settings; names are those of LDAP, such as givenName.'
          : 'Use the attribute "password".',
    });
  return { name, form: found.form, source: found.name, isReadOnly: found.isReadOnly };
}
