// What was touched since a cookie, by the DirSync control: deletions, moves and single memberships included.
// Needs the right «Replicating Directory Changes» on the naming context.
import { type ChangePage, ConnectorError, cookieRefused } from '@joinery/connector-kit';
import {
  bytesOf,
  dirSync,
  equalTo,
  extendedNames,
  type Filter,
  incrementalValues,
  isLdapResult,
  isWithin,
  type LdapClient,
  type LdapEntry,
  parseFilter,
  present,
  textOf,
  textsOf,
} from '@joinery/ldap-client';
import type { Catalog, Layout } from './catalog.js';
import { changePages, type Touched } from './change.js';
import { containers, rowsBeneath } from './container.js';
import { cookieOf, markIn } from './cookie.js';
import { requireDeletedObjects } from './deleted.js';
import { extendedName, guidText } from './identifier.js';

interface Ground {
  readonly client: LdapClient;
  readonly catalog: Catalog;
  readonly layout: Layout;
}

/** Finds nothing, so that the first cookie costs no reading of the domain. */
const nothing: Filter = equalTo('objectClass', 'no-such-class');

/** Tells that a row has been renamed, moved or deleted. */
const ofTheName = ['name', 'parentGUID', 'isDeleted'];

export async function* changesByDirSync(ground: Ground, cookie: string | null): AsyncGenerator<ChangePage> {
  const { catalog, layout } = ground;
  const origin = catalog.namingContext;
  const progress = (mark: Buffer): string =>
    cookieOf(layout.type.name, { way: 'dirSync', origin, mark: mark.toString('base64') });
  // Microsoft's controllers tell deletions to whoever has the right; Samba hides those the account cannot read.
  if (catalog.isSamba) await requireDeletedObjects(ground.client, catalog);
  if (cookie === null) {
    const { mark } = await readAll(ground, Buffer.alloc(0), nothing, ['1.1']);
    return yield { changes: [], cookie: progress(mark) };
  }
  const from = Buffer.from(markIn(layout.type.name, cookie, 'dirSync', origin), 'base64');
  const own = await readAll(ground, from, parseFilter(layout.traits.deletedFilter), attributesOf(layout));
  await refuseLostMembers(ground, from);
  const others = [...(await linkedTo(ground, from)), ...(await rowsBeneath(ground, await movedUnits(ground, from)))];
  const touched = { ...own.touched, present: [...own.touched.present, ...others] };
  yield* changePages(ground, touched, cookie, progress(own.mark));
}

// A filter of the settings may look at any attribute, so then every change counts.
function attributesOf(layout: Layout): readonly string[] {
  if (layout.settings.filter !== null) return ['*', ...ofTheName];
  const links = layout.links.filter(({ isBack }) => !isBack).map(({ forward }) => forward);
  const locks = layout.attributes.some(({ form }) => form === 'locked') ? ['lockoutTime'] : [];
  return [...layout.wanted, ...ofTheName, ...links, ...locks];
}

/** Rows whose links changed because the objects on the other side did: memberOf is told of the group alone. */
async function linkedTo(ground: Ground, from: Buffer): Promise<readonly string[]> {
  const forward = ground.layout.links.filter(({ isBack }) => isBack).map((link) => link.forward);
  if (forward.length === 0) return [];
  const { entries } = await readAll(ground, from, present('objectClass'), forward);
  return entries.flatMap((entry) => forward.flatMap((attribute) => valuesOf(entry, attribute)));
}

/** A unit tells its name when it was made, renamed or moved. */
async function movedUnits(ground: Ground, from: Buffer): Promise<readonly string[]> {
  const { entries } = await readAll(ground, from, containers, ofTheName);
  return entries.filter((entry) => textOf(entry, 'name') !== null && textOf(entry, 'isDeleted') !== 'TRUE').map(guidIn);
}

/** A deleted group keeps no members, and the directory tells none of them that it went: only reading everything shows it. */
async function refuseLostMembers(ground: Ground, from: Buffer): Promise<void> {
  const { catalog, layout } = ground;
  const targets = layout.links
    .filter(({ isBack }) => isBack)
    .flatMap(({ link }) => catalog.layouts.filter(({ type }) => type.name === link.targetObjectType));
  for (const { traits, settings } of targets) {
    const filter = parseFilter(traits.deletedFilter);
    const { entries } = await readAll(ground, from, filter, ['isDeleted', 'lastKnownParent']);
    const gone = entries
      .filter((entry) => textOf(entry, 'isDeleted') === 'TRUE')
      .map((entry) => extendedName(textOf(entry, 'lastKnownParent') ?? '').dn)
      .find((parent) => settings.places.some((place) => isWithin(parent, place)));
    if (gone !== undefined)
      throw cookieRefused(`"${settings.name}" in ${gone} were deleted, and the domain does not tell whose they were`);
  }
}

// Added values come as `member;range=1-1`, removed ones as `member;range=0-0`.
function valuesOf(entry: LdapEntry, attribute: string): readonly string[] {
  const name = attribute.toLowerCase();
  return [...entry.attributes.keys()]
    .filter((key) => key === name || key.startsWith(`${name};`))
    .flatMap((key) => textsOf(entry, key))
    .map((text) => extendedName(text).guid)
    .filter((guid) => guid !== null);
}

interface Reading {
  readonly entries: readonly LdapEntry[];
  readonly touched: Touched;
  readonly mark: Buffer;
}

async function readAll(ground: Ground, from: Buffer, filter: Filter, attributes: readonly string[]): Promise<Reading> {
  const entries: LdapEntry[] = [];
  let mark = from;
  let hasMore = true;
  while (hasMore) {
    const answer = await readSome(ground, mark, filter, attributes);
    entries.push(...answer.entries);
    ({ cookie: mark, hasMore } = answer.next);
  }
  const isDeleted = (entry: LdapEntry): boolean => textOf(entry, 'isDeleted') === 'TRUE';
  const touched = {
    present: entries.filter((entry) => !isDeleted(entry)).map(guidIn),
    deleted: entries.filter(isDeleted).map(guidIn),
  };
  return { entries, touched, mark };
}

function guidIn(entry: LdapEntry): string {
  const [bytes] = bytesOf(entry, 'objectGUID');
  return bytes === undefined ? (extendedName(entry.dn).guid ?? '') : guidText(bytes);
}

async function readSome({ client, catalog }: Ground, mark: Buffer, filter: Filter, attributes: readonly string[]) {
  const control = dirSync(mark, incrementalValues);
  try {
    const controls = [control.control, extendedNames()];
    const { entries } = await client.search({ base: catalog.namingContext, filter, attributes, controls });
    const next = control.next();
    if (next === null) throw cookieRefused('the domain controller gave no new cookie');
    return { entries, next };
  } catch (error) {
    throw explained(error, mark);
  }
}

function explained(error: unknown, mark: Buffer): unknown {
  if (isLdapResult(error, 1, 2, 12, 53) && mark.length > 0)
    return cookieRefused('the domain controller does not take its cookie (any more)');
  if (!isLdapResult(error, 8, 50)) return error;
  return new ConnectorError(
    {
      code: 'FORBIDDEN',
      message: 'Could not read changes: the account may not use DirSync.',
      hint: 'Grant it «Replicating Directory Changes» on the domain, or set "changes" to usnChanged or comparison.',
      targetCode: String(error.resultCode),
      targetMessage: error.diagnostic,
    },
    { cause: error },
  );
}
