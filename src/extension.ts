import { join } from 'node:path';
import { window } from 'vscode';
import type { ExtensionContext } from 'vscode';
import { registerCommands } from './commands';
import { createLocalFiles } from './host/localFiles';
import type { Services } from './host/services';
import { readMemoryLimitMb, readThreads, readVirtualFileLimitMb } from './host/settings';
import { registerBenchmarks } from './views/benchmarks/benchmarksPanel';
import { registerChoices } from './views/choices/choicesPanels';
import { registerInspector } from './views/inspector/inspectorEditor';
import { registerPatterns } from './views/patterns/patternsPanels';
import { createEngineClient } from './worker/engineClient';
import type { EngineClient } from './worker/engineClient';

let engine: EngineClient | undefined;

export function activate(context: ExtensionContext): void {
  const log = window.createOutputChannel('TensorPress', { log: true });
  context.subscriptions.push(log);

  engine = createEngineClient({
    // The bundles lie beside one another.
    script: join(__dirname, 'worker.js'),
    memoryLimitMb: readMemoryLimitMb,
    threads: readThreads,
    log: (message) => log.info(`Engine: ${message}`),
  });
  const files = createLocalFiles({
    folder: join(context.globalStorageUri.fsPath, 'virtual'),
    virtualFileLimitMb: readVirtualFileLimitMb,
  });
  const services: Services = { context, log, engine, files };

  registerInspector(services);
  registerCommands(services, {
    benchmarks: registerBenchmarks(services),
    choices: registerChoices(services),
    patterns: registerPatterns(services),
  });
}

/** Ends the workers; the temporary file of a compression under way goes with them. */
export async function deactivate(): Promise<void> {
  await engine?.dispose();
}
