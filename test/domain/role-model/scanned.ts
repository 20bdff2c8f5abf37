// What the store answers at a first look at somebody, made of everything that it holds.
import { evaluate, inputText } from '../../../src/domain/role-model/evaluate.js';
import type { IdentitySnapshot } from '../../../src/domain/role-model/evaluation.js';
import type { CompiledModel } from '../../../src/domain/role-model/model.js';
import type { StoredIdentity } from '../../../src/domain/role-model/reconcile.js';
import { isStable } from '../../../src/domain/role-model/stored-account.js';
import type { ScannedIdentity } from '../../../src/domain/role-model/survey.js';

export interface Situation {
  readonly person: IdentitySnapshot;
  readonly stored: StoredIdentity;
}

/** What the store answers at a first look. */
export function scannedOf({ person: one, stored }: Situation, model: CompiledModel, day: string): ScannedIdentity {
  const isKnown = (account: StoredIdentity['accounts'][number]): boolean =>
    isStable(account, account.observed, false) &&
    (account.observed !== null ||
      (account.orderedVersion > 0 && account.delta !== null && account.provisioningState !== 'ERRORED'));
  const snapshot = { ...one, decisions: stored.decisions, storedRoles: stored.roles };
  const { position } = evaluate(snapshot, model, day);
  const hash = JSON.stringify(one.attributes);
  return {
    id: one.id,
    key: one.key,
    attributes: one.attributes,
    hash,
    isRemoved: one.isRemoved,
    ...(one.positions === undefined ? {} : { positions: one.positions }),
    ...(one.hierarchies === undefined ? {} : { hierarchies: one.hierarchies }),
    isDirty: false,
    state:
      stored.state === null
        ? null
        : {
            ...stored.state,
            inputHash:
              stored.state.inputHash === inputText(snapshot, position, hash, model, day)
                ? stored.state.inputHash
                : 'other',
          },
    decisions: stored.decisions,
    stable: stored.accounts.filter(isKnown).map((account) => ({
      resourceType: account.resourceType,
      key: account.resourceKey,
      expectedHash: account.expectedHash,
      isDue: account.isDue,
    })),
    unstableCount: stored.accounts.filter((account) => !isKnown(account)).length,
  };
}
