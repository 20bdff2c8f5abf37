// A made-up company, the same at every run: its people as an HR file, the places and groups of its directories as LDIF, and
// what somebody changes in a directory one night, as LDIF and as the differences that must be found.

const firstNames = ['Ada', 'Bo', 'Cem', 'Dana', 'Emil', 'Fia', 'Gero', 'Hanna', 'Ivo', 'Jana', 'Karl', 'Lea', 'Milo'];
const lastNames = ['Berg', 'Lind', 'Moser', 'Novak', 'Orban', 'Paul', 'Quist', 'Roth', 'Stein', 'Tamm', 'Urban'];
const two = (number) => String(number).padStart(2, '0');
const range = (count) => Array.from({ length: count }, (_, index) => index);

export const departments = range(50).map((index) => `D${two(index + 1)}`);
export const sites = range(10).map((index) => `S${two(index + 1)}`);
export const groups = [...departments, ...sites];
/** Its unit is moved beneath another one's. */
const moved = 'D49';
const movedTo = 'D48';
/** Its group is deleted. */
const dissolved = 'D50';

/** The departments that are moved and dissolved are small: what happens to them stays below the thresholds as shipped. */
export function peopleOf(count) {
  const small = Math.max(2, Math.floor(count / 170));
  return range(count).map((index) => {
    const [first, last] = [firstNames[index % firstNames.length], lastNames[index % lastNames.length]];
    const ordinary = departments[index % 48];
    return {
      identifier: `p${String(index + 1).padStart(5, '0')}`,
      login: `${first[0]}${last}${index + 1}`.toLowerCase(),
      lastName: last,
      displayName: `${first} ${last} ${index + 1}`,
      department: index < small ? moved : index < 2 * small ? dissolved : ordinary,
      site: sites[index % sites.length],
    };
  });
}

export function hrFile(people) {
  const columns = ['identifier', 'login', 'lastName', 'displayName', 'department', 'site'];
  return [columns, ...people.map((person) => columns.map((column) => person[column]))]
    .map((values) => `${values.join(',')}\n`)
    .join('');
}

/** What the two directories call things. `dn` of a person as Joinery makes it. */
export const directory = {
  name: 'directory',
  accountType: 'ldapUser',
  groupType: 'ldapGroup',
  loginAttribute: 'uid',
  mail: { attribute: 'mail', property: 'mail' },
  unit: (department) => `ou=${department},ou=people,dc=example,dc=org`,
  group: (name) => `cn=${name},ou=groups,dc=example,dc=org`,
  dn: (person) => `uid=${person.login},ou=${person.department},ou=people,dc=example,dc=org`,
  groupLines: (name) => ['objectClass: groupOfNames', `cn: ${name}`, 'member: cn=nobody,dc=example,dc=org'],
  strayLines: (login) => ['objectClass: inetOrgPerson', `uid: ${login}`, `cn: ${login}`, 'sn: Stray'],
  isReadWhollyAfter: () => false,
};

export const domain = {
  name: 'domain',
  accountType: 'adUser',
  groupType: 'adGroup',
  loginAttribute: 'sAMAccountName',
  mail: { attribute: 'userPrincipalName', property: 'principal' },
  unit: (department) => `OU=${department},OU=Company,DC=corp,DC=example,DC=org`,
  group: (name) => `CN=${name},OU=Groups,OU=Company,DC=corp,DC=example,DC=org`,
  dn: (person) => `CN=${person.displayName},OU=${person.department},OU=Company,DC=corp,DC=example,DC=org`,
  groupLines: (name) => ['objectClass: group', `sAMAccountName: ${name}`],
  strayLines: (login) => ['objectClass: user', `sAMAccountName: ${login}`],
  /** A domain tells nobody who was in a deleted group. */
  isReadWhollyAfter: (title) => title.includes('a group is deleted'),
};

const record = (dn, ...lines) => `dn: ${dn}\n${lines.join('\n')}\n`;

/** Units of the departments, and empty groups: what is there before the first account. */
export function placesOf(system) {
  const above = system.unit('X').replace(/^ou=X,ou=Company,/i, '');
  const top =
    system === domain
      ? [
          record(`OU=Company,${above}`, 'objectClass: organizationalUnit'),
          record(`OU=Groups,OU=Company,${above}`, 'objectClass: organizationalUnit'),
        ]
      : [];
  const units = departments.map((name) => record(system.unit(name), 'objectClass: organizationalUnit', `ou: ${name}`));
  return [...top, ...units, ...groups.map((name) => record(system.group(name), ...system.groupLines(name)))].join('\n');
}

