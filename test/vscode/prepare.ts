// What the tests in VS Code need beside the packages: VS Code itself, and a browser to show it in.
// Prints the reason and fails where one cannot be had.
import { ensureChromium } from './chromium';
import { installVSCode } from './install';

try {
  ensureChromium(console.log);
  await installVSCode(console.log);
} catch (error) {
  console.log(error instanceof Error ? error.message : error);
  process.exitCode = 1;
}
