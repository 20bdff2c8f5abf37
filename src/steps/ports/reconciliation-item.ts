// How items that wait for a decision are listed and decided. A decision is one transaction.
import type { Actor } from '../../domain/actor.js';
import type { IdComparison, TextComparison } from '../../domain/filter.js';
import type { Page, PageRequest } from '../../domain/page.js';
import type { Person } from '../../domain/person.js';
import type { ReconciliationDecision, ReconciliationKind } from '../../domain/reconciliation.js';
import type { ItemDecision, OpenItem } from '../../domain/reconciliation-decision.js';
import type { TypeProperty } from '../../domain/role-model/explainer.js';

/** An item with what is decided about it; `owner`: whose account it becomes. */
export interface DecidedItem {
  readonly item: OpenItem;
  readonly decision: ItemDecision;
}

export interface DecisionCommit {
  readonly items: readonly DecidedItem[];
  /** Who decides: `actorReference` or `rule:<identifier>`. */
  readonly decidedBy: string;
  /** Null for a rule: only people's acts are audited. */
  readonly actor: Actor | null;
  /** ISO day on which what is put off without a day is listed again; null: nothing is put off. */
  readonly postponedUntil: string | null;
  /** Roles that change something in a managed system. */
  readonly rolesWithEffects: readonly string[];
  readonly newId: () => string;
  /** Resource types whose changes wait for a review. */
  readonly reviewedTypes: readonly string[];
  /** Resource types of which a person may own several accounts. */
  readonly multipleTypes: readonly string[];
  /** Links that any rule gives: what a kept account holds of them is kept with it. */
  readonly links: readonly TypeProperty[];
}

export interface ReconciliationStore {
  /** In the order given; items that are not there are absent. */
  load(ids: readonly string[]): Promise<readonly OpenItem[]>;
  /** Ids of the open items of a group that are listed today, in the order of ids. */
  group(groupKey: string, day: string): Promise<readonly string[]>;
  /** Row ids of all identities of the human with this key: who acts, or who answers for the service that does. */
  sameHuman(personKey: string): Promise<readonly string[]>;
  /** New owners by row id, each with the resource types of which they own an account. */
  owners(
    ids: readonly string[],
  ): Promise<ReadonlyMap<string, { readonly person: Person; readonly types: readonly string[] }>>;
  /** Everything or nothing. Answers the ids that were no longer open: then nothing was written. */
  decide(commit: DecisionCommit): Promise<readonly string[]>;
}

export interface ItemView extends OpenItem {
  /** Key in the managed system of the account it is about; null: it is about none. */
  readonly resourceKey: string | null;
  readonly foundAt: Date;
  readonly postponedUntil: string | null;
  readonly decidedDecision: ReconciliationDecision | null;
}

export interface ItemFilter {
  readonly kind?: readonly ReconciliationKind[] | null;
  /** Row ids. */
  readonly identityId?: IdComparison | null;
  /** Identifiers. */
  readonly resourceTypeId?: IdComparison | null;
  readonly groupKey?: TextComparison | null;
  readonly minConfidencePercent?: number | null;
}

/** Which open items: what is put off is left out until its day. `canRead`: else nothing is seen. */
export interface ItemQuestion {
  readonly filter: ItemFilter | null;
  readonly day: string;
  readonly canRead: boolean;
}

export interface ItemGroup {
  readonly groupKey: string;
  readonly kind: ReconciliationKind;
  readonly count: number;
}

export interface ReconciliationViews {
  /** In the order of groups. */
  page(question: ItemQuestion, page: PageRequest): Promise<Page<ItemView>>;
  count(question: ItemQuestion): Promise<number>;
  /** Decided ones, too. */
  byIds(ids: readonly string[], canRead: boolean): Promise<ReadonlyMap<string, ItemView>>;
  /** Largest first. */
  groups(question: ItemQuestion): Promise<readonly ItemGroup[]>;
}
