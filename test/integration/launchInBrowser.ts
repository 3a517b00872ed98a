// Runs the integration suite in the extension host of a VS Code whose workbench is in Chromium.
//   node test/vscode/run.mjs test/integration/launchInBrowser.ts [RESULTS.json]
import { copyFileSync, existsSync, mkdirSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join, resolve } from 'node:path';
import { format } from 'node:util';
import { launchBrowser } from '../vscode/browser';
import { installVSCode } from '../vscode/install';
import { startServer } from '../vscode/server';

const longestMs = 5 * 60_000;
// What the workbench says of its own affairs, and not the tests.
const noise = new RegExp(
  [
    '^(Ignoring fetching|Creating a socket|Resolv|Updating additional builtin extensions)',
    '^\\[(AccountPolicyGate|AgentHost|DefaultAccount|Service Worker|chat-stt|reconnection)',
    '^Timed out waiting for authentication provider',
  ].join('|'),
);

const root = process.cwd();
const [resultsFile] = process.argv.slice(2);
const folder = mkdtempSync(join(tmpdir(), 'tpi-'));
const results = join(folder, 'results.json');

const server = await startServer(await installVSCode(console.log), {
  allowTestPayload: true,
  env: { TENSORPRESS_TEST_RESULTS: results },
});
const browser = await launchBrowser();
const page = await browser.newPage();

const ended = new Promise<string | undefined>((resolveEnd) => {
  void page.exposeFunction('codeAutomationLog', (level: string, args: unknown[]) => {
    const text = format(...args);
    if (!noise.test(text)) {
      // Where in VS Code's bundle a complaint comes from helps nobody here.
      console.log(text.replace(/\n\s+at .*workbench\.js:.*/g, ''));
    }
  });
  void page.exposeFunction('codeAutomationExit', (code: number) =>
    resolveEnd(code === 0 ? undefined : `VS Code ended the run with ${code}`),
  );
  page.on('crash', () => resolveEnd('the workbench crashed'));
  setTimeout(
    () => resolveEnd(`the run took more than ${longestMs / 60_000} minutes`),
    longestMs,
  ).unref();
});

const remote = (path: string) => `vscode-remote://${server.authority}${path}`;
const address = new URL(server.origin);
address.searchParams.set('folder', folder);
address.searchParams.set(
  'payload',
  JSON.stringify([
    ['extensionDevelopmentPath', remote(root)],
    ['extensionTestsPath', remote(join(root, 'dist/test/index'))],
    ['skipWelcome', 'true'],
    ['skipReleaseNotes', 'true'],
  ]),
);
await page.goto(address.href);

let problem = await ended;
if (!existsSync(results)) {
  // VS Code counts a host that died as a success.
  problem ??= 'the extension host ended before the tests did';
} else if (resultsFile) {
  mkdirSync(dirname(resolve(resultsFile)), { recursive: true });
  copyFileSync(results, resultsFile);
}
if (problem) {
  mkdirSync('test-results', { recursive: true });
  await page.screenshot({ path: 'test-results/integration-failure.png' }).catch(() => undefined);
  if (!existsSync(results)) {
    console.log(server.log());
  }
  console.log(`\n${problem}`);
  process.exitCode = 1;
}
await browser.close();
await server.stop();
rmSync(folder, { recursive: true, force: true });
