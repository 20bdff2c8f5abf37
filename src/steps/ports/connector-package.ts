// Which connector packages this installation has, by the names that connections use.
import type { ConnectorPackageDefinition } from '@joinery/connector-kit';

export interface ConnectorPackages {
  /** Null when the package cannot be loaded. */
  find(name: string): Promise<InstalledPackage | null>;
}

export interface InstalledPackage {
  readonly definition: ConnectorPackageDefinition;
  /** Names of the settings that are never shown. */
  readonly secretSettings: readonly string[];
}
