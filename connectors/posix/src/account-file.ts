// The lines of passwd(5), shadow(5) and group(5) as objects of the contract. Owns what each field means; reads no file.
import type { ObjectTypeDescription, TargetObject } from '@joinery/connector-kit';

/** A line's fields. */
export type Fields = readonly string[];

export interface AccountLines {
  readonly passwd: readonly Fields[];
  readonly shadow: ReadonlyMap<string, Fields>;
  readonly groups: readonly Fields[];
}

/** The day in shadow(5) by which this package disables an account: the second day of 1970, as `usermod --expiredate 1`. */
export const disabledDay = '1';

export const userType: ObjectTypeDescription = {
  name: 'user',
  keyAttribute: 'name',
  attributes: [
    { name: 'name', type: 'string', isRequired: true },
    { name: 'uid', type: 'number' },
    { name: 'fullName', type: 'string' },
    { name: 'room', type: 'string' },
    { name: 'workPhone', type: 'string' },
    { name: 'homePhone', type: 'string' },
    { name: 'home', type: 'string' },
    { name: 'shell', type: 'string' },
    { name: 'primaryGroup', type: 'string' },
    { name: 'enabled', type: 'boolean' },
    { name: 'hasPassword', type: 'boolean', isReadOnly: true },
    { name: 'password', type: 'string', isWriteOnly: true },
  ],
  links: [{ name: 'groups', targetObjectType: 'group' }],
  disabling: { attribute: 'enabled', disabledValue: false, enabledValue: true },
  passwordAttribute: 'password',
};

export const groupType: ObjectTypeDescription = {
  name: 'group',
  keyAttribute: 'name',
  attributes: [
    { name: 'name', type: 'string', isRequired: true },
    { name: 'gid', type: 'number' },
  ],
  links: [{ name: 'members', targetObjectType: 'user' }],
};

export const keyType: ObjectTypeDescription = {
  name: 'authorizedKey',
  keyAttribute: 'id',
  attributes: [
    { name: 'id', type: 'string', isRequired: true },
    { name: 'user', type: 'string', isReadOnly: true },
    { name: 'publicKey', type: 'string', isRequired: true },
    { name: 'comment', type: 'string' },
    { name: 'options', type: 'string' },
  ],
  links: [],
};

export const objectTypes = [userType, groupType, keyType] as const;

/** The lines of a file; those that are empty, comments, or of NIS (`+`, `-`) are none of ours. */
export const linesOf = (text: string): readonly Fields[] =>
  text
    .split('\n')
    .filter((line) => line !== '' && !/^[#+-]/.test(line))
    .map((line) => line.split(':'));

/** Users from `minimumId` on, in the order of the file, each with its groups. */
export function usersOf(lines: AccountLines, minimumId: number): readonly TargetObject[] {
  const groupsOfUser = membershipsOf(lines.groups);
  const nameOfGid = new Map(lines.groups.map(([name = '', , gid = '']) => [gid, name]));
  return lines.passwd
    .filter(([, , uid]) => Number(uid) >= minimumId)
    .map((fields) => userOf(fields, lines.shadow.get(fields[0] ?? ''), nameOfGid, groupsOfUser.get(fields[0] ?? '')));
}

function membershipsOf(groups: readonly Fields[]): ReadonlyMap<string, readonly string[]> {
  const found = new Map<string, string[]>();
  for (const fields of groups) {
    for (const member of membersOf(fields)) {
      const names = found.get(member) ?? [];
      names.push(fields[0] ?? '');
      found.set(member, names);
    }
  }
  return found;
}

const membersOf = ([, , , members = '']: Fields): readonly string[] => members.split(',').filter((name) => name !== '');

/** The parts of the comment field, as chfn(1) and finger(1) have them. */
export const commentParts = ['fullName', 'room', 'workPhone', 'homePhone'] as const;

const commentValues = (gecos: string): TargetObject['attributes'] => {
  const parts = gecos.split(',');
  return Object.fromEntries(commentParts.map((name, n) => [name, filled(parts[n])]));
};

const filled = (value: string | undefined): string | null => (value === undefined || value === '' ? null : value);

function userOf(
  [name = '', , uid = '', gid = '', gecos = '', home, shell]: Fields,
  shadow: Fields | undefined,
  nameOfGid: ReadonlyMap<string, string>,
  groups: readonly string[] = [],
): TargetObject {
  const hash = shadow?.[1] ?? '';
  return {
    objectType: userType.name,
    key: name,
    attributes: {
      name,
      uid: Number(uid),
      ...commentValues(gecos),
      home: filled(home),
      shell: filled(shell),
      primaryGroup: nameOfGid.get(gid) ?? gid,
      enabled: shadow?.[7] !== disabledDay,
      hasPassword: hash.replace(/^!+/, '').startsWith('$'),
    },
    links: { groups: [...new Set(groups)].sort() },
  };
}

/** Groups from `minimumId` on, in the order of the file. */
export const groupsOf = (groups: readonly Fields[], minimumId: number): readonly TargetObject[] =>
  groups
    .filter(([, , gid]) => Number(gid) >= minimumId)
    .map((fields) => ({
      objectType: groupType.name,
      key: fields[0] ?? '',
      attributes: { name: fields[0] ?? '', gid: Number(fields[2]) },
      links: { members: [...new Set(membersOf(fields))].sort() },
    }));
