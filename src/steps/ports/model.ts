// Where steps get the compiled role model: one per configuration version, loaded once.
import type { CompiledModel } from '../../domain/role-model/model.js';

export interface ModelSource {
  /** The model of the newest applied configuration. Throws when none was applied yet. */
  current(): Promise<CompiledModel>;
}

/** For whoever changed what the model is made of. */
export interface ModelRefresh {
  /** The next question for the model is asked of the database. */
  expire(): void;
}