/** What happens outside, in two nights: `ldif` for the hands that do it, `expected` for whoever reads afterwards. */
export const nights = [
  {
    title: 'The first night: renamed, altered and deleted accounts, a moved unit, lost memberships, strangers',
    act: changes,
  },
  { title: 'The second night: a group is deleted', act: dissolution },
];

function changes(system, people) {
  const ordinary = people.filter(({ department }) => department !== moved && department !== dissolved);
  const [renamed, altered, dropped, [gone]] = [
    ordinary.slice(0, 5),
    ordinary.slice(5, 8),
    ordinary.slice(8, 12),
    ordinary.slice(12),
  ];
  const acts = [
    ...renamed.map((person) => rename(system, person)),
    ...altered.map((person, index) => alter(system, person, index)),
    ...dropped.map((person) => drop(system, person, person.site)),
    move(system, people),
    ...['stray.one', 'stray.two'].map((login) => stray(system, login)),
    { ldif: [record(system.dn(gone), 'changetype: delete')], expected: [`DELETE account ${gone.login}`] },
  ];
  return together(acts);
}

const together = (acts) => ({
  ldif: acts.flatMap(({ ldif }) => ldif).join('\n'),
  expected: acts.flatMap(({ expected }) => expected),
});

function rename(system, person) {
  const login = `${person.login}.new`;
  const changed = (property, from, to) => `UPDATE account ${person.login}: ${property} ${from} -> ${to}`;
  if (system === directory)
    return {
      ldif: [record(system.dn(person), 'changetype: modrdn', `newrdn: uid=${login}`, 'deleteoldrdn: 1')],
      expected: [changed('uid', person.login, login)],
    };
  const name = `${person.displayName} New`;
  return {
    ldif: [
      record(system.dn(person), 'changetype: modify', 'replace: sAMAccountName', `sAMAccountName: ${login}`, '-'),
      record(system.dn(person), 'changetype: modrdn', `newrdn: CN=${name}`, 'deleteoldrdn: 1'),
    ],
    expected: [changed('sAMAccountName', person.login, login), changed('cn', person.displayName, name)],
  };
}

function alter(system, person, index) {
  const departmentAttribute = system === directory ? 'departmentNumber' : 'department';
  const host = system === directory ? 'example.org' : 'corp.example.org';
  const { attribute, property, from, to } = [
    { ...system.mail, from: `${person.login}@${host}`, to: `other.${person.login}@${host}` },
    { attribute: departmentAttribute, property: departmentAttribute, from: person.department, to: 'Elsewhere' },
    system === directory
      ? { attribute: 'cn', property: 'cn', from: person.displayName, to: 'Somebody Else' }
      : { attribute: 'displayName', property: 'displayName', from: person.displayName, to: 'Somebody Else' },
  ][index];
  return {
    ldif: [record(system.dn(person), 'changetype: modify', `replace: ${attribute}`, `${attribute}: ${to}`, '-')],
    expected: [`UPDATE account ${person.login}: ${property} ${from} -> ${to}`],
  };
}

const lost = (person, group) => `UPDATE account ${person.login}: groups ${group} -> null`;

function drop(system, person, group) {
  return {
    ldif: [record(system.group(group), 'changetype: modify', 'delete: member', `member: ${system.dn(person)}`, '-')],
    expected: [lost(person, group)],
  };
}

function dissolution(system, people) {
  const members = people.filter(({ department }) => department === dissolved);
  return together([
    {
      ldif: [record(system.group(dissolved), 'changetype: delete')],
      expected: [`DELETE group ${dissolved}`, ...members.map((person) => lost(person, dissolved))],
    },
  ]);
}

function move(system, people) {
  const [from, above] = [system.unit(moved), system.unit(movedTo)];
  const [rdn] = from.split(',');
  return {
    ldif: [record(from, 'changetype: modrdn', `newrdn: ${rdn}`, 'deleteoldrdn: 1', `newsuperior: ${above}`)],
    expected: people
      .filter(({ department }) => department === moved)
      .map((person) => `UPDATE account ${person.login}: place ${from} -> ${rdn},${above}`),
  };
}

function stray(system, login) {
  const rdn = system === directory ? `uid=${login}` : `CN=${login}`;
  return {
    ldif: [record(`${rdn},${system.unit('D01')}`, 'changetype: add', ...system.strayLines(login))],
    expected: [`CREATE account ${login}`],
  };
}
