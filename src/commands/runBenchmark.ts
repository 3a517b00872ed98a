import { QuickPickItemKind, window } from 'vscode';
import type { QuickPickItem } from 'vscode';
import type { Services } from '../host/services';
import type { BenchmarkInfo, BenchmarkReport } from '../protocol/benchmarks';
import type { BenchmarksPanel } from '../views/benchmarks/benchmarksPanel';
import { commandIds } from './ids';
import { registerCommand } from './registerCommand';

const title = 'Run Benchmark';

/** With an `id`, the command asks nothing and returns the report or rejects. */
export interface RunBenchmarkOptions {
  readonly id?: string;
  /** Ids of the parts to run; all when left out. */
  readonly parts?: readonly string[];
}

export function registerRunBenchmark(services: Services, panel: BenchmarksPanel): void {
  const run = async (options?: RunBenchmarkOptions): Promise<BenchmarkReport | undefined> => {
    if (options?.id !== undefined) {
      panel.open();
      return panel.run({ id: options.id, parts: options.parts });
    }
    const picked = await pickBenchmark(services);
    if (!picked) {
      return undefined;
    }
    if (picked === 'reports') {
      panel.open();
      return undefined;
    }
    const parts = await pickParts(picked);
    if (parts !== 'dismissed') {
      panel.open();
      panel.assertIdle();
      // How it ends is shown in the panel.
      panel.run({ id: picked.id, parts }).catch(() => {});
    }
    return undefined;
  };
  registerCommand(services, commandIds.runBenchmark, run, {
    isHeadless: (options) => options?.id !== undefined,
  });
}

interface BenchmarkItem extends QuickPickItem {
  readonly picks?: BenchmarkInfo | 'reports';
}

async function pickBenchmark({ engine }: Services): Promise<BenchmarkItem['picks']> {
  const items = engine.benchmarks({}).then((benchmarks): BenchmarkItem[] => [
    ...benchmarks.map((benchmark) => ({
      label: benchmark.title,
      description: benchmark.duration,
      detail: benchmark.description,
      picks: benchmark,
    })),
    { label: '', kind: QuickPickItemKind.Separator },
    { label: '$(history) Earlier Reports', alwaysShow: true, picks: 'reports' },
  ]);
  const picked = await window.showQuickPick(items, {
    title,
    placeHolder: 'What to measure',
    matchOnDescription: true,
    matchOnDetail: true,
  });
  return picked?.picks;
}

/** Undefined stands for all of them. */
async function pickParts(
  benchmark: BenchmarkInfo,
): Promise<readonly string[] | undefined | 'dismissed'> {
  if (benchmark.parts.length < 2) {
    return undefined;
  }
  const picked = await window.showQuickPick(
    benchmark.parts.map((part) => ({ label: part.title, picked: true, id: part.id })),
    { title: `${title}: ${benchmark.title}`, placeHolder: 'Parts to run', canPickMany: true },
  );
  if (!picked || picked.length === 0) {
    return 'dismissed';
  }
  return picked.length === benchmark.parts.length ? undefined : picked.map(({ id }) => id);
}
