// Runs inside VS Code's extension host, in the browser's workbench and on a desktop alike.
import { readdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import Mocha from 'mocha';

/** Called by VS Code; what it writes last tells a finished run from a host that died. */
export function run(): Promise<void> {
  const mocha = new Mocha({ ui: 'tdd', color: false, timeout: 60_000 });
  readdirSync(__dirname)
    .filter((name) => name.endsWith('.test.js'))
    .forEach((name) => mocha.addFile(join(__dirname, name)));

  const failures: string[] = [];
  return new Promise((resolve, reject) => {
    const runner = mocha.run((failed) => {
      const { passes = 0, pending = 0 } = runner.stats ?? {};
      const outcome = { passed: passes, failed: failures.length, skipped: pending, failures };
      if (process.env.TENSORPRESS_TEST_RESULTS) {
        writeFileSync(process.env.TENSORPRESS_TEST_RESULTS, JSON.stringify(outcome));
      }
      if (failed > 0) {
        reject(new Error(`${failed} tests failed`));
      } else {
        resolve();
      }
    });
    runner.on('fail', (test) => failures.push(test.fullTitle()));
  });
}
