// What goes into the evaluation of one identity and what comes out of it, as plain values.
// Owns the words between evaluate.ts, reconcile.ts and the store; decides nothing.
import type { CalculatedRole, ExpectedResource, ExpectedValue, RoleAssignment } from '../assignment.js';
import type { Attributes } from '../configuration.js';
import type { OpenValues } from './open-value.js';

/** A row of role_assignment as the computation reads it. */
export interface RoleDecision extends RoleAssignment {
  /** A person decided that the identity must not have the role, whatever rules say. */
  readonly isDenied: boolean;
}

/** Calendar days; null = open. The end date is the last day. */
export interface Period {
  readonly startDate: string | null;
  readonly endDate: string | null;
}

/** A row that is a position of the identity. */
export interface PositionRow {
  readonly attributes: Attributes;
  readonly hash: string;
}

/** Dimension → value → the value above it; null at the top. One object for all identities of a page. */
export type Hierarchies = ReadonlyMap<string, ReadonlyMap<string, string | null>>;

/** Everything of one identity that its expected roles and accounts follow from. */
export interface IdentitySnapshot {
  readonly id: string;
  readonly key: string;
  readonly attributes: Attributes;
  /** Its source no longer lists it: it is due nothing. */
  readonly isRemoved: boolean;
  readonly decisions: readonly RoleDecision[];
  /** In the order of their keys. Left out: none, or the model has no positions. */
  readonly positions?: readonly PositionRow[];
  /** Left out: no dimension has an order. */
  readonly hierarchies?: Hierarchies;
  /** Held by the last computation. Read only where a role rule fails: what that rule gave before is kept. */
  readonly storedRoles: readonly CalculatedRole[];
}

/** An account that is due. Its key is not in it: keys are computed only for accounts that have none yet. */
export interface DueAccount {
  readonly kind: 'due';
  readonly resourceType: string;
  /** The type rule that gives the account, and the role it is tied to; null = no role. */
  readonly rule: string;
  readonly role: string | null;
  readonly values: ExpectedResource['values'];
  readonly links: ExpectedResource['links'];
  readonly uncertainLinks?: ExpectedResource['uncertainLinks'];
  /** Properties of the owner that must be filled before it is made, and are not; absent: none. */
  readonly missing?: readonly string[];
  /** What only the directory can tell; absent: everything is known. */
  readonly open?: OpenValues;
}

/** An account of which our rules cannot say what it should be. */
export interface FailedAccount {
  readonly kind: 'failed';
  readonly resourceType: string;
  readonly failure: RuleFailure;
}
export type ExpectedAccount = DueAccount | FailedAccount;

export interface RuleFailure {
  readonly rule: string;
  /** One sentence for a person. */
  readonly message: string;
}

/** A role that is offered, not held. */
export interface Suggestion {
  readonly role: string;
  readonly rule: string;
  /** Chosen already for somebody not past the first day, to be confirmed. */
  readonly isChosen: boolean;
}

export interface Evaluation {
  /** Where the day lies in the identity's period. `after`, too, for identities that their source no longer lists. */
  readonly position: 'before' | 'within' | 'after';
  /** Sorted by role, then reason; a role has one element for each reason. */
  readonly roles: readonly CalculatedRole[];
  /** Sorted by role. */
  readonly suggestions: readonly Suggestion[];
  /** Sorted by resource type; types that are not due are absent. */
  readonly accounts: readonly ExpectedAccount[];
  /** Sorted: roles whose row is over: past its last day, or the identity past its own. Offsets that count from the end keep it. */
  readonly ended: readonly string[];
  /** Role rules that failed. Failed accounts carry their own. */
  readonly failures: readonly RuleFailure[];
  /** The nearest coming day on which the result changes by a date alone; null = none known. */
  readonly nextDueOn: string | null;
}

/** The text an evaluation's roles are compared by, those that are offered included. */
export function rolesText({ roles, suggestions }: Pick<Evaluation, 'roles' | 'suggestions'>): string {
  let text = '';
  for (const { role, reason } of roles) text += `${role}\t${reason.kind}:${reason.cause}\n`;
  for (const suggestion of suggestions) text += `~${suggestion.role}\t${suggestionText(suggestion)}\n`;
  return text;
}

/** How a suggestion's rule is stored: `+` where the role is chosen already. */
export const suggestionText = ({ rule, isChosen }: Suggestion): string => `${isChosen ? '+' : ''}${rule}`;

const reasonKinds: readonly string[] = [
  'rule',
  'role',
  'request',
  'found',
  'grace',
  'decision',
  'missing',
] satisfies readonly CalculatedRole['reason']['kind'][];
const isReasonKind = (text: string): text is CalculatedRole['reason']['kind'] => reasonKinds.includes(text);

/** How a reason is stored: `rule:<id>`, `role:<composite role>`, `request:<item id>` … */
export const reasonText = (reason: CalculatedRole['reason']): string => `${reason.kind}:${reason.cause}`;

export function reasonOf(text: string): CalculatedRole['reason'] {
  const cut = text.indexOf(':');
  const kind = text.slice(0, cut);
  if (!isReasonKind(kind)) throw new Error(`A stored reason «${text}» has an unknown kind.`);
  return { kind, cause: text.slice(cut + 1) };
}

/** The text an account is compared by: everything expected, rules included. Objects come with their keys already sorted. */
export function expectedText({ key, rule, values, links }: ExpectedResource): string {
  // Some 700 characters for each of all accounts of a run: written out it takes a third of JSON.stringify's time.
  let text = `${measured(key)} ${rule}`;
  for (const property in values) {
    const given = values[property];
    if (given !== undefined)
      text += `|${property} ${typeof given.value} ${measured(String(given.value))} ${given.rule}${traitsText(given)}`;
  }
  for (const property in links) {
    const targets = links[property];
    for (const target in targets) text += `#${property} ${measured(target)} ${targets[target]}`;
  }
  return text;
}

/** Empty where the value is compared as usual. */
const traitsText = ({ comparison, isMapped }: ExpectedValue): string =>
  comparison === undefined && isMapped === undefined ? '' : ` ${comparison ?? ''}${isMapped === false ? '!' : ''}`;

/** With its length, no text can pass for another one and what follows it. Identifiers hold no blanks. */
const measured = (text: string): string => `${text.length}:${text}`;
