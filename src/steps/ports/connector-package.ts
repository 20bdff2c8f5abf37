// Which connector packages this installation has, by the names that connections use.
import type { ConnectorPackageDefinition } from '@joinery/connector-kit';

export interface ConnectorPackages {
  /** Null when the package cannot be loaded. */
  find(name: string): Promise<InstalledPackage | null>;
  /** Short names of our packages that are installed here, in alphabetical order; some may not load. */
  installed(): Promise<readonly string[]>;
}

export interface InstalledPackage {
  readonly definition: ConnectorPackageDefinition;
  /** Names of the settings that are never shown. */
  readonly secretSettings: readonly string[];
  /** Everything wrong with the settings; empty when they are valid. Never holds a value. */
  problems(settings: Readonly<Record<string, unknown>>): readonly SettingProblem[];
  /** Whether the setting says where the system is: with another place, secrets are given anew. */
  saysWhere(setting: string): boolean;
  /** What the conformance suite said of this version; null: the package came without its report. */
  readonly conformance: ConformanceReport | null;
}

export interface ConformanceReport {
  readonly kitVersion: string;
  readonly passed: number;
  readonly failed: number;
  readonly skipped: number;
  readonly ranAt: Date;
}

export interface SettingProblem {
  /** Path such as `objectTypes[0].table`; empty for the settings as a whole. */
  readonly setting: string;
  readonly message: string;
}
