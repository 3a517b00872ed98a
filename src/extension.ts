import { join } from 'node:path';
import { window } from 'vscode';
import type { ExtensionContext } from 'vscode';
import { registerCommands } from './commands';
import { createBackendMonitor } from './host/backendMonitor';
import { createLocalFiles } from './host/localFiles';
import type { Services } from './host/services';
import {
  readBackendSettings,
  readMemoryLimitMb,
  readThreads,
  readVirtualFileLimitMb,
} from './host/settings';
import { createStatusBar } from './host/statusBar';
import { registerBenchmarks } from './views/benchmarks/benchmarksPanel';
import { registerChoices } from './views/choices/choicesPanels';
import { registerInspector } from './views/inspector/inspectorEditor';
import { registerPatterns } from './views/patterns/patternsPanels';
import { registerSparse } from './views/sparse/sparsePanels';
import { registerSparseModel } from './views/sparseModel/sparseModelEditor';
import { createEngineClient } from './worker/engineClient';
import type { EngineClient } from './worker/engineClient';

let engine: EngineClient | undefined;

/** Calls that multiply large matrices. */
const computes = new Set<string>(['choices', 'compress', 'reconstruct', 'benchmark']);

export function activate(context: ExtensionContext): void {
  const log = window.createOutputChannel('TensorPress', { log: true });
  context.subscriptions.push(log);

  const storage = context.globalStorageUri.fsPath;
  engine = createEngineClient({
    // The bundles lie beside one another.
    script: join(__dirname, 'worker.js'),
    memoryLimitMb: readMemoryLimitMb,
    threads: readThreads,
    backends: () => readBackendSettings(storage),
    onSettled: (method) => {
      // A device may have been lost on the way, which the engine survives.
      if (computes.has(method)) {
        void backends.refresh();
      }
    },
    log: (message) => log.info(`Engine: ${message}`),
  });
  const backends = createBackendMonitor(engine, log);
  context.subscriptions.push(backends, createStatusBar(backends));
  const files = createLocalFiles({
    folder: join(storage, 'virtual'),
    virtualFileLimitMb: readVirtualFileLimitMb,
  });
  const services: Services = { context, log, engine, files, backends };

  registerInspector(services);
  registerSparseModel(services);
  registerCommands(services, {
    benchmarks: registerBenchmarks(services),
    choices: registerChoices(services),
    patterns: registerPatterns(services),
    sparse: registerSparse(services),
  });
}

/** Ends the workers; the temporary file of a compression under way goes with them. */
export async function deactivate(): Promise<void> {
  await engine?.dispose();
}
