// Reading users and groups: one, or all of them, from the account files of the host.
// Owns the scripts that read; what a line means is account-file.ts', keys authorized-key.ts'.
import { ConnectorError, type TargetObject } from '@joinery/connector-kit';
import { type AccountLines, groupsOf, linesOf, usersOf } from './account-file.js';
import { programError } from './failure.js';
import type { Remote } from './remote.js';
import type { PosixSettings } from './settings.js';

export interface Host {
  readonly settings: PosixSettings;
  readonly remote: Remote;
}

/** A line that no account file holds: what stands between two of them in one answer. */
const divider = '# and then #';

const wholeFiles = `cat "$1/etc/passwd" && echo '${divider}' && $S cat "$1/etc/shadow" && echo '${divider}' && cat "$1/etc/group"`;

// One user needs its own lines, and the names of its groups without their other members.
const oneUser = `awk -F: -v n="$2" '$1==n' "$1/etc/passwd" && echo '${divider}' &&
$S awk -F: -v n="$2" '$1==n' "$1/etc/shadow" && echo '${divider}' &&
awk -F: -v n="$2" -v g="$(awk -F: -v n="$2" '$1==n{print $4}' "$1/etc/passwd")" '
{ k=split($4,m,","); f=0; for(i=1;i<=k;i++) if(m[i]==n) f=1; if(f) print $1 FS FS $3 FS n; else if($3==g) print $1 FS FS $3 FS }' "$1/etc/group"`;

const oneGroup = `awk -F: -v n="$2" '$1==n' "$1/etc/group"`;
const allGroups = `cat "$1/etc/group"`;

/** All users as the files had them; read as a whole, so that the memberships fit the users. */
export async function readUsers(host: Host, signal: AbortSignal): Promise<readonly TargetObject[]> {
  return usersOf(await readLines(host, wholeFiles, [], signal), host.settings.minimumId);
}

export async function readUser(host: Host, name: string, signal: AbortSignal): Promise<TargetObject | null> {
  if (!isName(name)) return null;
  const [user] = usersOf(await readLines(host, oneUser, [name], signal), host.settings.minimumId);
  return user ?? null;
}

export async function readGroups(host: Host, signal: AbortSignal): Promise<readonly TargetObject[]> {
  return groupsOf(linesOf(await answer(host, allGroups, [], 'read the groups', signal)), host.settings.minimumId);
}

export async function readGroup(host: Host, name: string, signal: AbortSignal): Promise<TargetObject | null> {
  if (!isName(name)) return null;
  const lines = linesOf(await answer(host, oneGroup, [name], `read the group ${name}`, signal));
  return groupsOf(lines, host.settings.minimumId)[0] ?? null;
}

/** What useradd(8) and groupadd(8) take for a name; nothing else can be in the files. */
export const isName = (name: string): boolean => /^[a-z_][a-z0-9_.-]{0,31}$/.test(name);

async function readLines(
  host: Host,
  script: string,
  words: readonly string[],
  signal: AbortSignal,
): Promise<AccountLines> {
  const text = await answer(host, script, words, 'read the account files', signal);
  const [passwd, shadow, groups] = text.split(`${divider}\n`);
  if (passwd === undefined || shadow === undefined || groups === undefined)
    throw new ConnectorError({
      code: 'UNREACHABLE',
      message: 'Could not read the account files: half an answer came.',
    });
  return {
    passwd: linesOf(passwd),
    shadow: new Map(linesOf(shadow).map((fields) => [fields[0] ?? '', fields])),
    groups: linesOf(groups),
  };
}

/** What the script wrote; a script that fails is a typed error. */
export async function answer(
  { remote, settings }: Host,
  script: string,
  words: readonly string[],
  operation: string,
  signal: AbortSignal,
): Promise<string> {
  const finished = await remote.run({ script, words: [settings.root, ...words], signal });
  if (finished.exitCode !== 0) throw programError(finished, operation);
  return finished.output;
}
