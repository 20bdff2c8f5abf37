// Changes of groups: groupadd, groupmod, groupdel, members by delta. Owns which option says what.
import type { Delta } from '@joinery/connector-kit';
import { type Change, changeOf, refusedValue } from './change.js';
import { isName } from './listing.js';
import type { PosixSettings } from './settings.js';
import { leaving } from './user.js';

/** Members in one command: one argument of a program holds at most 128 KB. */
const membersAtOnce = 2_000;

export function groupProblem(delta: Delta): string | null {
  if (!isName(delta.key)) return 'its name must be lower case letters, digits, "_", "-" or ".", at most 32';
  return delta.kind === 'delete' ? null : refusedValue(delta.set, ['gid']);
}

export function groupChange(settings: PosixSettings, delta: Delta): Change {
  const { key, set } = delta;
  const gid = set.gid === undefined ? [] : ['-g', String(set.gid)];
  const added = joining(key, delta.add.members ?? []);
  switch (delta.kind) {
    case 'create':
      return changeOf(settings, key, [['groupadd', ...gid, '--', key], ...added], { undo: ['groupdel', '--', key] });
    case 'update':
      return changeOf(settings, key, [
        ...(gid.length === 0 ? [] : [['groupmod', ...gid, '--', key]]),
        ...added,
        ...(delta.remove.members ?? []).map((member) => leaving(settings, member, key)),
      ]);
    case 'delete':
      return changeOf(settings, key, [['groupdel', '--', key]]);
    default:
      return delta.kind satisfies never;
  }
}

function joining(group: string, members: readonly string[]): readonly (readonly string[])[] {
  const commands: string[][] = [];
  for (let start = 0; start < members.length; start += membersAtOnce)
    commands.push(['groupmod', '-a', '-U', members.slice(start, start + membersAtOnce).join(','), '--', group]);
  return commands;
}
