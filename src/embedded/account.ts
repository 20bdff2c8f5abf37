// Under which account the embedded PostgreSQL runs: PostgreSQL refuses root, and many containers have nobody else.
// Owns the three ways round that; what is run, and where its data lie, is left to others.
import { spawnSync } from 'node:child_process';

export type Account =
  /** We are not root: run as ourselves. */
  | { readonly kind: 'self' }
  /** Root outside, nobody inside a user namespace: files stay root's, private folders stay reachable. */
  | { readonly kind: 'namespace' }
  /** Root becomes that user: every folder on the way must be open to it. */
  | { readonly kind: 'user'; readonly uid: number; readonly gid: number };

/** The traditional «nobody». */
export const nobody: Account = { kind: 'user', uid: 65_534, gid: 65_534 };

export interface Command {
  readonly file: string;
  readonly args: readonly string[];
  readonly uid?: number;
  readonly gid?: number;
}

const namespaceOptions = ['--user', '--map-user=65534', '--map-group=65534'];

export function isRoot(): boolean {
  return process.getuid?.() === 0;
}

/** Containers with the usual system-call filter deny user namespaces; only a try tells. */
export function allowsNamespaces(): boolean {
  return spawnSync('unshare', [...namespaceOptions, 'true'], { stdio: 'ignore' }).status === 0;
}

/** The command as that account; with `diesWithParent` the kernel interrupts it when its parent dies, even by kill -9. */
export function commandAs(account: Account, command: readonly string[], diesWithParent: boolean): Command {
  const tied = diesWithParent && hasSetpriv() ? ['setpriv', '--pdeathsig', 'SIGINT', '--', ...command] : command;
  switch (account.kind) {
    case 'self':
      return split(tied);
    case 'namespace':
      // setpriv comes after unshare: entering a namespace clears the parent-death signal.
      return split(['unshare', ...namespaceOptions, '--', ...tied]);
    case 'user':
      return { ...split(tied), uid: account.uid, gid: account.gid };
    default:
      return account satisfies never;
  }
}

/** May the account pass through the folder and all above it? */
export function canReach(account: Account, path: string): boolean {
  if (account.kind !== 'user') return true;
  const { file, args, ...identity } = commandAs(account, ['test', '-x', path], false);
  return spawnSync(file, [...args], { ...identity, cwd: '/', stdio: 'ignore' }).status === 0;
}

/** util-linux; absent outside Linux, where the next start clears what was left behind. */
function hasSetpriv(): boolean {
  return process.platform === 'linux' && spawnSync('setpriv', ['--version'], { stdio: 'ignore' }).status === 0;
}

function split(command: readonly string[]): Command {
  const [file = '', ...args] = command;
  return { file, args };
}
