import { defineConfig } from 'vitest/config';

const e2e = 'test/e2e/**/*.test.ts';
const interop = 'test/interop/**/*.test.ts';
/** It loads zod's English messages, for every file beside it. */
const english = 'test/domain/gates/schema-example.test.ts';
const shared = ['test/domain/**/*.test.ts', 'test/lib/**/*.test.ts'];

export default defineConfig({
  test: {
    // All of two processors: by default one is left to the main process.
    maxWorkers: 2,
    coverage: { provider: 'v8', include: ['domain/**', 'lambdas/**', 'lib/**', 'cli/**'] },
    setupFiles: ['test/support/seed.ts'],
    reporters: ['default', ['json', { outputFile: '.local/test-results.json' }]],
    env: {
      // Nothing in a test may reach AWS, whatever the machine has configured.
      AWS_EC2_METADATA_DISABLED: 'true',
      AWS_ACCESS_KEY_ID: 'test',
      AWS_SECRET_ACCESS_KEY: 'test',
      AWS_REGION: 'us-east-1',
      NODE_NO_WARNINGS: '1',
      POWERTOOLS_LOG_LEVEL: 'SILENT',
    },
    projects: [
      {
        extends: true,
        test: {
          name: 'unit',
          include: ['test/!(domain|lib)/**/*.test.ts', 'test/*.test.ts', english],
          exclude: [e2e, interop],
          testTimeout: 60_000,
          hookTimeout: 120_000,
        },
      },
      {
        extends: true,
        // Files share what they import, and the stacks that are synthesized.
        test: {
          name: 'shared',
          include: shared,
          exclude: [english],
          isolate: false,
          testTimeout: 60_000,
          hookTimeout: 120_000,
        },
      },
      {
        extends: true,
        test: { name: 'interop', include: [interop], testTimeout: 120_000, hookTimeout: 300_000 },
      },
      {
        extends: true,
        test: {
          name: 'e2e',
          include: [e2e],
          fileParallelism: false,
          // Each story takes a core: its clients, functions and state machines all run here.
          maxConcurrency: 2,
          globalSetup: 'test/e2e/support/cloud.ts',
          testTimeout: 120_000,
          hookTimeout: 300_000,
        },
      },
    ],
  },
});
