// What a new version of the configuration changes for the people it is about.
import type { Configuration } from './configuration.js';

/** The same configuration gives the same text, whatever the order of keys. */
export const canonicalConfiguration = (configuration: Configuration): string => canonicalText(configuration);

/** What a plan was made of, and what it says it was made of: `digest` is of the canonical text. */
export interface PlannedCandidate {
  readonly candidate: { readonly digest: string; readonly configuration: Configuration; readonly baseVersion: number };
  readonly planned: { readonly candidateDigest?: string; readonly configurationVersion: number };
}

/** Only the configuration that somebody looked at may come into force: by its content, not by its id. */
export const isAsPlanned = ({ candidate, planned }: PlannedCandidate, digest: (text: string) => string): boolean =>
  candidate.digest === planned.candidateDigest &&
  candidate.baseVersion === planned.configurationVersion &&
  digest(canonicalConfiguration(candidate.configuration)) === candidate.digest;

/** Whether a kind decides what an identity should have, or how it is written. A new kind has to be put on one side. */
const decides: Readonly<Record<keyof Configuration, boolean>> = {
  connectors: false,
  connections: false,
  entityTypes: true,
  dimensions: true,
  contextRules: true,
  policies: true,
  categories: false,
  singleRoles: true,
  compositeRoles: true,
  resourceTypes: true,
  roleRules: true,
  typeRules: true,
  scalarRules: true,
  navigationRules: true,
  queryRules: true,
  correlationRules: true,
  classificationRules: true,
  // Asked when somebody asks or decides, never by a computation.
  automationRules: false,
  risks: false,
  jobs: false,
  profiles: false,
  serviceAccounts: false,
};
const decisive = (Object.keys(decides) as readonly (keyof Configuration)[]).filter((kind) => decides[kind]);

/** True when every identity has to be computed again. `previous` null: the first version, there is nobody yet. */
export function needsComputation(previous: Configuration | null, next: Configuration): boolean {
  return previous !== null && decisive.some((kind) => canonicalText(previous[kind]) !== canonicalText(next[kind]));
}

/** The same value gives the same text, whatever the order of keys. */
export function canonicalText(value: unknown): string {
  return JSON.stringify(value, (_key, inner: unknown) => (isRecord(inner) ? sorted(inner) : inner));
}

const sorted = (record: Readonly<Record<string, unknown>>): Readonly<Record<string, unknown>> =>
  Object.fromEntries(Object.entries(record).sort(([a], [b]) => (a < b ? -1 : 1)));

const isRecord = (value: unknown): value is Readonly<Record<string, unknown>> =>
  typeof value === 'object' && value !== null && !Array.isArray(value);
