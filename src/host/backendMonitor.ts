import { EventEmitter, commands, window, workspace } from 'vscode';
import type { Disposable, Event, LogOutputChannel } from 'vscode';
import { commandIds } from '../commands/ids';
import { isCancelled } from '../failures';
import type { BackendsReport } from '../protocol/backends';
import type { EngineClient } from '../worker/engineClient';
import { backendSettingNames } from './settings';

/** What is known of the engine's backends, kept up to date. */
export interface BackendMonitor extends Disposable {
  /** The last answer; undefined before the first. */
  readonly report: BackendsReport | undefined;
  /** Whether the engine has been asked and has not answered: it may be at work. */
  readonly isAsking: boolean;
  readonly onDidChange: Event<void>;
  /** Asks the engine; resolves to its answer, after the work it is at. */
  refresh(): Promise<BackendsReport | undefined>;
}

/** Activation comes first, and what the person opened. */
const firstLookMs = 500;

const selectBackend = 'Select Backend…';
const showLog = 'Show Log';

/** Asks after activation and at every change of the settings, and shows a problem once. */
export function createBackendMonitor(engine: EngineClient, log: LogOutputChannel): BackendMonitor {
  const changed = new EventEmitter<void>();
  const shown = new Set<string>();
  let report: BackendsReport | undefined;
  let asking: Promise<BackendsReport | undefined> | undefined;
  let isStale = false;

  const ask = async (): Promise<BackendsReport | undefined> => {
    do {
      isStale = false;
      try {
        report = await engine.backends({});
      } catch (error) {
        if (!isCancelled(error)) {
          log.warn(`Backends: ${error instanceof Error ? error.message : String(error)}`);
        }
        return report;
      }
    } while (isStale);
    return report;
  };
  const refresh = (): Promise<BackendsReport | undefined> => {
    isStale = true;
    asking ??= ask().finally(() => {
      asking = undefined;
      changed.fire();
      sayOnce(report?.problem);
    });
    changed.fire();
    return asking;
  };
  const sayOnce = (problem: string | undefined): void => {
    if (problem === undefined || shown.has(problem)) {
      return;
    }
    shown.add(problem);
    log.warn(problem);
    void window.showWarningMessage(problem, selectBackend, showLog).then((action) => {
      if (action === selectBackend) {
        void commands.executeCommand(commandIds.selectBackend);
      } else if (action === showLog) {
        log.show();
      }
    });
  };
  const listener = workspace.onDidChangeConfiguration((event) => {
    if (backendSettingNames.some((name) => event.affectsConfiguration(name))) {
      void refresh();
    }
  });
  const first = setTimeout(() => void refresh(), firstLookMs);

  return {
    get report() {
      return report;
    },
    get isAsking() {
      return asking !== undefined;
    },
    onDidChange: changed.event,
    refresh,
    dispose() {
      clearTimeout(first);
      listener.dispose();
      changed.dispose();
    },
  };
}
