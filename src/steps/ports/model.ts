// Where steps get the compiled role model: one per configuration version, loaded once.
import type { CompiledModel } from '../../domain/role-model/model.js';

export interface ModelSource {
  /** The model of the newest applied configuration. Throws when none was applied yet. */
  current(): Promise<CompiledModel>;
}
