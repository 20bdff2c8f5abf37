// Types of samba.mjs.

export interface SambaSystem {
  /** The loopback address of its own; all of Samba's ports are on it. */
  readonly host: string;
  readonly url: string;
  /** Port 389, for StartTLS. */
  readonly plainUrl: string;
  /** File with the certificate of the authority that signed the controller's. */
  readonly caPath: string;
  readonly baseDn: string;
  readonly domain: string;
  readonly realm: string;
  readonly hostName: string;
  readonly adminDn: string;
  readonly adminUpn: string;
  readonly password: string;
  /** For the ldb tools, which go round the server. */
  readonly databasePath: string;
  /** For samba-tool, with `-s`. */
  readonly configurationPath: string;
  /** Remembers everything there is, for `restore`. Both end all connections and take a few seconds. */
  keep(): Promise<void>;
  /** Brings back what was kept. */
  restore(): Promise<void>;
  stop(): Promise<void>;
}

export function startSamba(options?: {
  readonly addresses?: readonly string[];
  readonly patienceMs?: number;
}): Promise<SambaSystem>;
