import type { Services } from '../host/services';
import type { ChoicesPanels } from '../views/choices/choicesPanels';
import { registerCompressWeights } from './compressWeights';
import { registerCompressWithPlan } from './compressWithPlan';
import { registerCopyLoader } from './copyLoader';
import { registerInspectWeights } from './inspectWeights';
import { registerOpenSample } from './openSample';
import { registerReconstruct } from './reconstruct';
import { registerRestartEngine } from './restartEngine';
import { registerShowLog } from './showLog';

export function registerCommands(services: Services, panels: ChoicesPanels): void {
  registerCompressWeights(services, panels);
  registerCompressWithPlan(services);
  registerCopyLoader(services);
  registerInspectWeights(services);
  registerOpenSample(services);
  registerReconstruct(services);
  registerRestartEngine(services);
  registerShowLog(services);
}
