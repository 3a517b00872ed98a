import { join } from 'node:path';
import { ViewColumn, window } from 'vscode';
import type { WebviewPanel } from 'vscode';
import { UsageError } from '../../failures';
import { chooseBenchmarkData } from '../../host/benchmarkData';
import { logFailure, reportFailure } from '../../host/messages';
import type { Services } from '../../host/services';
import { benchmarksViewType } from '../../protocol/benchmarks';
import type {
  BenchmarkReport,
  BenchmarksHost,
  BenchmarksPageEvents,
} from '../../protocol/benchmarks';
import type { Rpc, Server } from '../../protocol/rpc';
import { connectPage } from '../connectPage';
import { showPage } from '../webview';
import { createBenchmarkHistory } from './benchmarkHistory';
import { BenchmarkRuns } from './benchmarkRuns';
import type { RunRequest } from './benchmarkRuns';
import { copyReport, exportReport } from './exportReport';

const title = 'Benchmarks';
const undo = 'Undo';

/** The one panel of benchmarks, and the runs, which outlive it. */
export interface BenchmarksPanel {
  /** Shows the panel. */
  open(): void;
  /** @throws UsageError while a benchmark is running. */
  assertIdle(): void;
  /** Runs a benchmark; the panel, where it is open, shows how it goes and how it ends. */
  run(request: RunRequest): Promise<BenchmarkReport>;
}

/** Registers the panel's revival after a window reload. */
export function registerBenchmarks(services: Services): BenchmarksPanel {
  const { context } = services;
  const history = createBenchmarkHistory(join(context.globalStorageUri.fsPath, 'benchmarks'));
  const runs = new BenchmarkRuns(services, history);
  let current: WebviewPanel | undefined;

  const attach = (panel: WebviewPanel) => {
    current = panel;
    showBenchmarks(services, runs, panel);
    panel.onDidDispose(() => (current = undefined));
  };
  context.subscriptions.push(
    window.registerWebviewPanelSerializer(benchmarksViewType, {
      deserializeWebviewPanel: async (panel) => {
        if (current) {
          panel.dispose();
        } else {
          attach(panel);
        }
      },
    }),
  );
  return {
    open: () => {
      if (current) {
        current.reveal();
      } else {
        attach(window.createWebviewPanel(benchmarksViewType, title, ViewColumn.Active));
      }
    },
    assertIdle: () => runs.assertIdle(),
    run: (request) => runs.run(request),
  };
}

function showBenchmarks(services: Services, runs: BenchmarkRuns, panel: WebviewPanel): void {
  const { context, log } = services;
  let page: Rpc | undefined;
  const connection = connectPage(
    panel.webview,
    (rpc) => {
      page = rpc;
      rpc.serve<BenchmarksHost>(createHost(services, runs));
    },
    (error) => log.error(`${title}: ${error.message}`),
  );
  runs.listener = (event, payload) =>
    page?.emit<BenchmarksPageEvents, typeof event>(event, payload);
  panel.onDidDispose(() => {
    runs.listener = undefined;
    connection.dispose();
  });
  panel.title = title;
  showPage(panel.webview, { extensionUri: context.extensionUri, name: 'benchmarks', title });
}

function createHost(services: Services, runs: BenchmarkRuns): Server<BenchmarksHost> {
  /** The page shows the failure; the log keeps it. */
  const logged = async <T>(doing: string, action: () => T | Promise<T>): Promise<T> => {
    try {
      return await action();
    } catch (thrown) {
      logFailure(services.log, doing, thrown);
      throw thrown;
    }
  };
  return {
    ready: ({ state }) =>
      logged('Opening the benchmarks', async () => {
        await runs.load();
        await runs.restore(state?.selected, state?.shown);
        return runs.model;
      }),
    run: (request) => {
      runs.assertIdle();
      // How it ends is in the model, and in the log.
      runs.run(request).catch(() => {});
    },
    chooseData: ({ id }) =>
      logged('Choosing data for a benchmark', async () => {
        const benchmark = runs.model.benchmarks.find((one) => one.id === id);
        return benchmark && chooseBenchmarkData(services, benchmark);
      }),
    cancel: () => runs.cancel(),
    show: ({ key }) => logged('Showing a report', () => runs.show(key)),
    read: ({ key }) => logged('Reading a report', () => runs.read(key)),
    forget: ({ key }) =>
      logged('Removing a report', async () => {
        const gone = await runs.forget(key);
        if (gone) {
          offerUndo(services, runs, gone);
        }
      }),
    exportAs: ({ format }) =>
      logged('Exporting the report', () => exportReport(requireReport(runs), format)),
    copy: () => logged('Copying the report', () => copyReport(requireReport(runs))),
  };
}

function requireReport({ shownReport }: BenchmarkRuns): BenchmarkReport {
  if (!shownReport) {
    throw new UsageError('No report is shown: run a benchmark, or choose an earlier report first.');
  }
  return shownReport;
}

function offerUndo({ log }: Services, runs: BenchmarkRuns, report: BenchmarkReport): void {
  const message = `Removed the report of “${report.title}”.`;
  void window.showInformationMessage(message, undo).then((action) => {
    if (action === undo) {
      runs.bringBack(report).catch((thrown: unknown) => {
        reportFailure(log, 'Bringing the report back', thrown);
      });
    }
  });
}
