// Types of openldap.mjs, which is plain JavaScript because scripts load it as it is.

export interface OpenLdapAccount {
  readonly dn: string;
  readonly password: string;
}

export interface OpenLdap {
  readonly host: string;
  readonly port: number;
  readonly tlsPort: number;
  readonly url: string;
  readonly ldapsUrl: string;
  /** File with the PEM text of the authority. */
  readonly caPath: string;
  readonly suffix: string;
  /** May everything, without limits. */
  readonly admin: OpenLdapAccount;
  /** The account a connector should use: may write, with limits of size. */
  readonly service: OpenLdapAccount;
  readonly pid: number | undefined;
  /** The server stands still: it accepts connections and answers nothing. */
  pause(): void;
  resume(): void;
  /** Ends the server at once, as a crash would; the folder stays for `restart`. */
  kill(): Promise<void>;
  restart(): Promise<void>;
  /** Back to the entries it began with, in less than a second; faster than deleting thousands. */
  restore(): Promise<void>;
  stop(): Promise<void>;
}

export function startOpenLdap(options: {
  readonly folder: string;
  readonly accesslog?: boolean;
  readonly memberOf?: boolean;
  readonly waitsForDisk?: boolean;
  readonly entries?: string;
}): Promise<OpenLdap>;
