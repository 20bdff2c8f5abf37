// A town as rows: what its systems hold, and what may happen to it. Rows are read by the synchronisation itself; whatever people
// decide is written as the steps of requests write it. Owns rows and happenings; rules are town-model.ts', databases town-world.ts'.
import fc from 'fast-check';
import type { Attributes } from '../../src/domain/configuration.js';
import type { ResourceContent } from '../../src/domain/resource.js';
import { person, row } from '../steps/value-world.js';
import { variants } from './town-model.js';

export const names = ['ada', 'bea', 'cem', 'dan', 'eva', 'fay'] as const;
export const entityTypeNames = ['person', 'position', 'department', 'crmGroup', 'crmAccount', 'badge'] as const;
export type Table = (typeof entityTypeNames)[number];
export type Rows = Readonly<Record<Table, readonly ResourceContent[]>>;

export type Happening =
  | { readonly kind: 'row'; readonly table: Table; readonly row: ResourceContent }
  | { readonly kind: 'gone'; readonly table: Table; readonly key: string }
  | {
      readonly kind: 'decided';
      readonly person: string;
      readonly role: string;
      readonly workflowState: 'APPROVED' | 'CANCELLATION' | 'DECLINED' | 'PENDING_APPROVAL';
      readonly startDate: string | null;
      readonly endDate: string | null;
      readonly parameters: Readonly<Record<string, string>> | null;
    }
  | { readonly kind: 'days'; readonly days: number }
  | { readonly kind: 'configuration'; readonly variant: number }
  | { readonly kind: 'ordered' }
  | { readonly kind: 'carried out' }
  | { readonly kind: 'computed' };

const name = fc.constantFrom(...names);
const department = fc.constantFrom('sales', 'legal', 'finance', 'france', 'emea');
const days = fc.constantFrom('2031-05-10', '2031-05-14', '2031-05-16', '2031-05-17', '2031-05-20');
const nullable = <T>(of: fc.Arbitrary<T>): fc.Arbitrary<T | null> => fc.option(of, { nil: null, freq: 2 });
const email = name.map((one) => `${one}@acme.example`);
const last = fc.constantFrom('roy', 'kim');

const aPerson = fc
  .record({
    key: name,
    email: nullable(email),
    department,
    last,
    startDate: fc.constantFrom('2030-01-01', '2031-05-17'),
    endDate: nullable(days),
  })
  .map(({ key, email: other, ...more }): Happening => {
    const attributes: Attributes = { ...more, ...(other === null ? {} : { email: other }) };
    return { kind: 'row', table: 'person', row: person(key, attributes) };
  });
const aPosition = fc
  .record({
    key: fc.constantFrom('1', '2', '3', '4', '5'),
    person: name,
    department,
    site: fc.constantFrom('lyon', 'paris', ''),
    from: nullable(days),
    until: nullable(days),
    state: fc.constantFrom('active', 'active', 'draft'),
  })
  .map(({ key, ...more }): Happening => ({ kind: 'row', table: 'position', row: row(key, { id: key, ...more }) }));
const aDepartment = fc
  .record({ key: department, parent: nullable(department) })
  .map(({ key, parent }): Happening => ({ kind: 'row', table: 'department', row: row(key, { id: key, parent }) }));
const aGroup = fc.record({ key: fc.constantFrom('g-1', 'g-2', 'sales', 'door-lyon', 'door-paris'), department }).map(
  (more): Happening => ({
    kind: 'row',
    table: 'crmGroup',
    row: row(more.key, { name: more.key, department: more.department }),
  }),
);
const anAccount = fc
  .record({
    key: fc.oneof(name, fc.constantFrom('old-1', 'old-2')),
    email,
    title: fc.constantFrom('editor', 'roy', 'kim'),
    groups: fc.subarray(['board', 'editors', 'viewers']),
  })
  .map(
    ({ key, groups, ...more }): Happening => ({
      kind: 'row',
      table: 'crmAccount',
      row: row(key, { login: key, ...more }, { groups }),
    }),
  );
