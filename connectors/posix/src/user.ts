// Changes of users: useradd, usermod, userdel, each delta one script. Owns which option says what, and what is taken back
// when the second step of a creation fails. Passwords reach the host on standard input and are hashed there.
import type { Delta, ScalarValue, TargetObject } from '@joinery/connector-kit';
import { commentParts } from './account-file.js';
import { type Change, changeOf, type Parts, refusedValue } from './change.js';
import { isName } from './listing.js';
import type { PosixSettings } from './settings.js';

/** Reads the password from standard input and stores its hash; `$1` is the root, `$2` the name. chpasswd knows no prefix. */
const setPassword = `h=$(openssl passwd -6 -stdin) && if [ -z "$1" ]; then printf '%s:%s\\n' "$2" "$h" | $S chpasswd -e; else $S usermod --prefix "$1" -p "$h" -- "$2"; fi`;

/** Why the delta cannot be carried out, beyond names and types; null when it can. */
export function userProblem(delta: Delta): string | null {
  if (!isName(delta.key)) return 'its name must be lower case letters, digits, "_", "-" or ".", at most 32';
  const groups = [...(delta.add.groups ?? []), ...(delta.remove.groups ?? [])];
  if (delta.kind === 'delete') return null;
  return (
    refusedValue(delta.set, ['uid', 'home', 'primaryGroup', 'enabled', 'password']) ??
    commentProblem(delta.set) ??
    groupProblem(groups)
  );
}

const commentProblem = (set: Delta['set']): string | null => {
  const name = commentParts.find((part) => String(set[part] ?? '').includes(','));
  return name === undefined ? null : `its attribute "${name}" holds a comma, which ends a part of the comment field`;
};

const groupProblem = (groups: readonly string[]): string | null =>
  groups.find((group) => /[,:\s]/.test(group)) === undefined
    ? null
    : 'the name of a group holds a comma, a colon or a blank';

export function userChange(settings: PosixSettings, delta: Delta, present: TargetObject | null): Change {
  switch (delta.kind) {
    case 'create':
      return creation(settings, delta);
    case 'update':
      return modification(settings, delta, present);
    case 'delete':
      return changeOf(settings, delta.key, [['userdel', ...(settings.removeHome ? ['-r'] : []), '--', delta.key]]);
    default:
      return delta.kind satisfies never;
  }
}

function creation(settings: PosixSettings, delta: Delta): Change {
  const { set, key } = delta;
  const groups = delta.add.groups ?? [];
  const primary = set.primaryGroup === undefined ? ['-U'] : ['-g', String(set.primaryGroup)];
  const command = [
    'useradd',
    settings.createHome ? '-m' : '-M',
    ...primary,
    ...optionsOf(set, null),
    ...(groups.length === 0 ? [] : ['-G', groups.join(',')]),
    ...(set.enabled === false ? ['-e', '1970-01-02'] : []),
    '--',
    key,
  ];
  const undo = ['userdel', '-r', '--', key];
  return changeOf(settings, key, [command], { ...passwordOf(set), undo });
}

function modification(settings: PosixSettings, delta: Delta, present: TargetObject | null): Change {
  const { set, key } = delta;
  const added = delta.add.groups ?? [];
  const options = [
    ...optionsOf(set, present),
    ...(set.primaryGroup === undefined ? [] : ['-g', String(set.primaryGroup)]),
    ...enabling(set.enabled, present),
    ...(added.length === 0 ? [] : ['-a', '-G', added.join(',')]),
  ];
  const commands = options.length === 0 ? [] : [['usermod', ...options, '--', key]];
  const removals = (delta.remove.groups ?? []).map((group) => leaving(settings, key, group));
  return changeOf(settings, key, [...commands, ...removals], passwordOf(set));
}

/** gpasswd knows no prefix, and usermod of shadow before 4.9 cannot take a group away. */
export const leaving = ({ root }: PosixSettings, user: string, group: string): readonly string[] =>
  root === '' ? ['gpasswd', '-d', user, group] : ['usermod', '-r', '-G', group, '--', user];

function optionsOf(set: Delta['set'], present: TargetObject | null): readonly string[] {
  const option = (flag: string, value: ScalarValue | undefined): readonly string[] =>
    value === undefined ? [] : [flag, value === null ? '' : String(value)];
  return [
    ...option('-u', set.uid),
    ...option('-c', commentOf(set, present)),
    ...option('-d', set.home),
    ...option('-s', set.shell),
  ];
}

/** The whole comment field, the parts that do not change as they are; undefined when none does. */
function commentOf(set: Delta['set'], present: TargetObject | null): string | undefined {
  if (!commentParts.some((name) => set[name] !== undefined)) return undefined;
  const values = { ...present?.attributes, ...set };
  return commentParts
    .map((name) => values[name] ?? '')
    .join(',')
    .replace(/,+$/, '');
}

/** Disabled is expired and locked: sshd looks at the day even where it signs people in by key. */
function enabling(enabled: ScalarValue | undefined, present: TargetObject | null): readonly string[] {
  if (enabled === false) return ['-L', '-e', '1970-01-02'];
  if (enabled !== true) return [];
  return ['-e', '', ...(present?.attributes.hasPassword === true ? ['-U'] : [])];
}

const passwordOf = ({ password }: Delta['set']): Parts =>
  typeof password === 'string' ? { first: setPassword, input: `${password}\n` } : {};
