import { window } from 'vscode';
import type { Services } from '../host/services';
import { commandIds } from './ids';
import { registerCommand } from './registerCommand';

export function registerRestartEngine(services: Services): void {
  registerCommand(services, commandIds.restartEngine, async () => {
    await services.engine.restart();
    void services.backends.refresh();
    window.setStatusBarMessage('TensorPress: engine restarted', 5000);
  });
}
