// Runs the integration suite in a desktop VS Code: the one that VSCODE_EXECUTABLE names, or one
// that @vscode/test-electron downloads.
import { existsSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { runTests } from '@vscode/test-electron';

const root = process.cwd();
// Short: the sockets in the profile may have names of about 107 bytes.
const folder = mkdtempSync(join(tmpdir(), 'tpd-'));
const results = join(folder, 'results.json');
try {
  await runTests({
    ...(process.env.VSCODE_EXECUTABLE && { vscodeExecutablePath: process.env.VSCODE_EXECUTABLE }),
    extensionDevelopmentPath: root,
    extensionTestsPath: join(root, 'dist/test/index'),
    launchArgs: [folder, '--disable-extensions', '--user-data-dir', join(folder, 'user')],
    extensionTestsEnv: { TENSORPRESS_TEST_RESULTS: results },
  });
  if (!existsSync(results)) {
    throw new Error('The extension host ended before the tests did.');
  }
  console.log(readFileSync(results, 'utf8'));
} catch (error) {
  console.error(error instanceof Error ? error.message : error);
  process.exitCode = 1;
} finally {
  rmSync(folder, { recursive: true, force: true });
}
