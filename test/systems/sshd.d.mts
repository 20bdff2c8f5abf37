// Types of sshd.mjs.

export interface RunningSshd {
  readonly host: string;
  readonly port: number;
  readonly user: string;
  readonly privateKey: string;
  /** A key that nobody has authorised. */
  readonly strangersKey: string;
  /** SHA256:… */
  readonly hostKey: string;
  /** The folder whose `etc` holds the account files. */
  readonly root: string;
  stop(): Promise<void>;
}

export function startSshd(options: { readonly folder: string; readonly bin?: string | null }): Promise<RunningSshd>;
export function resetAccounts(root: string): void;
