// Makes the data of a company on its first day with Joinery, once, with a fixed seed; the result in data/ is committed.
// 520 people, and 500 accounts in two systems that nobody described. What is in them is said here, group by group, so that
// the script that goes through them can be held to it. Run: node examples/first-day/generate.mjs
import { mkdirSync, writeFileSync } from 'node:fs';
import { fakerEN } from '@faker-js/faker';

const folder = new URL('./data/', import.meta.url);
fakerEN.seed(5020);
fakerEN.setDefaultRefDate('2026-01-01');

const departments = {
  FIN: 'Finance',
  HRD: 'Human resources',
  ITS: 'Information technology',
  SAL: 'Sales',
  MKT: 'Marketing',
  SUP: 'Customer support',
  OPS: 'Warehouse',
};
const sizes = { FIN: 60, HRD: 30, ITS: 60, SAL: 68, MKT: 52, SUP: 70 };
const taken = new Set();
const people = [];

/** Fixed people, whom the script signs in as. */
addPerson('ITS', { firstName: 'Olga', lastName: 'Stein', jobTitle: 'Role officer' });
addPerson('ITS', { firstName: 'Omar', lastName: 'Benali', jobTitle: 'Operations engineer' });
addPerson('ITS', { firstName: 'Ada', lastName: 'Lindqvist', jobTitle: 'Head of information technology' });
for (const [department, size] of Object.entries(sizes))
  while (inDepartment(department).length < size) addPerson(department);
const office = [...people];
const warehouse = Array.from({ length: 148 }, () => addPerson('OPS'));
/** Eight pairs of people with the same name: their accounts carry no mail, so nobody can say whose they are. */
const pairs = Array.from({ length: 8 }, () => {
  const first = addPerson('OPS');
  return [
    first,
    addPerson('OPS', { firstName: first.firstName, lastName: first.lastName, identifier: `${first.identifier}2` }),
  ];
});
const left = Array.from({ length: 13 }, () =>
  addPerson(fakerEN.helpers.arrayElement(['FIN', 'SAL', 'MKT']), { endDate: '2025-10-31' }),
);
while (people.length < 520) warehouse.push(addPerson('OPS'));

function inDepartment(code) {
  return people.filter(({ department }) => department === code);
}

function addPerson(department, given = {}) {
  const name = given.firstName === undefined ? freshName() : { firstName: given.firstName, lastName: given.lastName };
  const identifier = given.identifier ?? plain(name);
  taken.add(identifier);
  const person = {
    jobTitle:
      department === 'OPS' ? 'Warehouse worker' : fakerEN.helpers.arrayElement(['Specialist', 'Analyst', 'Assistant']),
    startDate: `20${fakerEN.number.int({ min: 10, max: 24 })}-0${fakerEN.number.int({ min: 1, max: 9 })}-01`,
    endDate: '',
    ...given,
    ...name,
    department,
    identifier,
    displayName: `${name.firstName} ${name.lastName}`,
    email: `${identifier}@newcorp.example`,
  };
  people.push(person);
  return person;
}

function freshName() {
  for (;;) {
    const name = { firstName: fakerEN.person.firstName(), lastName: fakerEN.person.lastName() };
    if (/^[a-z]+\.[a-z]+$/.test(plain(name)) && !taken.has(plain(name))) return name;
  }
}

function plain({ firstName, lastName }) {
  return `${firstName}.${lastName}`.toLowerCase();
}

