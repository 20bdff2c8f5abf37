// The test's own hands on the real domain: an administrator's client and the database tools of Samba, neither of them the
// connector's. Owns what the tests put in and look at.
import { execFile } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { promisify } from 'node:util';
import { Attribute, Change, Client, Control, type Entry, EqualityFilter } from 'ldapts';
import { type SambaSystem, startSamba } from '../../../test/systems/samba.mjs';

const run = promisify(execFile);

/** Everything of the tests is under it. */
export const root = 'OU=joinery,DC=corp,DC=example,DC=org';
export const people = `OU=people,${root}`;
export const groups = `OU=groups,${root}`;
/** Members of groups that stay when the others are emptied away. */
export const crowd = `OU=crowd,${root}`;

export const serviceAccount = {
  name: 'svc-joinery',
  upn: 'svc-joinery@corp.example.org',
  password: 'Canary-Right/5f2c@',
};

export interface Domain {
  readonly samba: SambaSystem;
  readonly admin: Client;
  search(base: string, filter: string, attributes?: readonly string[]): Promise<readonly Entry[]>;
  /** One entry by its account name; null when there is none. */
  account(name: string, attributes: readonly string[]): Promise<Entry | null>;
  replace(dn: string, attributes: Readonly<Record<string, string | null>>): Promise<void>;
  changeMembers(operation: 'add' | 'delete', groupDn: string, members: readonly string[]): Promise<void>;
  /** Adds entries, going round the server. */
  load(ldif: string): Promise<void>;
  signsIn(user: string, password: string): Promise<boolean>;
  /** Empties people and groups. After thousands of entries the whole domain is as it was before them. */
  empty(): Promise<void>;
  stop(): Promise<void>;
}

export async function startDomain(): Promise<Domain> {
  const samba = await startSamba();
  const ca = readFileSync(samba.caPath);
  const admin = new Client({ url: samba.url, tlsOptions: { ca }, timeout: 600_000, strictDN: false });
  await admin.bind(samba.adminUpn, samba.password);
  const domain = domainOf(samba, ca, admin);
  await prepare(domain);
  return domain;
}

function domainOf(samba: SambaSystem, ca: Buffer, admin: Client): Domain {
  const crowded = { isKept: false, isCrowded: false };
  const search: Domain['search'] = async (base, filter, attributes = ['sAMAccountName']) => {
    const { searchEntries } = await admin.search(base, {
      filter,
      attributes: [...attributes],
      paged: { pageSize: 1_000 },
    });
    return searchEntries;
  };
  return {
    samba,
    admin,
    search,
    account: async (name, attributes) => {
      const filter = new EqualityFilter({ attribute: 'sAMAccountName', value: name });
      const { searchEntries } = await admin.search(samba.baseDn, { filter, attributes: [...attributes] });
      return searchEntries[0] ?? null;
    },
    replace: (dn, attributes) =>
      admin.modify(
        dn,
        Object.entries(attributes).map(
          ([type, value]) =>
            new Change({
              operation: 'replace',
              modification: new Attribute({ type, values: value === null ? [] : [value] }),
            }),
        ),
      ),
    changeMembers: (operation, groupDn, members) =>
      admin.modify(
        groupDn,
        new Change({ operation, modification: new Attribute({ type: 'member', values: [...members] }) }),
      ),
    load: async (ldif) => {
      const entries = ldif.split(/\n\n+/).filter((entry) => entry.trim() !== '');
      crowded.isCrowded ||= entries.length > mostDeleted;
      if (crowded.isCrowded && !crowded.isKept) {
        await withNewConnection(samba, admin, () => samba.keep());
        crowded.isKept = true;
      }
      await loadAll(samba, entries);
    },
    signsIn: (user, password) => signsIn(samba, ca, user, password),
    empty: async () => {
      if (crowded.isCrowded) await withNewConnection(samba, admin, () => samba.restore());
      crowded.isCrowded = false;
      for (const place of [people, groups]) await emptyPlace(admin, place);
    },
    stop: async () => {
      await admin.unbind();
      await samba.stop();
    },
  };
}

/** More entries than that are not deleted one by one, which takes longer than all the tests: the domain is restored. */
const mostDeleted = 200;
/** Most entries of one transaction: its cost grows faster than their number. */
const mostAtOnce = 400;

async function withNewConnection(samba: SambaSystem, admin: Client, run: () => Promise<void>): Promise<void> {
  await admin.unbind();
  await run();
  await admin.bind(samba.adminUpn, samba.password);
}

async function loadAll(samba: SambaSystem, entries: readonly string[]): Promise<void> {
  for (let from = 0; from < entries.length; from += mostAtOnce)
    await ldb('ldbadd', samba, `${entries.slice(from, from + mostAtOnce).join('\n\n')}\n`);
}

