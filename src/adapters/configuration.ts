// Reads a folder of configuration files and answers the whole configuration, or everything that is wrong with it, each with its place.
// Nothing is applied here: steps/apply-configuration.ts does that with what this accepted.
import type { ConnectorPackageDefinition } from '@joinery/connector-kit';
import type { Configuration } from '../domain/configuration.js';
import { checkConfiguration } from '../domain/configuration-check.js';
import { type ConfigurationPath, expressionsOf } from '../domain/role-model/configured-expression.js';
import type { ExpressionProblem } from '../domain/role-model/expression.js';
import type { ConfigurationMistake, ConfigurationReader } from '../steps/ports/candidate.js';
import { type KnownConnection, withDefaults } from './configuration-default.js';
import { type EntriesRead, readEntries } from './configuration-entry.js';
import {
  type ConfigurationProblem,
  type FilesRead,
  folderProblem,
  readConfigurationFiles,
  readConfigurationTexts,
} from './configuration-file.js';
import { loadPackages, type Packages, settingsConflicts } from './configuration-package.js';
import { celCompiler } from './expression.js';

export interface ReadingOptions {
  /** IANA zone of the company: the default of schedules. */
  readonly timeZone: string;
  /** Finds a package by the name in the files; throws when there is none. Left out: settings are not checked against their package. */
  readonly loadPackage?: (name: string) => Promise<ConnectorPackageDefinition>;
  /** Connections made through the API: files may name them, and may not make them again. Left out: there are none. */
  readonly keptConnections?: () => Promise<readonly KnownConnection[]>;
}

export type ConfigurationReading =
  | { readonly ok: true; readonly configuration: Configuration }
  | { readonly ok: false; readonly problems: readonly ConfigurationProblem[] };

export async function readConfiguration(folder: string, options: ReadingOptions): Promise<ConfigurationReading> {
  return readFrom(folder, await readConfigurationFiles(folder), options);
}

/** Files that somebody sent: read as if they stood in a folder. Nothing they name is opened. */
export const configurationReader = (options: ReadingOptions): ConfigurationReader => ({
  read: async (texts) => {
    const reading = await readFrom('the files sent', readConfigurationTexts(texts), options);
    return reading.ok ? reading : { ok: false, mistakes: reading.problems.map(toMistake) };
  },
});

const toMistake = (problem: ConfigurationProblem): ConfigurationMistake => ({
  path: problem.file,
  message: formatProblem({ ...problem, hint: '' }).trimEnd(),
  hint: problem.hint,
  isExpression: problem.isExpression === true,
});

async function readFrom(
  folder: string,
  { files, problems: unreadable }: FilesRead,
  options: ReadingOptions,
): Promise<ConfigurationReading> {
  const read = readEntries(files);
  const packages = await loadPackages(
    read.entries.connections.map((entry) => entry.package),
    options.loadPackage,
  );
  const keptConnections = (await options.keptConnections?.()) ?? [];
  const policies = [...(read.declared.get('policies') ?? [])];
  const configuration = withDefaults(read.entries, {
    policies,
    timeZone: options.timeZone,
    isSerial: (name) => packages.get(name)?.definition?.serial === 'connection',
    keptConnections,
  });
  const problems = [
    ...unreadable,
    ...read.problems,
    // What an unreadable file declares is unknown: references into it would all look dangling.
    ...(unreadable.length > 0 ? [] : problemsOfTheWhole(folder, configuration, read, { packages, keptConnections })),
  ];
  return problems.length === 0 ? { ok: true, configuration } : { ok: false, problems: inOrder(problems) };
}

/** What the files meet outside of themselves. */
interface Surroundings {
  readonly packages: Packages;
  readonly keptConnections: readonly KnownConnection[];
}

function problemsOfTheWhole(
  folder: string,
  configuration: Configuration,
  read: EntriesRead,
  { packages, keptConnections }: Surroundings,
): readonly ConfigurationProblem[] {
  const kept = new Set(keptConnections.map(({ identifier }) => identifier));
  const conflicts = checkConfiguration(
    configuration,
    (kind, identifier) =>
      read.declared.get(kind)?.has(identifier) === true || (kind === 'connections' && kept.has(identifier)),
  );
  return [
    ...conflicts.map(({ path, why, hint }) => read.problemAt(path, why, hint)),
    ...settingsConflicts(read.entries.connections, packages).map(({ path, why, hint }) =>
      read.problemAt(path, why, hint),
    ),
    ...madeTwice(configuration, read, kept),
    ...expressionProblems(configuration, read),
    ...identityProblems(folder, configuration, read),
  ];
}

const madeTwice = (
  { connections }: Configuration,
  read: EntriesRead,
  kept: ReadonlySet<string>,
): readonly ConfigurationProblem[] =>
  connections.flatMap(({ identifier }, index) =>
    kept.has(identifier)
      ? [
          read.problemAt(
            ['connections', index, 'identifier'],
            `a connection ${identifier} was made through the API`,
            'Choose another identifier, or leave it out: files may name that connection without making it.',
          ),
        ]
      : [],
  );

function expressionProblems(configuration: Configuration, read: EntriesRead): readonly ConfigurationProblem[] {
  const compile = celCompiler();
  return expressionsOf(configuration).flatMap(({ path, request }) => {
    const outcome = compile(request);
    return outcome.ok ? [] : [expressionProblem(read, path, outcome.problem)];
  });
}

const expressionProblem = (
  read: EntriesRead,
  path: ConfigurationPath,
  { message, hint, offset }: ExpressionProblem,
): ConfigurationProblem => ({ ...read.problemAt(path, message, hint, offset), isExpression: true });

function identityProblems(
  folder: string,
  configuration: Configuration,
  read: EntriesRead,
): readonly ConfigurationProblem[] {
  const badTypes = (read.declared.get('entityTypes')?.size ?? 0) > configuration.entityTypes.length;
  if (badTypes || configuration.entityTypes.some((type) => type.identity !== null)) return [];
  return [
    folderProblem(
      folder,
      'no entity type is marked as identity',
      'Add identity: to the entity type whose rows are people.',
    ),
  ];
}

const inOrder = (problems: readonly ConfigurationProblem[]): readonly ConfigurationProblem[] =>
  [...problems].sort((a, b) => (a.file === b.file ? a.line - b.line || a.column - b.column : a.file < b.file ? -1 : 1));

/** One line for a person: `roles.yaml:12:15: singleRoles[3].category: there is no category «x». Write one that exists (…).` */
export function formatProblem(problem: ConfigurationProblem): string {
  const subject = problem.what === '' ? '' : `${problem.what}: `;
  return `${problem.file}:${problem.line}:${problem.column}: ${subject}${problem.why}. ${problem.hint}`.replace(
    '.. ',
    '. ',
  );
}
