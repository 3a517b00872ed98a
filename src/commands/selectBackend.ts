import { QuickPickItemKind, commands, window } from 'vscode';
import type { QuickPickItem } from 'vscode';
import { detailOf, routeInWords, stateOf } from '../host/backendWords';
import type { Services } from '../host/services';
import { chooseBackend } from '../host/settings';
import { UsageError } from '../failures';
import type { BackendChoice, BackendsReport } from '../protocol/backends';
import { commandIds } from './ids';
import { optionsOf, registerCommand } from './registerCommand';

/** With a `backend`, the command asks nothing and returns what came of it. */
export interface SelectBackendOptions {
  readonly backend?: BackendChoice;
}

interface BackendItem extends QuickPickItem {
  readonly choice?: BackendChoice;
  readonly command?: { readonly id: string; readonly argument?: string };
}

export function registerSelectBackend(services: Services): void {
  const { backends } = services;
  const run = async (options?: SelectBackendOptions): Promise<BackendsReport | undefined> => {
    const { backend } = optionsOf(options);
    if (backend !== undefined) {
      await chooseBackend(backend);
      return backends.refresh();
    }
    const picked = await pick(Promise.resolve(backends.report ?? backends.refresh()));
    if (picked?.command) {
      await commands.executeCommand(picked.command.id, picked.command.argument);
    } else if (picked?.choice !== undefined) {
      await chooseBackend(picked.choice);
      return backends.refresh();
    }
    return undefined;
  };
  registerCommand(services, commandIds.selectBackend, run, {
    isHeadless: (options) => optionsOf(options).backend !== undefined,
  });
}

async function pick(report: Promise<BackendsReport | undefined>): Promise<BackendItem | undefined> {
  const items: Promise<BackendItem[]> = report.then(itemsOf);
  return window.showQuickPick(items, {
    title: 'Select Backend',
    placeHolder: 'What large matrices are multiplied on',
    matchOnDetail: true,
  });
}

function itemsOf(report: BackendsReport | undefined): BackendItem[] {
  if (!report) {
    throw new UsageError('The engine does not say which backends there are; see the log.');
  }
  const mark = (choice: BackendChoice) => (report.choice === choice ? '$(check) ' : '');
  const missing = report.backends.filter(({ installed }) => !installed);
  return [
    {
      label: `${mark('auto')}Automatic`,
      description: 'the fastest one for each size of work',
      detail: routeInWords(report) ?? 'Measures as soon as there is more than one to choose from.',
      choice: 'auto',
    },
    ...report.backends.map((status) => ({
      label: `${mark(status.name)}${status.name}`,
      description: stateOf(status),
      detail: detailOf(status),
      choice: status.name,
    })),
    { label: '', kind: QuickPickItemKind.Separator },
    ...missing.map(({ name }) => ({
      label: `$(cloud-download) Install ${name}…`,
      command: { id: commandIds.installNativeBackend, argument: name },
    })),
    {
      label: '$(settings-gear) Open Settings',
      command: { id: 'workbench.action.openSettings', argument: 'tensorpress.backend' },
    },
  ];
}
