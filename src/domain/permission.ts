// Who may do what to what: one table of action × profile × scope, and the function that reads it.
// Owns the table; whether a given approver may decide a given step is approval.ts's.
import type { Actor } from './actor.js';
import type { Profile } from './configuration.js';
import { type Decision, granted, refused } from './refusal.js';

/**
 * How far a profile reaches for one action. `own`: things of the actor itself; `reports`: things of people whose
 * manager the actor is; `owned-roles`: things about roles the actor owns; `candidate`: things the actor is asked to
 * decide; `all`: everything.
 */
export type Scope = 'own' | 'reports' | 'owned-roles' | 'candidate' | 'all';

type Reach = Readonly<Partial<Record<Profile, readonly Scope[]>>>;

const all = ['all'] as const;
const everyone: Reach = {
  administrator: all,
  operator: all,
  'role-officer': all,
  'application-owner': all,
  manager: all,
  employee: all,
  auditor: all,
  script: all,
};
const overseers: Reach = { administrator: all, operator: all, auditor: all, script: all };
const officers: Reach = { ...overseers, 'role-officer': all };

export const permissions = {
  'identity.read': everyone,
  'role.read': everyone,
  'configuration.read': everyone,
  'server.read': everyone,
  'assignment.read': { ...officers, 'application-owner': ['owned-roles'], manager: ['reports'], employee: ['own'] },
  'resource.read': { ...officers, manager: ['reports'], employee: ['own'] },
  'request.submit': { administrator: all, 'role-officer': all, manager: ['reports'], employee: ['own'] },
  'request.read': {
    ...officers,
    'application-owner': ['owned-roles'],
    manager: ['reports'],
    employee: ['own', 'candidate'],
  },
  'request.cancel': { administrator: all, 'role-officer': all, employee: ['own'] },
  // Nobody decides by profile alone: the request names its candidates when it is made.
  'request.review': { employee: ['candidate'] },
  'plan.read': { ...officers, employee: ['own'] },
  'order.read': { ...officers, manager: ['reports'], employee: ['own'] },
  'connector.read': officers,
  // Credentials and addresses of systems: nobody but administrators, whatever else they operate.
  'connection.manage': { administrator: all },
  'connection.test': { administrator: all, operator: all },
  'connector.switch': { administrator: all, operator: all },
  'connector.synchronize': { administrator: all, operator: all, script: all },
  'job.read': officers,
  'job.launch': { administrator: all, operator: all, script: all },
  'job.cancel': { administrator: all, operator: all, script: all },
  'role-model.compute': { administrator: all, operator: all, script: all },
  'provisioning.review': { administrator: all, operator: all, 'role-officer': all },
  'order.retry': { administrator: all, operator: all },
  'manual.complete': { administrator: all, operator: all },
  'reconciliation.read': officers,
  'reconciliation.decide': { administrator: all, 'role-officer': all },
  'execution.release': { administrator: all, operator: all },
  'plan.compute': { administrator: all, operator: all, 'role-officer': all, script: all },
  'plan.apply': { administrator: all, operator: all, script: all },
  'configuration.plan': { administrator: all, operator: all, script: all },
  'configuration.apply': { administrator: all, script: all },
  'rule.test': { administrator: all, 'role-officer': all },
  'request.remind': { administrator: all, 'role-officer': all, manager: ['reports'], employee: ['own'] },
  'delegation.read': { ...officers, manager: ['reports'], employee: ['own'] },
  'delegation.manage': { administrator: all, employee: ['own'] },
  'export.create': officers,
  'audit.read': { administrator: all, auditor: all },
  'queue-board.read': { administrator: all, operator: all },
} as const satisfies Readonly<Record<string, Reach>>;

export type Action = keyof typeof permissions;
export const actions = Object.keys(permissions) as readonly Action[];

/** What the table needs to know of a thing; all row ids of identities, absent = nobody. */
export interface Thing {
  /** Whose it is: the identity itself, an assignment's holder, a request's beneficiary and requester, a plan's creator. */
  readonly owners?: readonly string[];
  /** The managers of those people. */
  readonly managers?: readonly string[];
  /** The owners of the roles it is about. */
  readonly roleOwners?: readonly string[];
  /** Who is asked to decide it. */
  readonly candidates?: readonly string[];
}

/** A yes, with the line of the table that says it, e.g. `request.read: manager over reports`. */
export interface Permit {
  readonly rule: string;
}

