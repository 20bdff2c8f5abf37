// Makes a checked configuration the one that counts: a new version, and everybody it concerns marked to be computed again.
// Owns the decision whether anything changed; reading and checking files is adapters/configuration.ts'.
import { type Actor, actorReference } from '../domain/actor.js';
import type { Configuration } from '../domain/configuration.js';
import { canonicalConfiguration, needsComputation } from '../domain/configuration-change.js';
import type { Environment } from './ports/clock.js';
import type { ConfigurationStore, NewConfiguration, StoredConfiguration } from './ports/configuration.js';

export interface ApplyConfigurationPorts {
  readonly environment: Environment;
  readonly configurations: ConfigurationStore;
}

export interface AppliedConfiguration {
  readonly version: number;
  /** False when it was the newest version already: nothing was written. */
  readonly isNew: boolean;
}

export async function applyConfiguration(
  ports: ApplyConfigurationPorts,
  configuration: Configuration,
  actor: Actor,
): Promise<AppliedConfiguration> {
  const digest = ports.environment.digest(canonicalConfiguration(configuration));
  for (;;) {
    const newest = await ports.configurations.newest();
    if (newest?.digest === digest) return { version: newest.version, isNew: false };
    const version = await ports.configurations.commit(nextVersion(newest, configuration, digest, actor));
    // Null: another process applied its own meanwhile. Decide again on what is there now.
    if (version !== null) return { version, isNew: true };
  }
}

function nextVersion(
  newest: StoredConfiguration | null,
  configuration: Configuration,
  digest: string,
  actor: Actor,
): NewConfiguration {
  const identityType = configuration.entityTypes.find((type) => type.identity !== null)?.identifier ?? null;
  return {
    configuration,
    digest,
    previousVersion: newest?.version ?? null,
    dirtyEntityType: needsComputation(newest?.configuration ?? null, configuration) ? identityType : null,
    appliedBy: actorReference(actor),
  };
}
