import { defineConfig } from 'vitest/config';

const conditions = ['@stele/source'];

export default defineConfig({
  resolve: { conditions },
  ssr: { resolve: { conditions } },
  test: {
    include: ['{apps,packages}/*/{src,test}/**/*.test.ts'],
    globalSetup: ['apps/api/test/support/database-server.ts'],
    reporters: ['default', './.ci/tally-reporter.ts', './.ci/compatibility-reporter.ts'],
    // Half of them wait for something most of the time: one worker less than there are cores would be idle.
    maxWorkers: 2,
    testTimeout: 20_000,
    hookTimeout: 30_000,
    // A busy machine may take long for what a test waits for.
    expect: { poll: { timeout: 15_000 } },
  },
});
