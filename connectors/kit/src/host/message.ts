// What a program and the process of a connector package say to each other: data that survives JSON, nothing else.
// Every request has an id and gets one answer; a listing is asked for page by page.
import type { ConnectorFailure, ConnectorPackageDefinition, ConnectorSettings, Delta } from '../contract.js';

/** What a package says about itself. */
export type PackageDescription = Omit<ConnectorPackageDefinition, 'open'>;

/** What an opened session can do beside what every session can. */
export interface OpenedPackage {
  readonly hasApplyMany: boolean;
  readonly hasChanges: boolean;
}

/** `deadline`: of the call, in milliseconds since 1970. */
export type HostRequest =
  /** Answers PackageDescription. */
  | { readonly kind: 'package'; readonly name: string }
  /** Once in the life of a process. Answers OpenedPackage. */
  | { readonly kind: 'open'; readonly name: string; readonly settings: ConnectorSettings }
  | { readonly kind: 'describe' | 'check'; readonly deadline: number }
  | { readonly kind: 'read'; readonly objectType: string; readonly key: string; readonly deadline: number }
  | { readonly kind: 'apply'; readonly delta: Delta; readonly idempotencyKey: string; readonly deadline: number }
  | {
      readonly kind: 'applyMany';
      readonly deltas: readonly { readonly delta: Delta; readonly idempotencyKey: string }[];
      readonly deadline: number;
    }
  /** Answers nothing; the pages are asked for by `next` with the id of this request, until `abort` forgets them. */
  | { readonly kind: 'list'; readonly objectType: string; readonly deadline: number }
  | {
      readonly kind: 'changes';
      readonly objectType: string;
      readonly cookie: string | null;
      readonly deadline: number;
    }
  /** Answers NextPage. */
  | { readonly kind: 'next'; readonly pages: number }
  | { readonly kind: 'close' };

export type NextPage = { readonly done: true } | { readonly done: false; readonly page: unknown };

export type ToHost = { readonly id: number; readonly request: HostRequest } | { readonly abort: number };

export type FromHost =
  | { readonly id: number; readonly value: unknown }
  | { readonly id: number; readonly failure: ConnectorFailure };
