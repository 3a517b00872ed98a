import { defineConfig } from 'vitest/config';

export default defineConfig({
  test: {
    dir: 'test/e2e',
    include: ['**/*.test.ts'],
    globalSetup: 'test/e2e/packExtension.ts',
    // One VS Code and one browser at a time: together they take more than a gigabyte.
    fileParallelism: false,
    testTimeout: 120_000,
    hookTimeout: 120_000,
    // A second, the default, is little for VS Code on a machine that has other work.
    expect: { poll: { timeout: 20_000 } },
  },
});