async function ldb(program: string, samba: SambaSystem, ldif: string, ...words: readonly string[]): Promise<void> {
  const done = run(program, [`--configfile=${samba.configurationPath}`, '-H', samba.databasePath, ...words], {
    env: { ...process.env, TDB_NO_FSYNC: '1' },
  });
  done.child.stdin?.end(ldif);
  await done;
}

async function signsIn(samba: SambaSystem, ca: Buffer, user: string, password: string): Promise<boolean> {
  const client = new Client({ url: samba.url, tlsOptions: { ca }, timeout: 30_000 });
  try {
    await client.bind(user, password);
    return true;
  } catch {
    return false;
  } finally {
    await client.unbind();
  }
}

async function emptyPlace(admin: Client, place: string): Promise<void> {
  const { searchEntries } = await admin.search(place, {
    scope: 'one',
    attributes: ['1.1'],
    paged: { pageSize: 1_000 },
  });
  for (const { dn } of searchEntries) await admin.del(dn, [treeDelete()]);
}

function treeDelete() {
  return new Control('1.2.840.113556.1.4.805', { critical: true });
}

const classes = {
  user: 'bf967aba-0de6-11d0-a285-00aa003049e2',
  group: 'bf967a9c-0de6-11d0-a285-00aa003049e2',
  unit: 'bf967aa5-0de6-11d0-a285-00aa003049e2',
} as const;
const resetPassword = '00299570-246d-11d0-a768-00aa006e0529';
const replicatingChanges = '1131f6aa-9c07-11d1-f79f-00c04fc2dcd2';

const deletedObjects = 'CN=Deleted Objects,DC=corp,DC=example,DC=org';

/** Make and delete objects of the class, and read and write all their attributes: what the README asks for. */
const manage = (sid: string, of: string): string => `(OA;CI;CCDC;${of};;${sid})(OA;CIIO;RPWP;;${of};${sid})`;

async function prepare(domain: Domain): Promise<void> {
  const { admin, samba } = domain;
  for (const dn of [root, people, groups, crowd]) await admin.add(dn, { objectClass: 'organizationalUnit' });
  await admin.add(`CN=${serviceAccount.name},${root}`, [
    new Attribute({ type: 'objectClass', values: ['top', 'person', 'organizationalPerson', 'user'] }),
    new Attribute({ type: 'sAMAccountName', values: [serviceAccount.name] }),
    new Attribute({ type: 'userPrincipalName', values: [serviceAccount.upn] }),
    // Enabled, and its password does not expire.
    new Attribute({ type: 'userAccountControl', values: ['66048'] }),
    new Attribute({ type: 'unicodePwd', values: [Buffer.from(`"${serviceAccount.password}"`, 'utf16le')] }),
  ]);
  const sid = await sidOf(domain);
  const ofUsers = `${manage(sid, classes.user)}(OA;CIIO;CR;${resetPassword};${classes.user};${sid})`;
  await allow(samba, root, `${ofUsers}${manage(sid, classes.group)}${manage(sid, classes.unit)}`);
  await allow(samba, samba.baseDn, `(OA;;CR;${replicatingChanges};;${sid})`);
  await allowDeleted(samba, sid);
}

async function sidOf({ admin, samba }: Domain): Promise<string> {
  const { searchEntries } = await admin.search(samba.baseDn, {
    filter: `(sAMAccountName=${serviceAccount.name})`,
    attributes: ['objectSid'],
    explicitBufferAttributes: ['objectSid'],
  });
  const bytes = searchEntries[0]?.objectSid as Buffer;
  return ['S', 1, 5, ...[0, 1, 2, 3, 4].map((n) => bytes.readUInt32LE(8 + 4 * n))].join('-');
}

// samba-tool does not see this container. Those before the last are the rights it has by default.
async function allowDeleted(samba: SambaSystem, sid: string): Promise<void> {
  const everything = 'RPWPCCDCLCRCWOWDSDSW';
  const rights = `O:SYG:SYD:PAI(A;;${everything};;;SY)(A;;${everything};;;BA)(A;;RPLC;;;${sid})`;
  const change = 'changetype: modify\nreplace: nTSecurityDescriptor\nnTSecurityDescriptor';
  await ldb('ldbmodify', samba, `dn: ${deletedObjects}\n${change}: ${rights}\n`, '--controls=show_deleted:1');
}

async function allow(samba: SambaSystem, dn: string, sddl: string): Promise<void> {
  const words = ['dsacl', 'set', `--objectdn=${dn}`, '--action=allow', `--sddl=${sddl}`];
  await run('samba-tool', [...words, '-H', samba.databasePath, '-s', samba.configurationPath]);
}
