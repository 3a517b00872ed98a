import type { FrameLocator, Page } from 'playwright-core';
import { explorerRow, runCommand, webview } from '../vscode/browser';

/**
 * Double-clicks a file and waits for the Weights Inspector. In its first seconds a window does not
 * know the editors of its extensions yet, and opens the file as text; then it is opened again.
 */
export async function openInspector(page: Page, file: string): Promise<FrameLocator> {
  const asText = page.getByText('The file is not displayed in the text editor');
  const inspector = page.locator('iframe.webview.ready').filter({ visible: true });
  for (let attempt = 0; attempt < 5; attempt++) {
    await explorerRow(page, file).dblclick();
    await page.locator(`.tab.active[aria-label^="${file}"]`).waitFor();
    await asText.or(inspector).first().waitFor({ timeout: 60_000 });
    if (!(await asText.isVisible())) {
      return webview(page);
    }
    await runCommand(page, 'View: Close Editor');
    await page.waitForTimeout(1000);
  }
  throw new Error(`VS Code keeps opening ${file} as text.`);
}
