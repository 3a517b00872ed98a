import { defineConfig } from 'vitest/config';

export default defineConfig({
  test: {
    globalSetup: 'test/support/buildKernels.mjs',
    setupFiles: 'test/support/testBackend.ts',
    include: ['test/unit/**/*.test.ts'],
    // Some tests factorise real weights, and continuous integration has slow cores.
    testTimeout: 30_000,
  },
});
