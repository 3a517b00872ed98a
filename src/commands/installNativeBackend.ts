import { window } from 'vscode';
import type { QuickPickItem } from 'vscode';
import { UsageError } from '../failures';
import { formatBytes } from '../host/formatBytes';
import { nativeFolder } from '../host/nativeFolder';
import { runWithNotification } from '../host/progress';
import type { Services } from '../host/services';
import { noteInstallation } from '../host/settings';
import { install, type Installed } from '../native/install';
import { installedComponent } from '../native/installed';
import { planInstall, type InstallPlan } from '../native/plan';
import { nativeComponents, type NativeComponent } from '../native/recipes';
import { readSources } from '../native/sources';
import { commandIds } from './ids';
import { registerCommand } from './registerCommand';

const title = 'Install Native Backend';

/** With `isConfirmed`, the command asks nothing and returns what is installed or rejects. */
export interface InstallNativeOptions {
  readonly component: NativeComponent;
  readonly isConfirmed: true;
}

/** What there is to know before choosing, without a look at the network. */
const descriptions: Readonly<Record<NativeComponent, { label: string; detail: string }>> = {
  tensorflow: {
    label: 'TensorFlow',
    detail:
      'Native matrix products on the processor. Downloads 100 to 240 MB and takes 250 to 650 MB on disk; may need a C++ compiler.',
  },
  webgpu: {
    label: 'WebGPU (Dawn)',
    detail:
      'Matrix products on the graphics card of any maker. Downloads 49 MB and takes about 21 MB on disk; needs a graphics driver.',
  },
};

export function registerInstallNativeBackend(services: Services): void {
  type Argument = NativeComponent | InstallNativeOptions;
  const run = async (argument?: Argument): Promise<Installed | undefined> => {
    if (typeof argument === 'object') {
      return installComponent(services, await plan(argument.component));
    }
    const component = argument ?? (await pickComponent(services));
    if (component === undefined) {
      return undefined;
    }
    if (!nativeComponents.includes(component)) {
      throw new UsageError(`There is no native backend "${String(component)}" to install.`);
    }
    const planned = await plan(component);
    if (!(await confirm(planned))) {
      return undefined;
    }
    const installed = await installComponent(services, planned);
    void window.showInformationMessage(
      installed.wasThere
        ? `${planned.title} is installed already.`
        : `${planned.title} is installed (${formatBytes(installed.manifest.bytes)}). The engine uses it from the next computation on, where it is faster.`,
    );
    return installed;
  };
  registerCommand(services, commandIds.installNativeBackend, run, {
    isHeadless: (argument) => typeof argument === 'object',
  });
}

async function pickComponent({ context }: Services): Promise<NativeComponent | undefined> {
  const folder = nativeFolder(context);
  const items = Promise.all(
    nativeComponents.map(
      async (component): Promise<QuickPickItem & { component: NativeComponent }> => {
        const { installed, problem } = await installedComponent(component, folder);
        return {
          ...descriptions[component],
          description: !installed ? '' : problem === undefined ? 'installed' : 'to be repaired',
          component,
        };
      },
    ),
  );
  const picked = await window.showQuickPick(items, { title, placeHolder: 'What to install' });
  return picked?.component;
}

/** Asks the registries what there is for this machine. */
function plan(component: NativeComponent): Promise<InstallPlan> {
  return runWithNotification({
    title: `TensorPress: Looking for ${descriptions[component].label}`,
    appearAfterMs: 500,
    run: async (signal) => planInstall(component, { sources: await readSources(), signal }),
  });
}

async function confirm(planned: InstallPlan): Promise<boolean> {
  const { downloads, downloadBytes, installedBytes, compiler } = planned;
  const lines = [
    ...downloads.map(
      ({ artifact, place }) =>
        `${artifact.title}: about ${formatBytes(artifact.bytes)} from ${new URL(place.url).host}`,
    ),
    '',
    `It takes about ${formatBytes(installedBytes)} on disk, in the extension's storage.` +
      (compiler ? ` A small addon is compiled with ${compiler}.` : ''),
    'Nothing of your files leaves this machine. "TensorPress: Remove Native Backend…" removes it.',
  ];
  const answer = await window.showInformationMessage(
    `Download about ${formatBytes(downloadBytes)} for ${planned.title}?`,
    { modal: true, detail: lines.join('\n') },
    'Install',
  );
  return answer === 'Install';
}

async function installComponent(services: Services, planned: InstallPlan): Promise<Installed> {
  const { context, backends, log } = services;
  const folder = nativeFolder(context);
  log.info(`Installing ${planned.title} into ${folder}`);
  const installed = await runWithNotification({
    title: `TensorPress: Installing ${descriptions[planned.component].label}`,
    run: (signal, report) => install(planned, { folder, signal, report }),
  });
  log.info(`Installed ${installed.manifest.origin} in ${installed.folder}`);
  if (!installed.wasThere) {
    noteInstallation();
    await backends.refresh();
  }
  return installed;
}
