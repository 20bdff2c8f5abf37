// All accounts of one identity: one of each type that is due, those found beside it, and those that are lost with it.
// Owns which rows are decided on together; what becomes of each is account-decision.ts' and lost-account.ts'.
import type { CalculatedRole } from '../assignment.js';
import { decideAccount } from './account-decision.js';
import type { AccountQuestion, Finding, FoundResource } from './account-question.js';
import { type AccountDecision, keep, written } from './account-state.js';
import { hasDeclinedMatch } from './declined-wish.js';
import type { Evaluation, RuleFailure } from './evaluation.js';
import type { CompiledModel } from './model.js';
import { ruleIndex } from './rule-index.js';
import type { AccountState, StoredAccount } from './stored-account.js';

export interface AccountsInput extends Pick<AccountQuestion, 'today' | 'digest' | 'newId'> {
  readonly evaluation: Pick<Evaluation, 'roles' | 'accounts'>;
  readonly stored: {
    /** Null when the identity was never computed. */
    readonly state: { readonly configurationVersion: number } | null;
    readonly roles: readonly CalculatedRole[];
    readonly accounts: readonly StoredAccount[];
  };
  /** By resource type: what was found for accounts that have no resource yet, or beside the one there is. */
  readonly findings: ReadonlyMap<string, Finding>;
  /** By resource type: computed keys of accounts whose key is not fixed. */
  readonly keys: ReadonlyMap<string, string | RuleFailure>;
  readonly model: CompiledModel;
  /** The source of the identity no longer lists it. Default false. */
  readonly isOrphan?: boolean;
}

export interface DecidedAccount {
  readonly before: StoredAccount | null;
  readonly after: AccountState | null;
  readonly decision: AccountDecision;
}

/** By resource type, the account itself first. Types that are not configured any more are left alone. */
export function decideAccounts(input: AccountsInput): readonly DecidedAccount[] {
  const { evaluation, stored, model } = input;
  const wishes = new Map(evaluation.accounts.map((account) => [account.resourceType, account]));
  const rows = rowsByType(stored.accounts);
  const shared = sharedOf(input);
  return ruleIndex(model).types.flatMap(({ type }): readonly DecidedAccount[] => {
    const resourceType = type.definition.identifier;
    const own = rows.get(resourceType) ?? [];
    const wish = wishes.get(resourceType);
    if (own.length === 0 && wish === undefined) return [];
    const about: AboutType = { ...shared, type, wish, key: input.keys.get(resourceType) ?? '' };
    return decideType(about, own, input.findings.get(resourceType) ?? { kind: 'none' });
  });
}

type AboutType = Omit<AccountQuestion, 'stored' | 'finding' | 'slot'>;

function sharedOf(input: AccountsInput): Omit<AboutType, 'type' | 'wish' | 'key'> {
  const { stored, evaluation, model, today, digest, newId, isOrphan } = input;
  return {
    isModelNew: stored.state?.configurationVersion !== model.version,
    reasons: [...stored.roles, ...evaluation.roles].filter(({ reason }) => reason.kind === 'role'),
    roleOfRule: ruleIndex(model).roleOfRule,
    isOrphan: isOrphan === true,
    today,
    digest,
    newId,
  };
}

function rowsByType(accounts: readonly StoredAccount[]): ReadonlyMap<string, readonly StoredAccount[]> {
  const rows = new Map<string, readonly StoredAccount[]>();
  for (const account of accounts) {
    const known = rows.get(account.resourceType);
    rows.set(account.resourceType, known === undefined ? [account] : [...known, account].sort(bySlot));
  }
  return rows;
}

const bySlot = (a: StoredAccount, b: StoredAccount): number => a.slot - b.slot;

function decideType(about: AboutType, rows: readonly StoredAccount[], finding: Finding): readonly DecidedAccount[] {
  const first = rows.find(({ slot }) => slot === 0) ?? null;
  const beside = rows.filter(({ slot }) => slot > 0);
  const own = first === null && about.wish === undefined ? [] : [decided(first, { ...about, stored: first, finding })];
  const known = beside.map((stored) => decidedBeside(about, stored));
  return [...own, ...known, ...newBeside(about, rows, finding)];
}

function decided(before: StoredAccount | null, question: AccountQuestion): DecidedAccount {
  return withAfter(before, decideAccount(question));
}

const withAfter = (before: StoredAccount | null, decision: AccountDecision): DecidedAccount => ({
  before,
  decision,
  after: decision.kind === 'write' ? decision.next : decision.kind === 'keep' ? before : null,
});

/** It is never made by us: gone from the target, it is forgotten. */
function decidedBeside(about: AboutType, stored: StoredAccount): DecidedAccount {
  if (isKeptStray(about, stored)) return withAfter(stored, keep);
  const question = { ...about, stored, key: stored.resourceKey, finding: { kind: 'none' } as const };
  // What a person wants removed goes, although the first account is due.
  if (!stored.isDue && stored.workflowState === 'DECLINED' && stored.observed !== null)
    return decided(stored, { ...question, wish: undefined });
  if (stored.observed !== null || about.wish === undefined) return decided(stored, question);
  return withAfter(stored, isRefusedMatch(stored) ? written(stored, refusedMatch(stored)) : { kind: 'delete' });
}

/** A person keeps it beside the one account that rules give: it is nobody's business what it holds. */
const isKeptStray = ({ type }: AboutType, { isDue, workflowState }: StoredAccount): boolean =>
  !isDue && workflowState === 'APPROVED' && !type.definition.correlateMultipleResources;

/** Kept so that it is not proposed again; it must not stand in the way of whose the resource is. */
const refusedMatch = (stored: StoredAccount): AccountState => ({
  ...stored,
  isDue: false,
  workflowState: 'DECLINED',
  provisioningState: 'NONE',
  baseHash: '',
});

const isRefusedMatch = ({ declinedHash }: StoredAccount): boolean => hasDeclinedMatch(declinedHash);

function newBeside(about: AboutType, rows: readonly StoredAccount[], finding: Finding): readonly DecidedAccount[] {
  if (about.wish?.kind !== 'due' || finding.kind === 'conflict') return [];
  const taken = new Set(rows.map(({ resourceId }) => resourceId));
  const found = (finding.further ?? []).filter(({ resource }) => !taken.has(resource.id));
  const last = Math.max(0, ...rows.map(({ slot }) => slot));
  return found.map((one, index) => decided(null, { ...about, ...asFound(one), stored: null, slot: last + 1 + index }));
}

const asFound = (found: FoundResource): Pick<AccountQuestion, 'finding' | 'key'> => ({
  finding: { kind: 'found', ...found },
  key: found.resource.content.key,
});
