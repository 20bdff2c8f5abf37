// Makes the data of the demo company, once, with a fixed seed; the result in data/ is committed.
// Dates are days relative to the day of the first start (`+1` = tomorrow), so that somebody always joins tomorrow
// and somebody left yesterday. What the targets hold agrees with the rules in configuration/, so the first run finds
// most accounts as they should be. Run: node examples/acme/generate.mjs
import { writeFileSync } from 'node:fs';
import { fakerDE, fakerEN, fakerES, fakerFR } from '@faker-js/faker';

const folder = new URL('./data/', import.meta.url);
const sites = [
  ['PAR', 'Paris', fakerFR], ['LYO', 'Lyon', fakerFR], ['BER', 'Berlin', fakerDE], ['LON', 'London', fakerEN], ['MAD', 'Madrid', fakerES],
];
const departments = [
  ['DIR', 'Direction', 6, ['Assistant to the board', 'Strategy analyst']],
  ['FIN', 'Finance', 60, ['Accountant', 'Controller', 'Payroll specialist', 'Treasury analyst']],
  ['HRD', 'Human resources', 34, ['Recruiter', 'HR partner', 'Training officer']],
  ['ITS', 'Information technology', 70, ['Systems engineer', 'Support engineer', 'Developer', 'Security analyst']],
  ['SAL', 'Sales', 120, ['Account executive', 'Sales representative', 'Sales engineer']],
  ['MKT', 'Marketing', 56, ['Campaign planner', 'Content editor', 'Market analyst']],
  ['SUP', 'Customer support', 84, ['Support agent', 'Support specialist', 'Quality coach']],
  ['OPS', 'Operations', 96, ['Planner', 'Warehouse lead', 'Logistics coordinator']],
  ['LEG', 'Legal', 22, ['Counsel', 'Compliance officer', 'Paralegal']],
  ['PUR', 'Purchasing', 52, ['Buyer', 'Category lead', 'Supplier coach']],
];
/** Fixed people: name, department, site, title, manager. Checks and the documentation rely on them. */
const known = [
  ['vera.lang', 'Vera', 'Lang', 'DIR', 'PAR', 'Managing director', ''],
  ['ines.aubry', 'Ines', 'Aubry', 'FIN', 'PAR', 'Head of finance', 'vera.lang'],
  ['camille.roy', 'Camille', 'Roy', 'FIN', 'PAR', 'Accountant', 'ines.aubry'],
  ['paul.martin', 'Paul', 'Martin', 'MKT', 'LYO', 'Head of marketing', 'vera.lang'],
  ['omar.benali', 'Omar', 'Benali', 'ITS', 'PAR', 'Operations engineer', 'ada.lindqvist'],
  ['ada.lindqvist', 'Ada', 'Lindqvist', 'ITS', 'BER', 'Head of information technology', 'vera.lang'],
];
const columns = [
  'identifier', 'employeeNumber', 'firstName', 'lastName', 'displayName', 'email', 'jobTitle', 'kind', 'department', 'site', 'manager', 'startDate', 'endDate',
];

fakerEN.seed(20261);
for (const [index, [, , faker]] of sites.entries()) faker.seed(4000 + index);

const taken = new Set(known.map(([identifier]) => identifier));
const people = known.map(([identifier, firstName, lastName, department, site, jobTitle, manager], index) =>
  personOf({ identifier, firstName, lastName, department, site, jobTitle, manager, kind: 'employee', start: -900 - 37 * index, end: '' }, index));

for (const [department, name, size, titles] of departments) addDepartment(department, name, size, titles);
setDates();
write('people.csv', columns, people);
write('departments.csv', ['code', 'name', 'manager'], departments.map(([code, name]) => ({ code, name, manager: headOf(code) })));
write('sites.csv', ['code', 'name'], sites.map(([code, name]) => ({ code, name })));

function personOf(given, index) {
  const { start, end, ...person } = given;
  return {
    ...person, employeeNumber: String(10_001 + index), displayName: `${person.firstName} ${person.lastName}`,
    email: `${person.identifier}@acme.example`, startDate: String(start), endDate: end === '' ? '' : String(end),
  };
}

function addDepartment(department, name, size, titles) {
  const head = headOf(department) || addPerson({ department, jobTitle: `Head of ${name.toLowerCase()}`, manager: 'vera.lang' }).identifier;
  const leads = [];
  while (people.filter((person) => person.department === department).length < size) {
    const here = people.filter((person) => person.department === department).length;
    const isLead = here % 12 === 1;
    const manager = isLead || leads.length === 0 ? head : fakerEN.helpers.arrayElement(leads);
    const person = addPerson({ department, jobTitle: isLead ? `Team lead, ${name.toLowerCase()}` : fakerEN.helpers.arrayElement(titles), manager });
    if (isLead) leads.push(person.identifier);
  }
}

function headOf(department) {
  return people.find((person) => person.department === department && /^(Head of|Managing)/.test(person.jobTitle))?.identifier ?? '';
}

