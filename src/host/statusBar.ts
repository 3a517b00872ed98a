import { MarkdownString, StatusBarAlignment, window } from 'vscode';
import type { Disposable } from 'vscode';
import { commandIds } from '../commands/ids';
import type { BackendMonitor } from './backendMonitor';
import { backendInUse, describeInMarkdown } from './backendWords';

/** After what most extensions show, before the notifications. */
const priority = 10;

/** "TensorPress: wasm": the backend in use, why not another one, and a click away from it. */
export function createStatusBar(monitor: BackendMonitor): Disposable {
  const item = window.createStatusBarItem(
    'tensorpress.backend',
    StatusBarAlignment.Right,
    priority,
  );
  item.name = 'TensorPress Backend';
  item.command = commandIds.selectBackend;
  const show = () => {
    const { report } = monitor;
    if (!report) {
      return;
    }
    const backend = backendInUse(report);
    const icon = monitor.isAsking
      ? '$(loading~spin) '
      : report.problem === undefined
        ? ''
        : '$(warning) ';
    item.text = `${icon}TensorPress: ${backend}`;
    item.tooltip = new MarkdownString(describeInMarkdown(report));
    item.accessibilityInformation = {
      label: `TensorPress computes on ${backend}${report.problem === undefined ? '' : '; there is a problem'}`,
      role: 'button',
    };
    item.show();
  };
  const listener = monitor.onDidChange(show);
  return {
    dispose() {
      listener.dispose();
      item.dispose();
    },
  };
}
