// Where an embedded PostgreSQL lives: its data folder and the account it runs under, decided together,
// because the account must reach the folder. The same question gets the same answer at the next start.
import { createHash } from 'node:crypto';
import { chmodSync, existsSync, lstatSync, mkdirSync, statSync } from 'node:fs';
import { homedir, tmpdir } from 'node:os';
import { basename, dirname, join, resolve } from 'node:path';
import { type Account, allowsNamespaces, canReach, isRoot, nobody } from './account.js';

export interface Place {
  /** Where the data really are: the wanted folder, or one in the shelter. */
  readonly dataDir: string;
  readonly account: Account;
}

/** `shelter`: a folder open to every user, for what cannot stay where it was wanted. */
export function findPlace(wanted: string, shelter: string | undefined): Place {
  const dataDir = findData(wanted, shelter);
  if (dataDir !== null) return { dataDir, account: accountOf(dataDir) };
  if (!isRoot()) return { dataDir: resolve(wanted), account: { kind: 'self' } };
  if (allowsNamespaces()) return { dataDir: resolve(wanted), account: { kind: 'namespace' } };
  const parent = dirname(resolve(wanted));
  mkdirSync(parent, { recursive: true, mode: 0o755 });
  if (canReach(nobody, parent)) return { dataDir: resolve(wanted), account: nobody };
  return { dataDir: shelteredName(openShelter(shelter), wanted), account: nobody };
}

/** The data folder of an earlier start, or null when there was none. */
export function findData(wanted: string, shelter: string | undefined): string | null {
  const sheltered = sheltersFor(shelter).map((folder) => shelteredName(folder, wanted));
  return [resolve(wanted), ...sheltered].find((folder) => existsSync(join(folder, 'PG_VERSION'))) ?? null;
}

/** The first shelter that can be had; made when missing. */
export function openShelter(shelter: string | undefined): string {
  const candidates = sheltersFor(shelter);
  const found = candidates.find(isUsableShelter);
  if (found !== undefined) return found;
  throw new Error(
    `PostgreSQL must run as an ordinary user, and no folder is open to one: tried ${candidates.join(', ')}. Start Joinery as an ordinary user, or set DATABASE_URL.`,
  );
}

function accountOf(dataDir: string): Account {
  const { uid, gid } = statSync(dataDir);
  const ourselves = process.getuid?.();
  if (ourselves === uid && uid !== 0) return { kind: 'self' };
  if (ourselves === undefined) return { kind: 'self' };
  if (ourselves !== 0) {
    throw new Error(
      `The database in ${dataDir} belongs to user ${uid}; we are user ${ourselves}. Start as that user, or choose another JOINERY_HOME.`,
    );
  }
  if (uid !== 0) return { kind: 'user', uid, gid };
  if (allowsNamespaces()) return { kind: 'namespace' };
  throw new Error(
    `The database in ${dataDir} belongs to root, which PostgreSQL refuses to be, and this machine denies user namespaces. Run: chown -R 65534:65534 ${dataDir}`,
  );
}

function sheltersFor(shelter: string | undefined): readonly string[] {
  if (shelter !== undefined) return [shelter];
  if (isRoot()) return ['/var/lib/joinery', join(tmpdir(), 'joinery')];
  return [join(homedir(), '.cache', 'joinery'), join(tmpdir(), `joinery-${process.getuid?.() ?? 0}`)];
}

/** In a folder that others can write, a stranger could lay out programs for us. */
function isUsableShelter(folder: string): boolean {
  try {
    mkdirSync(folder, { recursive: true });
    const { uid, mode } = lstatSync(folder);
    if (uid !== process.getuid?.() || (mode & 0o022) !== 0) return false;
    chmodSync(folder, 0o755);
    return !isRoot() || canReach(nobody, folder);
  } catch {
    return false;
  }
}

function shelteredName(shelter: string, wanted: string): string {
  const digest = createHash('sha256').update(resolve(wanted)).digest('hex').slice(0, 12);
  return join(shelter, `${basename(wanted)}-${digest}`);
}
