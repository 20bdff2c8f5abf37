// Types of mariadb.mjs.

export interface MariaDb {
  readonly host: string;
  readonly port: number;
  /** Path of its socket. */
  readonly socket: string;
  /** An account with every right. */
  readonly user: string;
  readonly password: string;
  /** PEM text of the authority that signed its certificate (for localhost and 127.0.0.1). */
  readonly authority: string;
  /**
   * Runs statements as that account and answers what they print, tab-separated. The process stands still meanwhile: never
   * let them wait for a lock that a connection of the same process holds.
   */
  run(statements: string): string;
  /** Ends the server and removes its folder. */
  stop(): Promise<void>;
}

export function startMariaDb(options?: {
  /** Where its data are kept; a new temporary folder by default. */
  readonly folder?: string;
  /** More options of mariadbd, such as `--max-connections=10`. */
  readonly options?: readonly string[];
}): Promise<MariaDb>;
