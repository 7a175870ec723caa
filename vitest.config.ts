import { defineConfig } from 'vitest/config';

const conditions = ['@stele/source'];

export default defineConfig({
  resolve: { conditions },
  ssr: { resolve: { conditions } },
  test: {
    include: ['{apps,packages}/*/{src,test}/**/*.test.ts'],
    globalSetup: ['apps/api/test/support/database-server.ts'],
    reporters: ['default', './.ci/tally-reporter.ts'],
    testTimeout: 20_000,
    hookTimeout: 30_000,
  },
});
