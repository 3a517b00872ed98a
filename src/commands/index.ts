import type { Services } from '../host/services';
import type { BenchmarksPanel } from '../views/benchmarks/benchmarksPanel';
import type { ChoicesPanels } from '../views/choices/choicesPanels';
import type { PatternsPanels } from '../views/patterns/patternsPanels';
import type { SparsePanels } from '../views/sparse/sparsePanels';
import { registerCompressSparse } from './compressSparse';
import { registerCompressWeights } from './compressWeights';
import { registerCompressWithPlan } from './compressWithPlan';
import { registerCopyLoader } from './copyLoader';
import { registerInstallNativeBackend } from './installNativeBackend';
import { registerDecompressSparse } from './decompressSparse';
import { registerInspectWeights } from './inspectWeights';
import { registerOpenSample } from './openSample';
import { registerPreviewPatterns } from './previewPatterns';
import { registerReconstruct } from './reconstruct';
import { registerRemoveNativeBackend } from './removeNativeBackend';
import { registerRestartEngine } from './restartEngine';
import { registerRunBenchmark } from './runBenchmark';
import { registerSelectBackend } from './selectBackend';
import { registerShowLog } from './showLog';

/** The panels that commands open. */
export interface Panels {
  readonly benchmarks: BenchmarksPanel;
  readonly choices: ChoicesPanels;
  readonly patterns: PatternsPanels;
  readonly sparse: SparsePanels;
}

export function registerCommands(services: Services, panels: Panels): void {
  const { benchmarks, choices, patterns, sparse } = panels;
  registerCompressSparse(services, sparse);
  registerCompressWeights(services, choices);
  registerCompressWithPlan(services);
  registerCopyLoader(services);
  registerDecompressSparse(services);
  registerInspectWeights(services);
  registerInstallNativeBackend(services);
  registerOpenSample(services);
  registerPreviewPatterns(services, patterns);
  registerReconstruct(services);
  registerRemoveNativeBackend(services);
  registerRestartEngine(services);
  registerRunBenchmark(services, benchmarks);
  registerSelectBackend(services);
  registerShowLog(services);
}
