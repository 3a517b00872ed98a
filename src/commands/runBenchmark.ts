import { QuickPickItemKind, window } from 'vscode';
import type { QuickPickItem } from 'vscode';
import { chooseBenchmarkData } from '../host/benchmarkData';
import type { Services } from '../host/services';
import type { BenchmarkInfo, BenchmarkOptions, BenchmarkReport } from '../protocol/benchmarks';
import type { BenchmarksPanel } from '../views/benchmarks/benchmarksPanel';
import { commandIds } from './ids';
import { registerCommand } from './registerCommand';

const title = 'Run Benchmark';

/** With an `id`, the command asks nothing and returns the report or rejects. */
export interface RunBenchmarkOptions extends BenchmarkOptions {
  readonly id?: string;
}

export function registerRunBenchmark(services: Services, panel: BenchmarksPanel): void {
  const run = async (options?: RunBenchmarkOptions): Promise<BenchmarkReport | undefined> => {
    if (options?.id !== undefined) {
      const { id, parts, data, minutes } = options;
      panel.open();
      return panel.run({ id, parts, data, minutes });
    }
    const picked = await pickBenchmark(services);
    if (!picked) {
      return undefined;
    }
    if (picked === 'reports') {
      panel.open();
      return undefined;
    }
    const picks = await pickOptions(services, picked);
    if (picks !== 'dismissed') {
      panel.open();
      panel.assertIdle();
      // How it ends is shown in the panel.
      panel.run({ id: picked.id, ...picks }).catch(() => {});
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

/** Asks for what the benchmark leaves open: its parts, what it runs on, for how long it trains. */
async function pickOptions(
  services: Services,
  benchmark: BenchmarkInfo,
): Promise<BenchmarkOptions | 'dismissed'> {
  const parts = await pickParts(benchmark);
  if (parts === 'dismissed') {
    return 'dismissed';
  }
  const data = await pickData(services, benchmark);
  if (data === 'dismissed') {
    return 'dismissed';
  }
  const minutes = await pickMinutes(benchmark);
  return minutes === 'dismissed' ? 'dismissed' : { parts, data: data?.path, minutes };
}

/** Undefined stands for synthetic data. */
async function pickData(
  services: Services,
  benchmark: BenchmarkInfo,
): Promise<{ readonly path: string } | undefined | 'dismissed'> {
  const { data } = benchmark;
  if (!data) {
    return undefined;
  }
  const picked = await window.showQuickPick(
    [
      { label: data.synthetic, isFile: false },
      { label: '$(folder-opened) Use a File…', detail: data.description, isFile: true },
    ],
    { title: titleOf(benchmark), placeHolder: 'What to run it on' },
  );
  if (!picked?.isFile) {
    return picked ? undefined : 'dismissed';
  }
  const path = await chooseBenchmarkData(services, benchmark);
  return path === undefined ? 'dismissed' : { path };
}

/** Undefined stands for a benchmark that takes as long as it takes. */
async function pickMinutes({
  minutes,
  title: name,
}: BenchmarkInfo): Promise<number | undefined | 'dismissed'> {
  if (!minutes) {
    return undefined;
  }
  const picked = await window.showQuickPick(
    minutes.choices.map((choice) => ({
      label: `${choice} ${choice === 1 ? 'minute' : 'minutes'}`,
      description: choice === minutes.default ? 'default' : '',
      choice,
    })),
    {
      title: titleOf({ title: name }),
      placeHolder: 'How long its trainings take together: the longer, the smaller the errors',
    },
  );
  return picked ? picked.choice : 'dismissed';
}

function titleOf(benchmark: Pick<BenchmarkInfo, 'title'>): string {
  return `${title}: ${benchmark.title}`;
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
    { title: titleOf(benchmark), placeHolder: 'Parts to run', canPickMany: true },
  );
  if (!picked || picked.length === 0) {
    return 'dismissed';
  }
  return picked.length === benchmark.parts.length ? undefined : picked.map(({ id }) => id);
}