/** The one question every step asks before anything else. Without `thing`: about everything of that kind. */
export function may(actor: Actor, action: Action, thing: Thing = {}): Decision<Permit> {
  for (const [profile, scope] of linesOf(actor, action)) {
    if (covers(scope, actor, thing)) return granted({ rule: `${action}: ${profile} over ${scope}` });
  }
  return refused({
    code: 'FORBIDDEN',
    rule: `permission.${action}`,
    message: `${actor.displayName} may not ${sentences[action]}.`,
    hint: `This takes ${reachText(action)}.`,
  });
}

export const isAllowed = (actor: Actor, action: Action, thing: Thing = {}): boolean => may(actor, action, thing).ok;

/** For lists, which SQL filters: everything, nothing, or what the named scopes of this identity cover. */
export type ReadScope =
  | 'all'
  | 'none'
  | {
      /** Row id of the reader. */
      readonly identityId: string;
      /** Business key of the reader, as `manager` properties and role owners name people. */
      readonly identifier: string;
      readonly own: boolean;
      readonly reports: boolean;
      readonly ownedRoles: boolean;
      readonly candidate: boolean;
    };

export function readScope(actor: Actor, action: Action): ReadScope {
  const scopes = linesOf(actor, action).map(([, scope]) => scope);
  if (scopes.includes('all')) return 'all';
  if (actor.kind !== 'identity' || scopes.length === 0) return 'none';
  return {
    identityId: actor.identityId,
    identifier: actor.identifier,
    own: scopes.includes('own'),
    reports: scopes.includes('reports'),
    ownedRoles: scopes.includes('owned-roles'),
    candidate: scopes.includes('candidate'),
  };
}

function linesOf(actor: Actor, action: Action): readonly (readonly [Profile, Scope])[] {
  const reach: Reach = permissions[action];
  return actor.profiles.flatMap((profile) => (reach[profile] ?? []).map((scope) => [profile, scope] as const));
}

function covers(scope: Scope, actor: Actor, thing: Thing): boolean {
  if (scope === 'all') return true;
  if (actor.kind !== 'identity') return false;
  switch (scope) {
    case 'own':
      return includes(thing.owners, actor.identityId);
    case 'reports':
      return includes(thing.managers, actor.identityId);
    case 'owned-roles':
      return includes(thing.roleOwners, actor.identityId);
    case 'candidate':
      return includes(thing.candidates, actor.identityId);
    default:
      return scope satisfies never;
  }
}

const includes = (ids: readonly string[] | undefined, id: string): boolean => ids?.includes(id) ?? false;

const reachText = (action: Action): string =>
  Object.entries<readonly Scope[]>(permissions[action])
    .map(([profile, scopes]) => (scopes.includes('all') ? profile : `${profile} (${scopes.join(', ')})`))
    .join(' or ');

const sentences: Readonly<Record<Action, string>> = {
  'identity.read': 'see people',
  'role.read': 'see roles',
  'configuration.read': 'see the configuration',
  'server.read': 'see the server',
  'assignment.read': 'see these assignments',
  'resource.read': 'see these resources',
  'request.submit': 'request access for this person',
  'request.read': 'see this request',
  'request.cancel': 'cancel this request',
  'request.review': 'decide this request',
  'plan.read': 'see this plan',
  'order.read': 'see these orders',
  'connector.read': 'see connectors',
  'connection.manage': 'make or change connections',
  'connection.test': 'test connections',
  'connector.switch': 'switch connectors off or on',
  'connector.synchronize': 'have connectors read',
  'job.read': 'see jobs',
  'job.launch': 'launch jobs',
  'job.cancel': 'cancel job executions',
  'role-model.compute': 'start a computation of the role model',
  'provisioning.review': 'review provisioning orders',
  'order.retry': 'have orders tried again',
  'manual.complete': 'carry out manual orders',
  'reconciliation.read': 'see what waits for reconciliation',
  'reconciliation.decide': 'decide what waits for reconciliation',
  'execution.release': 'release blocked executions',
  'plan.compute': 'compute plans',
  'plan.apply': 'apply plans',
  'configuration.plan': 'plan a configuration',
  'configuration.apply': 'apply a configuration',
  'rule.test': 'test rules',
  'request.remind': 'remind of this request',
  'delegation.read': 'see these delegations',
  'delegation.manage': 'delegate for this person',
  'export.create': 'export lists',
  'audit.read': 'see the audit',
  'queue-board.read': 'see the queues',
};