function addPerson({ department, jobTitle, manager }) {
  const [site, , faker] = fakerEN.helpers.arrayElement(sites);
  const { firstName, lastName, identifier } = freshName(faker);
  const kind = fakerEN.datatype.boolean(0.08) && !jobTitle.startsWith('Head') ? 'contractor' : 'employee';
  const start = -fakerEN.number.int({ min: 30, max: 3600 });
  const end = kind === 'contractor' ? fakerEN.number.int({ min: 40, max: 500 }) : '';
  const person = personOf({ identifier, firstName, lastName, department, site, jobTitle, manager, kind, start, end }, people.length);
  people.push(person);
  return person;
}

function freshName(faker) {
  for (;;) {
    const firstName = faker.person.firstName();
    const lastName = faker.person.lastName().split(/[\s-]/)[0];
    const identifier = `${plain(firstName)}.${plain(lastName)}`;
    if (taken.has(identifier) || !/^[a-z]+\.[a-z]+$/.test(identifier)) continue;
    taken.add(identifier);
    return { firstName, lastName, identifier };
  }
}

function plain(name) {
  return name.toLowerCase().replaceAll('ß', 'ss').replaceAll('æ', 'ae').replaceAll('ø', 'o').normalize('NFD').replaceAll(/[^a-z]/g, '');
}

/** Eight join tomorrow or later this week, four joined today, five left yesterday, six leave soon. */
function setDates() {
  const others = people.filter((person) => !/^(Head|Team lead|Managing)/.test(person.jobTitle) && !known.some(([identifier]) => identifier === person.identifier));
  const chosen = fakerEN.helpers.arrayElements(others, 23);
  chosen.slice(0, 8).forEach((person, index) => Object.assign(person, { startDate: index < 5 ? '1' : String(index), endDate: '' }));
  chosen.slice(8, 12).forEach((person) => Object.assign(person, { startDate: '0', endDate: '' }));
  chosen.slice(12, 17).forEach((person) => Object.assign(person, { endDate: '-1' }));
  chosen.slice(17).forEach((person, index) => Object.assign(person, { endDate: String(index + 1) }));
}

function write(name, header, rows) {
  const cell = (value) => (/[",\n]/.test(value) ? `"${value.replaceAll('"', '""')}"` : value);
  const lines = [header, ...rows.map((row) => header.map((column) => row[column] ?? ''))].map((cells) => cells.map(cell).join(','));
  writeFileSync(new URL(name, folder), `${lines.join('\n')}\n`);
}

// What the targets hold before the first run: everything the rules in configuration/ give to those who are employed on
// the day before the first start, with a few differences made by hand since.
const groups = {
  readers: 'Read customers', editors: 'Edit customers', auditors: 'See every change', campaigns: 'Run campaigns', 'support-desk': 'Support cases',
  'sales-france': 'French market', 'sales-germany': 'German market', 'sales-uk': 'British market', 'sales-spain': 'Spanish market',
  dashboards: 'Figures of all markets', exporters: 'Export lists', administrators: 'Administer', archive: 'Former customers',
  contracts: 'Contracts', suppliers: 'Suppliers',
};
const salesGroup = { PAR: 'sales-france', LYO: 'sales-france', BER: 'sales-germany', LON: 'sales-uk', MAD: 'sales-spain' };
const groupsOf = ({ department, site, kind }) => ({
  SAL: ['readers', salesGroup[site]], SUP: ['readers', 'support-desk'], MKT: kind === 'employee' ? ['readers', 'campaigns'] : ['readers'],
  LEG: ['contracts'], PUR: ['suppliers'],
})[department] ?? [];
const present = people.filter(({ startDate }) => Number(startDate) < 0);
const withExpenses = present.filter(({ kind, department }) => kind === 'employee' || department === 'SAL');
const withCustomers = present.filter((person) => groupsOf(person).length > 0);
const unchanged = new Set(known.map(([identifier]) => identifier));

const expenses = withExpenses.map((person) => ({
  login: person.identifier, email: person.email, fullName: person.displayName, department: person.department, profile: 'user',
  card: 'no', travel: person.department === 'SAL' ? 'yes' : 'no',
}));
const driftedExpenses = fakerEN.helpers.arrayElements(expenses.filter(({ login }) => !unchanged.has(login)), 4);
driftedExpenses.slice(0, 2).forEach((line) => Object.assign(line, { department: 'OLD' }));
driftedExpenses.slice(2).forEach((line) => Object.assign(line, { card: 'yes' }));
expenses.push({ login: 'svc.backup', email: 'backup@acme.example', fullName: 'Backup service', department: '', profile: 'user', card: 'no', travel: 'no' });

const accounts = withCustomers.map((person) => ({ login: person.identifier, email: person.email, display_name: person.displayName }));
const driftedAccounts = fakerEN.helpers.arrayElements(accounts.filter(({ login }) => !unchanged.has(login)), 3);
for (const account of driftedAccounts) account.display_name = account.display_name.toUpperCase();
const memberships = withCustomers.flatMap((person) => groupsOf(person).map((group_name) => ({ login: person.identifier, group_name })));

write('expense.csv', ['login', 'email', 'fullName', 'department', 'profile', 'card', 'travel'], expenses);
write('crm-accounts.csv', ['login', 'email', 'display_name'], accounts);
write('crm-groups.csv', ['name', 'description'], Object.entries(groups).map(([name, description]) => ({ name, description })));
write('crm-memberships.csv', ['login', 'group_name'], memberships);
