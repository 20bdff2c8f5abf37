// How tests run: Jest in native ESM, TypeScript through SWC, two projects.
// `pure` needs nothing but Node; `real` gets a PostgreSQL and a Redis of its own from test/support/global-setup.mjs.

import { availableParallelism } from 'node:os';

const decorators = {
  jsc: {
    target: 'es2022',
    parser: { syntax: 'typescript', decorators: true },
    transform: { legacyDecorator: true, decoratorMetadata: false, useDefineForClassFields: false },
    keepClassNames: true,
  },
  module: { type: 'es6' },
  sourceMaps: 'inline',
};

const project = {
  testEnvironment: 'node',
  extensionsToTreatAsEsm: ['.ts'],
  moduleNameMapper: {
    '^@joinery/connector-([a-z-]+)$': '<rootDir>/connectors/$1/src/index.ts',
    '^@joinery/(ldap|http)-client$': '<rootDir>/connectors/$1-client/src/index.ts',
    '^#src/(.*)\\.js$': '<rootDir>/src/$1',
    '^(\\.{1,2}/.*)\\.js$': '$1',
  },
  modulePathIgnorePatterns: ['<rootDir>/dist/', '<rootDir>/connectors/[^/]+/dist/', '<rootDir>/\\.joinery/'],
  transform: { '^.+\\.ts$': ['@swc/jest', decorators] },
};

const pure = ['<rootDir>/test/domain/**/*.test.ts', '<rootDir>/test/config.test.ts'];
const everything = ['<rootDir>/test/**/*.test.ts', '<rootDir>/connectors/*/test/**/*.test.ts'];

/** @type {import('jest').Config} */
export default {
  // A test that waits for a fact has its own deadline; this one only ends a hang.
  testTimeout: 60_000,
  // Most of the work is done by servers and programs that tests start, while the test waits: one processor has room for two.
  maxWorkers: Math.max(2, availableParallelism() - 1),
  reporters: ['default', 'summary', '<rootDir>/test/support/closing-line.mjs'],
  projects: [
    { ...project, displayName: 'pure', testMatch: pure },
    {
      ...project,
      displayName: 'real',
      testMatch: everything,
      testPathIgnorePatterns: ['/node_modules/', '<rootDir>/test/domain/', '<rootDir>/test/config\\.test\\.ts$'],
      globalSetup: '<rootDir>/test/support/global-setup.mjs',
      globalTeardown: '<rootDir>/test/support/global-teardown.mjs',
    },
  ],
};
