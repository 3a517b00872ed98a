import { mkdirSync } from 'node:fs';
import { basename } from 'node:path';
import { afterAll, afterEach, beforeAll, inject } from 'vitest';
import { startWorkbench } from './workbench';
import type { Workbench, WorkbenchOptions } from './workbench';

/** A workbench for all tests of a file; of a test that fails, a picture is kept. */
export function useWorkbench(options?: WorkbenchOptions): Workbench {
  let started: Workbench | undefined;
  const get = () => {
    if (!started) {
      throw new Error('The workbench starts before the first test, not before that.');
    }
    return started;
  };
  beforeAll(async () => {
    started = await startWorkbench(inject('vsix'), options);
  });
  afterEach(async ({ task }) => {
    if (task.result?.state === 'fail' && started) {
      const name = `${basename(task.file.name, '.test.ts')} ${task.name}`.replace(/\W+/g, '-');
      mkdirSync('test-results/failures', { recursive: true });
      await started.page.screenshot({ path: `test-results/failures/${name}.png` });
    }
  });
  afterAll(() => started?.stop());
  return {
    get page() {
      return get().page;
    },
    get server() {
      return get().server;
    },
    get folder() {
      return get().folder;
    },
    get complaints() {
      return get().complaints;
    },
    stop: () => get().stop(),
  };
}
