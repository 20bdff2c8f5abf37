// Configuration folders for tests: a small company, and pieces of it replaced.
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll } from '@jest/globals';
import {
  type ConfigurationReading,
  formatProblem,
  readConfiguration,
  type ReadingOptions,
} from '../../src/adapters/configuration.js';

export type Files = Readonly<Record<string, string | Uint8Array>>;

let root: string;
beforeAll(async () => {
  root = await mkdtemp(join(tmpdir(), 'joinery-configuration-'));
});
afterAll(() => rm(root, { recursive: true }));

export async function read(files: Files, options: Partial<ReadingOptions> = {}): Promise<ConfigurationReading> {
  const folder = await mkdtemp(join(root, 'case-'));
  for (const [name, content] of Object.entries(files)) await writeFile(join(folder, name), content);
  return readConfiguration(folder, { timeZone: 'Europe/Paris', ...options });
}

/** The problems as a person reads them. */
export async function problems(files: Files, options: Partial<ReadingOptions> = {}): Promise<readonly string[]> {
  return problemsIn(await read(files, options));
}

export const problemsIn = (reading: ConfigurationReading): readonly string[] =>
  reading.ok ? [] : reading.problems.map(formatProblem);

export const company = `connectors:
  - { identifier: hr, displayName: HR }
  - { identifier: crm, displayName: CRM }
connections:
  - { identifier: hr-file, displayName: HR file, connector: hr, package: memory, settings: { store: hr } }
  - { identifier: crm-store, displayName: CRM store, connector: crm, package: memory, settings: { store: crm } }
entityTypes:
  - identifier: person
    displayName: Person
    connection: hr-file
    objectType: people
    key: login
    properties:
      - { identifier: login }
      - { identifier: grade, type: number }
      - { identifier: department, attribute: dept }
    identity: { department: department }
  - identifier: account
    displayName: Account
    connection: crm-store
    objectType: account
    key: id
    properties:
      - { identifier: id }
      - { identifier: level, type: number }
      - { identifier: groups, references: group, isMultivalued: true }
  - identifier: group
    displayName: Group
    connection: crm-store
    objectType: group
    key: id
    properties: [{ identifier: id }]
policies: [{ identifier: main, displayName: Main }]
categories: [{ identifier: sales, displayName: Sales }]
singleRoles:
  - identifier: reader
    displayName: Reader
    description: Reads customers.
    category: sales
    isRequestable: true
    approvalWorkflow: MANAGER
resourceTypes:
  - identifier: crm-account
    displayName: CRM account
    sourceEntityType: person
    targetEntityType: account
    blockProvisioning: false
    key: person.login
typeRules: [{ identifier: t1, resourceType: crm-account, role: reader }]
scalarRules: [{ identifier: s1, resourceType: crm-account, property: level, value: person.grade }]
navigationRules: [{ identifier: n1, resourceType: crm-account, property: groups, role: reader, target: readers }]
correlationRules: [{ identifier: c1, resourceType: crm-account, source: person.login, target: resource.id }]
roleRules: [{ identifier: r1, role: reader, when: person.department == "SAL" }]
jobs:
  - identifier: nightly
    displayName: Nightly
    mode: COMPLETE
    schedule: "0 2 * * *"
    steps:
      - { identifier: read-hr, kind: SYNCHRONIZE, connector: hr, level: 1 }
      - { identifier: read-crm, kind: SYNCHRONIZE, connector: crm, level: 1 }
      - { identifier: compute, kind: COMPUTE_ROLE_MODEL }
`;

/** The company with one piece of text replaced. */
export function changed(from: string, to: string): string {
  if (!company.includes(from)) throw new Error(`not in the file: ${from}`);
  return company.replace(from, () => to);
}
