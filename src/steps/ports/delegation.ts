// How delegations are loaded, committed and read.
import type { Actor } from '../../domain/actor.js';
import type { Delegation } from '../../domain/delegation.js';

export interface DelegationStore {
  /** Those not revoked, past ones too. */
  ofDelegator(delegatorId: string): Promise<readonly Delegation[]>;
  load(id: string): Promise<Delegation | null>;
  create(delegation: Omit<Delegation, 'createdAt' | 'revokedAt'>, actor: Actor): Promise<void>;
  /** False when it was revoked already. */
  revoke(id: string, actor: Actor): Promise<boolean>;
}

export interface DelegationViews {
  byIds(ids: readonly string[]): Promise<ReadonlyMap<string, Delegation>>;
  /** Given or received by one of these identities, not revoked, past ones too; the earliest first. */
  ofPeople(ids: readonly string[]): Promise<readonly Delegation[]>;
}
