import { defineConfig } from 'vitest/config';

export default defineConfig({
  test: {
    dir: 'test/conformance',
    include: ['**/*.test.ts'],
    globalSetup: 'test/support/buildKernels.mjs',
    // One backend, one device: files take turns, and each gives its device back at its end.
    fileParallelism: false,
    pool: 'forks',
    execArgv: ['--expose-gc'],
    // A processor that plays a graphics card is slow.
    testTimeout: 300_000,
    hookTimeout: 120_000,
  },
});
