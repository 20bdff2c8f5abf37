// Global ids: opaque to clients, type-prefixed, and sortable where the row id is (UUID version 7).
// `<prefix>_<row id without dashes>` for rows, `<prefix>_<identifier>` for configured things.

export const idPrefixes = {
  Identity: 'idn',
  Department: 'dep',
  Resource: 'res',
  SingleRole: 'rol',
  CompositeRole: 'rol',
  ResourceType: 'rty',
  EntityType: 'ety',
  EntityProperty: 'prp',
  Connector: 'con',
  ConnectionProfile: 'cnx',
  ConnectorPackage: 'pkg',
  Policy: 'pol',
  Category: 'cat',
  Rule: 'rul',
  RoleAssignment: 'asg',
  ResourceTypeAssignment: 'acc',
  ValueAssignment: 'val',
  AssignmentRequest: 'req',
  AssignmentRequestItem: 'itm',
  Approval: 'apr',
  ProvisioningOrder: 'ord',
  ProvisioningPlan: 'pln',
  PlannedChange: 'chg',
  Job: 'job',
  JobExecution: 'exe',
  TaskExecution: 'tsk',
  ServiceAccount: 'sva',
  ReconciliationItem: 'rec',
  ResourceChange: 'rch',
  AuditEvent: 'aud',
  Export: 'exp',
  Delegation: 'dlg',
} as const;
export type NodeType = keyof typeof idPrefixes;
export type IdPrefix = (typeof idPrefixes)[NodeType];

const rowId = /^([0-9a-f]{8})([0-9a-f]{4})([0-9a-f]{4})([0-9a-f]{4})([0-9a-f]{12})$/;

/** Shortens UUIDs inside `local` to 32 hex digits, so that ids hold no dashes of their own making. */
export const toGlobalId = (type: NodeType, local: string): string => `${idPrefixes[type]}_${shorten(local)}`;

const uuid = /^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}/;
const shorten = (local: string): string => local.replace(uuid, (found) => found.replaceAll('-', ''));

export interface ParsedId {
  readonly prefix: IdPrefix;
  /** A row id with its dashes, `<row id>:<identifier>` for role assignments, or an identifier. */
  readonly local: string;
}

/** Null for anything that is not an id of ours. */
export function parseGlobalId(id: string): ParsedId | null {
  const cut = id.indexOf('_');
  const prefix = Object.values(idPrefixes).find((known) => known === id.slice(0, cut));
  if (cut < 0 || prefix === undefined || cut + 1 === id.length) return null;
  return { prefix, local: lengthen(id.slice(cut + 1)) };
}

/** The row id or identifier when the id is of that type, else null. */
export function localIdOf(type: NodeType, id: string): string | null {
  const parsed = parseGlobalId(id);
  return parsed?.prefix === idPrefixes[type] ? parsed.local : null;
}

const wholeUuid = /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/;

/** The row id when the id is of that type and holds one, else null: what clients send need not be a UUID. */
export function rowIdOf(type: NodeType, id: string): string | null {
  const local = localIdOf(type, id);
  return local !== null && wholeUuid.test(local) ? local : null;
}

const configured: readonly IdPrefix[] = [
  'rol',
  'rty',
  'ety',
  'prp',
  'con',
  'cnx',
  'pkg',
  'pol',
  'cat',
  'rul',
  'job',
  'sva',
];
/** Counted by the database instead of having a row id. */
const numbered: readonly IdPrefix[] = ['aud', 'rch'];
const rowStart = /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}(:|$)/;

/** False for an id that no row can have: those of rows begin with a row id, those of configured things are free. */
export const canExist = ({ prefix, local }: ParsedId): boolean =>
  configured.includes(prefix) || (numbered.includes(prefix) && /^\d{1,18}$/.test(local)) || rowStart.test(local);

function lengthen(local: string): string {
  const parts = rowId.exec(local.slice(0, 32));
  if (parts === null || (local.length > 32 && local[32] !== ':')) return local;
  return parts.slice(1, 6).join('-') + local.slice(32);
}
