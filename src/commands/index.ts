import type { Services } from '../host/services';
import type { BenchmarksPanel } from '../views/benchmarks/benchmarksPanel';
import type { ChoicesPanels } from '../views/choices/choicesPanels';
import { registerCompressWeights } from './compressWeights';
import { registerCompressWithPlan } from './compressWithPlan';
import { registerCopyLoader } from './copyLoader';
import { registerInstallNativeBackend } from './installNativeBackend';
import { registerInspectWeights } from './inspectWeights';
import { registerOpenSample } from './openSample';
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
}

export function registerCommands(services: Services, { benchmarks, choices }: Panels): void {
  registerCompressWeights(services, choices);
  registerCompressWithPlan(services);
  registerCopyLoader(services);
  registerInspectWeights(services);
  registerInstallNativeBackend(services);
  registerOpenSample(services);
  registerReconstruct(services);
  registerRemoveNativeBackend(services);
  registerRestartEngine(services);
  registerRunBenchmark(services, benchmarks);
  registerSelectBackend(services);
  registerShowLog(services);
}
