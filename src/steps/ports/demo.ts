// Whom the demo lets sign in.
import type { Profile } from '../../domain/configuration.js';

export interface DemoPerson {
  /** Identity key, as `POST /demo/token` takes it. */
  readonly identifier: string;
  readonly displayName: string;
  readonly jobTitle: string | null;
  readonly profiles: readonly Profile[];
}

export interface DemoDirectory {
  /** Everybody who is active today, those with special profiles first. */
  people(): Promise<readonly DemoPerson[]>;
}
