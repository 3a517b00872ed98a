import { window } from 'vscode';
import { formatBytes } from '../host/formatBytes';
import { nativeFolder } from '../host/nativeFolder';
import type { Services } from '../host/services';
import { noteInstallation } from '../host/settings';
import { installedComponent, removeComponent, type InstalledComponent } from '../native/installed';
import { nativeComponents, type NativeComponent } from '../native/recipes';
import { commandIds } from './ids';
import { registerCommand } from './registerCommand';

const labels: Readonly<Record<NativeComponent, string>> = {
  tensorflow: 'TensorFlow',
  webgpu: 'WebGPU (Dawn)',
};

export function registerRemoveNativeBackend(services: Services): void {
  const run = async (given?: NativeComponent): Promise<void> => {
    const folder = nativeFolder(services.context);
    const present = (
      await Promise.all(nativeComponents.map((name) => installedComponent(name, folder)))
    ).filter(({ installed, component }) => installed && (!given || component === given));
    if (present.length === 0) {
      void window.showInformationMessage('No native backend is installed by TensorPress.');
      return;
    }
    const component = given ?? (await pick(present));
    if (component === undefined) {
      return;
    }
    await removeComponent(component, folder);
    services.log.info(`Removed ${component} from ${folder}`);
    noteInstallation();
    await services.backends.refresh();
    void window.showInformationMessage(`${labels[component]} was removed.`);
  };
  registerCommand(services, commandIds.removeNativeBackend, run);
}

async function pick(present: readonly InstalledComponent[]): Promise<NativeComponent | undefined> {
  const picked = await window.showQuickPick(
    present.map(({ component, bytes, origin, folder }) => ({
      label: labels[component],
      description: bytes === undefined ? '' : formatBytes(bytes),
      detail: origin === undefined ? folder : `${origin}, in ${folder}`,
      component,
    })),
    { title: 'Remove Native Backend', placeHolder: 'What to delete from the disk' },
  );
  return picked?.component;
}