const aBadge = fc
  .record({
    key: fc.oneof(
      name.map((one) => `b-${one}`),
      fc.constantFrom('b-1', 'b-2'),
    ),
    email,
    owner: fc.constantFrom('roy', 'kim', 'roy-1'),
    active: fc.boolean(),
  })
  .map(({ key, ...more }): Happening => ({ kind: 'row', table: 'badge', row: row(key, { login: key, ...more }) }));
const gone = fc
  .oneof(
    name.map((key) => ({ table: 'person' as const, key })),
    fc.constantFrom('1', '2', '3').map((key) => ({ table: 'position' as const, key })),
    department.map((key) => ({ table: 'department' as const, key })),
    fc.constantFrom('g-1', 'sales', 'door-lyon').map((key) => ({ table: 'crmGroup' as const, key })),
    fc.oneof(name, fc.constantFrom('old-1')).map((key) => ({ table: 'crmAccount' as const, key })),
    name.map((key) => ({ table: 'badge' as const, key: `b-${key}` })),
  )
  .map((which): Happening => ({ kind: 'gone', ...which }));
const decided = fc
  .record({
    person: name,
    role: fc.constantFrom('editor', 'viewer', 'lead', 'plain', 'greeter', 'door', 'seller'),
    workflowState: fc.constantFrom('APPROVED', 'APPROVED', 'CANCELLATION', 'DECLINED', 'PENDING_APPROVAL'),
    startDate: nullable(fc.constantFrom('2031-05-10', '2031-05-17')),
    endDate: nullable(fc.constantFrom('2031-05-17', '2031-05-20')),
    parameters: nullable(fc.constantFrom({ site: 'lyon' }, { site: 'paris' })),
  })
  .map((one): Happening => ({ kind: 'decided', ...one }));

/** Rows of the systems, as somebody may find them on the first day. */
export const rowHappening = fc.oneof(
  { weight: 4, arbitrary: aPerson },
  { weight: 4, arbitrary: aPosition },
  { weight: 2, arbitrary: aDepartment },
  { weight: 2, arbitrary: aGroup },
  { weight: 3, arbitrary: anAccount },
  { weight: 2, arbitrary: aBadge },
);
export const happening = fc.oneof(
  { weight: 15, arbitrary: rowHappening },
  { weight: 3, arbitrary: gone },
  { weight: 4, arbitrary: decided },
  { weight: 2, arbitrary: fc.constantFrom(1, 1, 3).map((some): Happening => ({ kind: 'days', days: some })) },
  {
    weight: 1,
    arbitrary: fc.nat(variants.length - 1).map((variant): Happening => ({ kind: 'configuration', variant })),
  },
  { weight: 1, arbitrary: fc.constant<Happening>({ kind: 'ordered' }) },
  { weight: 3, arbitrary: fc.constant<Happening>({ kind: 'carried out' }) },
  { weight: 5, arbitrary: fc.constant<Happening>({ kind: 'computed' }) },
);

const position = (key: string, of: string, where: string, site: string) =>
  row(key, { id: key, person: of, department: where, site, state: 'active' });
/** Everybody is there on the first day. */
export const firstRows: Rows = {
  person: names.map((one, index) =>
    person(one, { last: index % 2 === 0 ? 'roy' : 'kim', department: index % 3 === 0 ? 'legal' : 'sales' }),
  ),
  position: [
    position('1', 'ada', 'sales', 'lyon'),
    position('2', 'bea', 'france', 'paris'),
    position('3', 'cem', 'legal', 'lyon'),
  ],
  department: [
    row('emea', { id: 'emea', parent: null }),
    row('france', { id: 'france', parent: 'emea' }),
    row('sales', { id: 'sales', parent: 'france' }),
  ],
  crmGroup: [row('g-1', { name: 'g-1', department: 'sales' }), row('door-lyon', { name: 'door-lyon', department: '' })],
  crmAccount: [row('old-1', { login: 'old-1', email: 'dan@acme.example', title: 'editor' }, { groups: ['board'] })],
  badge: [],
};

export function withRow(rows: Rows, what: Extract<Happening, { kind: 'row' | 'gone' }>): Rows {
  const key = what.kind === 'row' ? what.row.key : what.key;
  const others = rows[what.table].filter((one) => one.key !== key);
  return { ...rows, [what.table]: what.kind === 'row' ? [...others, what.row] : others };
}
