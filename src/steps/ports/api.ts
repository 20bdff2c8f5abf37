// All ports the API process needs, by noun. Each slice adds its own line; compose.ts fills it.
import type { Environment } from './clock.js';
import type { ModelSource } from './model.js';

export interface ApiPorts {
  readonly environment: Environment;
  readonly models: ModelSource;
}
