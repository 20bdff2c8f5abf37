// The words of checking a configuration: a name that must lead somewhere, and something that does not fit.
import type { Configuration } from './configuration.js';
import type { ConfigurationPath } from './role-model/configured-expression.js';

export type ConfigurationKind = keyof Configuration;

export interface Reference {
  readonly path: ConfigurationPath;
  readonly to: readonly ConfigurationKind[];
  readonly what: string;
  readonly name: string | null;
}

/** Something that does not fit, at the place where it stands. */
export interface ConfigurationConflict {
  readonly path: ConfigurationPath;
  readonly why: string;
  readonly hint: string;
}
