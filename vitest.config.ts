import { defineConfig, type TestProjectConfiguration } from 'vitest/config';

const conditions = ['@stele/source'];

type TestOptions = NonNullable<Extract<TestProjectConfiguration, { test?: unknown }>['test']>;

const project = (name: string, test: TestOptions): TestProjectConfiguration => ({
  resolve: { conditions },
  ssr: { resolve: { conditions } },
  // Ends what hangs. What a test allows a request to take, it checks itself: the results hold on a machine at load 20 too.
  test: {
    name,
    testTimeout: 120_000,
    hookTimeout: 120_000,
    // A busy machine may take long for what a test waits for.
    expect: { poll: { timeout: 15_000 } },
    ...test,
  },
});

/** Starts one PostgreSQL for the tests of a project. */
const globalSetup = ['apps/api/test/support/database-server.ts'];

/** The second tier, `test:system`: tests that kill processes and databases, start browsers, compilers and other runtimes. */
const system = {
  api: [
    'apps/api/test/faults/*.test.ts',
    ...['bench', 'dev', 'docs', 'lock-stress', 'pages', 'start'].map((name) => `apps/api/test/${name}.test.ts`),
  ],
  cli: ['apps/cli/test/import-memory.test.ts'],
  'embedded-database': ['packages/embedded-database/test/*.test.ts'],
  sdk: ['packages/sdk/test/package.test.ts'],
};

/** Tests that change what others in their process would see, or measure the memory or the event loop of their process. */
const isolated = ['access-tokens', 'large-bodies', 'log', 'toy-dialect'].map((name) => `apps/api/test/${name}.test.ts`);

const unit = (name: string, folder: string, exclude: string[] = []) =>
  project(name, { include: [`${folder}/{src,test}/**/*.test.ts`], exclude });

export default defineConfig({
  test: {
    projects: [
      unit('schemas', 'packages/schemas'),
      unit('sdk', 'packages/sdk', system.sdk),
      unit('scim-conformance', 'packages/scim-conformance'),
      unit('cli', 'apps/cli', system.cli),
      project('api-unit', { include: ['apps/api/src/**/*.test.ts'] }),
      project('api', {
        include: ['apps/api/test/**/*.test.ts'],
        exclude: [...system.api, ...isolated],
        globalSetup,
        // The modules of the API and the validators of the OpenAPI documents are loaded once by a worker, not by each file.
        isolate: false,
      }),
      project('api-isolated', { include: isolated, globalSetup }),
      project('system-embedded-database', { include: system['embedded-database'] }),
      project('system-sdk', { include: system.sdk }),
      project('system-cli', { include: system.cli }),
      project('system-api', { include: system.api, globalSetup }),
    ],
    reporters: ['default', './.ci/tally-reporter.ts', './.ci/compatibility-reporter.ts'],
    // Half of them wait for something most of the time: one worker less than there are cores would be idle.
    maxWorkers: 2,
  },
});
