// A checked configuration that is not in force: kept for its plan, compiled to compute with, and put in force by applying the plan.
import type { Configuration } from '../../domain/configuration.js';
import type { CompiledModel } from '../../domain/role-model/model.js';

export interface Candidate {
  readonly id: string;
  readonly digest: string;
  readonly configuration: Configuration;
  /** Version in force when it was made. */
  readonly baseVersion: number;
  /** `actorReference`. */
  readonly createdBy: string;
}

export interface CandidateStore {
  keep(candidate: Candidate): Promise<void>;
  /** Null when there is none. */
  load(id: string): Promise<Candidate | null>;
}

export interface CandidateModels {
  /** As it will be once it is that version. Throws for what no check has accepted. */
  compile(version: number, configuration: Configuration): CompiledModel;
  /** The next question for the model in force is asked of the database. */
  expire(): void;
}

/** A file of a configuration that somebody sent. */
export interface ConfigurationText {
  /** Inside the folder, with `/`; ends in .yaml or .yml. */
  readonly path: string;
  readonly text: string;
}

export interface ConfigurationMistake {
  /** Of the file, as sent. */
  readonly path: string;
  /** `roles.yaml:12:15: singleRoles[3].category: there is no category «x»` */
  readonly message: string;
  readonly hint: string;
  /** An expression cannot be understood, or is ill-typed. */
  readonly isExpression: boolean;
}

/** Reads files held in memory; settings with `$file` and `$env` stay references. */
export interface ConfigurationReader {
  read(
    files: readonly ConfigurationText[],
  ): Promise<
    | { readonly ok: true; readonly configuration: Configuration }
    | { readonly ok: false; readonly mistakes: readonly ConfigurationMistake[] }
  >;
}
