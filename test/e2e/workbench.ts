import { copyFileSync, mkdtempSync, realpathSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Browser, Locator, Page } from 'playwright-core';
import { launchBrowser, openFolder } from '../vscode/browser';
import { installVSCode } from '../vscode/install';
import { startServer } from '../vscode/server';
import type { Server, ServerOptions } from '../vscode/server';

export const sampleName = 'lenet5-mnist.safetensors';

/** VS Code with the packed extension, and a browser that shows a folder in it. */
export interface Workbench {
  readonly page: Page;
  readonly server: Server;
  /** The folder that is open. */
  readonly folder: string;
  /** What the pages complained about on the console. */
  readonly complaints: readonly string[];
  stop(): Promise<void>;
}

export interface WorkbenchOptions extends Omit<ServerOptions, 'vsix' | 'development'> {
  /** Adds files to the folder, which has the sample, before it is opened. */
  readonly prepare?: (folder: string) => void;
  readonly size?: { readonly width: number; readonly height: number };
}

export async function startWorkbench(
  vsix: string,
  { prepare, size = { width: 1360, height: 860 }, ...options }: WorkbenchOptions = {},
): Promise<Workbench> {
  const folder = mkdtempSync(join(realpathSync(tmpdir()), 'weights-'));
  copyFileSync(join('samples', sampleName), join(folder, sampleName));
  prepare?.(folder);
  const server = await startServer(await installVSCode(() => undefined), { ...options, vsix });
  let browser: Browser | undefined;
  const stop = async () => {
    await browser?.close();
    await server.stop();
    rmSync(folder, { recursive: true, force: true });
  };
  try {
    browser = await launchBrowser();
    const context = await browser.newContext({ viewport: size });
    await context.grantPermissions(['clipboard-read', 'clipboard-write']);
    const page = await context.newPage();
    const complaints: string[] = [];
    page.on('console', (message) => {
      // The workbench is not ours to judge; its pages come from another folder.
      if (
        /Content Security Policy|tensorpress/i.test(message.text()) &&
        isProblem(message.type())
      ) {
        complaints.push(message.text());
      }
    });
    page.on('pageerror', (error) => {
      if (error.stack?.includes('dist/webview/')) {
        complaints.push(error.message);
      }
    });
    await openFolder(page, server, folder);
    return { page, server, folder, complaints, stop };
  } catch (error) {
    await stop();
    throw error;
  }
}

function isProblem(type: string): boolean {
  return type === 'error' || type === 'warning';
}

/** The text of an element, without the line breaks that its source has. */
export async function textOf(locator: Locator): Promise<string> {
  return (await locator.innerText()).replace(/\s+/g, ' ').trim();
}

/** "61.9 KB" in bytes. */
export function parseBytes(text: string): number {
  const [, number, unit] = /([\d.,]+)\s*(B|KB|MB|GB)/.exec(text) ?? [];
  if (number === undefined) {
    throw new Error(`"${text}" is no size.`);
  }
  return Number(number.replace(',', '')) * 1024 ** ['B', 'KB', 'MB', 'GB'].indexOf(unit);
}
