// Types of samba-address.mjs.

export interface HeldAddress {
  readonly address: string;
  release(): Promise<void>;
}

export function takeAddress(addresses: readonly string[], patienceMs: number): Promise<HeldAddress>;
