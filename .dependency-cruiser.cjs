// Who may import whom: the import table of docs/architecture.md as rules, each an error. `npm run check` runs them.
// A row names what a folder may reach; everything else is refused. Types count as imports. Where only types may
// cross, .oxlintrc.json says so: the parser used here does not tell them apart.

const kit = '^connectors/kit/(src|dist)/';
const core = '^(node:)?[a-z_/0-9]+$';

/** A package, or its types. */
const packages = (...names) => names.map((name) => `node_modules/(@types/)?${name}/`);

const connectorSources = '^connectors/([^/]+)/src/';

/** Shared by packages of one protocol (docs/decisions/0006-client-libraries.md); no connector by itself. */
const clientLibrary = '^connectors/[^/]+-client/(src|dist)/';

/** [name, from, everything it may reach]. Folders may always import themselves where they are listed. */
const table = [
  ['connectors/kit', '^connectors/kit/src/', ['^connectors/kit/src/', core, ...packages('ajv')]],
  ['src/domain', '^src/domain/', ['^src/domain/', kit]],
  ['src/steps', '^src/steps/', ['^src/domain/', '^src/steps/ports/', kit]],
  ['src/entities', '^src/entities/', ['^src/entities/', '^src/domain/', ...packages('typeorm')]],
  [
    'src/store',
    '^src/store/',
    [
      '^src/store/',
      '^src/entities/',
      '^src/domain/',
      '^src/steps/ports/',
      core,
      ...packages('typeorm', 'pg', 'pg-copy-streams'),
    ],
  ],
  [
    'src/schema',
    '^src/schema/',
    [
      '^src/schema/',
      '^src/domain/',
      ...packages('type-graphql', 'graphql', 'graphql-scalars', 'class-validator', 'reflect-metadata'),
    ],
  ],
  [
    'src/resolvers',
    '^src/resolvers/',
    [
      '^src/resolvers/',
      '^src/schema/',
      '^src/steps/',
      '^src/domain/',
      ...packages('type-graphql', 'graphql', 'dataloader', 'reflect-metadata'),
    ],
  ],
  [
    'src/workers',
    '^src/workers/',
    ['^src/workers/', '^src/steps/', '^src/domain/', kit, core, ...packages('bullmq', 'ioredis')],
  ],
];

/** [name, from, what it may not reach]: where any library may be wrapped. */
const refusals = [
  [
    'src/adapters',
    '^src/adapters/',
    [
      '^src/(?!adapters/|domain/|steps/ports/)',
      ...packages('typeorm', 'pg', 'bullmq', 'express', 'graphql', 'type-graphql', '@apollo'),
    ],
  ],
  [
    'src/server',
    '^src/server/',
    ['^src/(?!server/|schema/|resolvers/|domain/|config\\.ts|setting\\.ts)', ...packages('typeorm', 'pg')],
  ],
  [
    'src/cli',
    '^src/cli/',
    ['^src/(?!cli/|story/|embedded/|config\\.ts|setting\\.ts|program\\.ts)', ...packages('typeorm', 'pg', 'bullmq')],
  ],
  [
    'src/story',
    '^src/story/',
    [
      '^src/(?!story/|config\\.ts|program\\.ts|adapters/configuration-file\\.ts)',
      ...packages('typeorm', 'bullmq', 'ioredis', 'express', 'type-graphql'),
    ],
  ],
  ['src/embedded', '^src/embedded/', ['^src/(?!embedded/|config\\.ts|setting\\.ts)', ...packages('typeorm', 'bullmq')]],
  ['connectors', '^connectors/(?!kit/)[^/]+/src/', ['^src/']],
  [
    'test/domain',
    '^test/domain/',
    [`^(?!(src|dist)/domain/|test/domain/|connectors/kit/|.*node_modules/(@jest/globals|fast-check)/)`],
  ],
];

const error = (name, comment, from, to) => ({ name, comment, severity: 'error', from, to });

/** @type {import('dependency-cruiser').IConfiguration} */
module.exports = {
  forbidden: [
    ...table.map(([name, from, allowed]) =>
      error(
        `layer:${name}`,
        `${name} may import only what its row of the table names.`,
        { path: from },
        { pathNot: allowed },
      ),
    ),
    ...refusals.map(([name, from, refused]) =>
      error(`layer:${name}`, `${name} reaches what its row of the table refuses.`, { path: from }, { path: refused }),
    ),
    error('no-cycle', 'Two files that need each other are one file, or lack a third.', {}, { circular: true }),
    error(
      'step-alone',
      'Steps never call one another; what comes next is read from stored state.',
      { path: '^src/steps/(?!ports/)' },
      { path: '^src/steps/(?!ports/)' },
    ),
    error(
      'kit-without-runner',
      'The conformance suite returns cases; the caller runs them.',
      { path: '^connectors/kit/src/' },
      { path: packages('jest', '@jest') },
    ),
    error(
      'connector-alone',
      'A connector knows the kit and the client library of its protocol, never another connector.',
      { path: connectorSources },
      { path: '^connectors/', pathNot: [kit, clientLibrary, '^connectors/$1/'] },
    ),
    error(
      'client-alone',
      'A client library knows the kit, no connector and no other client library.',
      { path: '^connectors/([^/]+-client)/src/' },
      { path: '^connectors/', pathNot: [kit, '^connectors/$1/'] },
    ),
    error(
      'connector-by-name',
      'Connectors are loaded by their names in the configuration.',
      { path: '^src/', pathNot: '^src/(compose|program)\\.ts$' },
      { path: '^connectors/(?!kit/)' },
    ),
    error('main-is-last', 'main.ts is started, not imported.', {}, { path: '^src/main\\.ts$' }),
    error(
      'one-composer',
      'Only the program composes; only the command line, stories, benchmarks and tests start a program.',
      { pathNot: '^(src/(program|first-run|(cli|story)/[^/]+)\\.ts$|bench/|test/|connectors/[^/]+/test/)' },
      { path: '^src/(compose|program)\\.ts$' },
    ),
    error(
      'no-barrel',
      'index.ts is a package’s front door; below src it only hides where things are.',
      {},
      { path: '^src/.*/index\\.ts$' },
    ),
    error(
      'noun-not-bucket',
      'A file is named for what it holds.',
      {},
      { path: '(^|[/-])(util|helper|common|shared|misc|manager|service|base)s?\\.[a-z]+$', pathNot: 'node_modules' },
    ),
    error('resolvable', 'This import leads nowhere.', {}, { couldNotResolve: true }),
    error(
      'declared',
      'A package must be among the dependencies of the nearest package.json.',
      { path: '^(src|connectors/[^/]+/src)/' },
      { dependencyTypes: ['npm-no-pkg', 'npm-unknown'] },
    ),
    error(
      'no-development-package',
      'Development packages are absent in production.',
      { path: '^(src|connectors/[^/]+/src)/' },
      { dependencyTypes: ['npm-dev'] },
    ),
  ],
  options: {
    // TypeScript 7 has no interface for other programs, so SWC reads the files.
    parser: 'swc',
    tsPreCompilationDeps: true,
    doNotFollow: { path: ['node_modules', '(^|/)dist/'] },
    exclude: { path: ['(^|/)dist/bench/'] },
    enhancedResolveOptions: {
      exportsFields: ['exports'],
      conditionNames: ['types', 'import', 'require', 'node', 'default'],
    },
  },
};
