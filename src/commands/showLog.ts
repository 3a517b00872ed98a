import type { Services } from '../host/services';
import { commandIds } from './ids';
import { registerCommand } from './registerCommand';

export function registerShowLog(services: Services): void {
  registerCommand(services, commandIds.showLog, () => services.log.show());
}