// --- The directory: 380 accounts. Staff get theirs by rule, with the groups staff and <department>.
const groups = [
  'staff',
  ...Object.keys(sizes).map((code) => code.toLowerCase()),
  'vpn',
  'finance-reports',
  'old-intranet',
  'test-lab',
];
const account = (person, more = {}) => ({
  login: person.identifier,
  mail: person.email,
  name: person.displayName,
  department: person.department,
  groups: ['staff', person.department.toLowerCase()],
  ...more,
});
const plainStaff = office.filter(
  ({ identifier }) => !['olga.stein', 'omar.benali', 'ada.lindqvist'].includes(identifier),
);
const [withVpn, withReports, withIntranet, withLab, withOldName, withOldDepartment, withTwo] = shares(
  plainStaff,
  [50, 20, 40, 15, 12, 10, 3],
);
const directory = office.map((person) => account(person));
const of = (person) => directory.find(({ login }) => login === person.identifier);
for (const person of withVpn) of(person).groups.push('vpn');
for (const person of withReports) of(person).groups.push('finance-reports');
for (const person of withIntranet) of(person).groups.push('old-intranet');
for (const person of withLab) of(person).groups.push('test-lab');
for (const person of withOldName) of(person).name = `${person.firstName} ${fakerEN.person.lastName()}`;
for (const person of withOldDepartment) of(person).department = 'OLD';
for (const person of withTwo) directory.push(account(person, { login: `${person.identifier}.old`, groups: ['staff'] }));
for (const [first] of pairs)
  directory.push(
    account(first, {
      login: `${first.lastName.toLowerCase()}${fakerEN.number.int({ min: 10, max: 99 })}`,
      mail: '',
      department: '',
      groups: [],
    }),
  );
for (const person of warehouse.slice(0, 9)) directory.push(account(person, { groups: [] }));
for (const person of left.slice(0, 6)) directory.push(account(person));
for (let number = 1; directory.length < 380; number += 1)
  directory.push({
    login: `svc-${String(number).padStart(2, '0')}`,
    mail: '',
    name: `Service ${number}`,
    department: '',
    groups: number % 3 === 0 ? ['vpn'] : [],
  });

// --- The sales application: 120 users. Sellers get theirs by rule; two roles could explain the team reporting.
const teams = ['sales', 'support', 'analysts', 'reporting'];
const user = (person, profile, own) => ({ user: person.identifier, mail: person.email, profile, teams: own });
const sellers = office.filter(({ department }) => department === 'SAL');
const users = sellers.map((person, index) => user(person, 'user', index < 8 ? ['sales', 'reporting'] : ['sales']));
for (const person of office.filter(({ department }) => department === 'SUP').slice(0, 25))
  users.push(user(person, 'user', ['support']));
for (const person of office.filter(({ department }) => department === 'MKT').slice(0, 10))
  users.push(user(person, 'analyst', ['analysts']));
for (const person of left.slice(6)) users.push(user(person, 'user', ['sales']));
for (let number = 1; users.length < 120; number += 1)
  users.push({ user: `import-${number}`, mail: `import-${number}@partner.example`, profile: 'user', teams: [] });

/** Disjoint lists of these lengths. */
function shares(all, lengths) {
  const mixed = fakerEN.helpers.shuffle(all);
  let start = 0;
  return lengths.map((length) => mixed.slice(start, (start += length)));
}

function write(name, header, rows) {
  const cell = (value) =>
    Array.isArray(value) ? value.join(';') : /[",\n]/.test(value) ? `"${value.replaceAll('"', '""')}"` : value;
  const lines = [header, ...rows.map((row) => header.map((column) => cell(row[column])))].map((cells) =>
    cells.join(','),
  );
  writeFileSync(new URL(name, folder), `${lines.join('\n')}\n`);
}

mkdirSync(folder, { recursive: true });
write(
  'people.csv',
  ['identifier', 'firstName', 'lastName', 'displayName', 'email', 'jobTitle', 'department', 'startDate', 'endDate'],
  people,
);
write(
  'departments.csv',
  ['code', 'name'],
  Object.entries(departments).map(([code, name]) => ({ code, name })),
);
write('directory-accounts.csv', ['login', 'mail', 'name', 'department', 'groups'], directory);
write(
  'directory-groups.csv',
  ['name'],
  groups.map((name) => ({ name })),
);
write('sales-users.csv', ['user', 'mail', 'profile', 'teams'], users);
write(
  'sales-teams.csv',
  ['name'],
  teams.map((name) => ({ name })),
);
process.stdout.write(`${people.length} people, ${directory.length} + ${users.length} accounts\n`);
