import type {
  BenchmarkTable,
  BenchmarksModel,
  BenchmarksPageEvents,
  BenchmarksState,
} from '../../src/protocol/benchmarks';
import type { EventHandlers } from '../../src/protocol/rpc';
import type { BenchmarksPageHost } from '../../webview/benchmarks/benchmarksPage';
import { benchmarks, entries, errorTable, reportOf, reports } from './benchmarkFixtures';
import { failure, keptState, never, record, wait } from './fakeHosts';

/** A host whose benchmarks take a second; `state` is what the page finds at first. */
export function fakeBenchmarksHost(state: string): BenchmarksPageHost {
  let events: EventHandlers<BenchmarksPageEvents> | undefined;
  let model = initialModel(state);
  let stopped = false;

  const change = (next: BenchmarksModel) => {
    model = next;
    events?.model(model);
  };
  const run = async (id: string) => {
    const all = errorTable();
    stopped = false;
    for (let done = 0; done <= 30; done += 3) {
      const tables = [{ ...all, rows: all.rows.slice(0, done) }];
      const progress = { fraction: done / 30, message: `row ${done} of 30` };
      change({ ...base, history: model.history, selected: id, running: { id, progress, tables } });
      await wait(40);
      if (stopped) {
        return change({ ...model, cancelled: true });
      }
    }
    const { history, selected } = model;
    change({ ...base, history, selected, report: reportOf({ id }), shown: 'now' });
  };
  const show = (key: string) => {
    const report = reports.get(key);
    if (!report) {
      throw failure('usage', 'This report is no longer there.');
    }
    change({ ...model, report, shown: key });
  };

  return {
    ...keptState<BenchmarksState>(),
    connect: (handlers) => {
      events = handlers;
      return {
        ready: async (params) => {
          record('ready', params);
          if (state === 'loading') {
            return never();
          }
          if (state === 'failed') {
            throw failure('worker', 'The engine could not be started: out of memory.');
          }
          const kept = params.state?.shown;
          const report = kept === undefined ? undefined : reports.get(kept);
          return report ? { ...model, report, shown: kept } : model;
        },
        run: async (params) => {
          record('run', params);
          void run(params.id);
        },
        chooseData: async (params) => {
          record('chooseData', params);
          return '/workspace/graphs/email.mtx.gz';
        },
        cancel: async (params) => {
          record('cancel', params);
          stopped = true;
        },
        show: async (params) => {
          record('show', params);
          await wait(10);
          show(params.key);
        },
        read: async (params) => {
          record('read', params);
          const report = reports.get(params.key);
          if (!report) {
            throw failure('usage', 'This report is no longer there.');
          }
          return report;
        },
        forget: async ({ key }) => {
          record('forget', { key });
          const history = model.history.filter((entry) => entry.key !== key);
          change(model.shown === key ? { ...base, history } : { ...model, history });
        },
        exportAs: async (params) => {
          record('exportAs', params);
          return `/workspace/decompositions.${params.format}`;
        },
        copy: async (params) => record('copy', params),
      };
    },
  };
}

const base = { benchmarks, selected: 'decompositions', history: entries, cancelled: false };

function initialModel(state: string): BenchmarksModel {
  const whole = errorTable();
  const partial: readonly BenchmarkTable[] = [{ ...whole, rows: whole.rows.slice(0, 7) }];
  const running = {
    id: 'decompositions',
    progress: { fraction: 0.31, message: 'Tucker of layer2.0.conv2' },
    tables: partial,
  };
  switch (state) {
    case 'empty':
      return { ...base, history: [] };
    case 'running':
      return { ...base, running };
    case 'cancelled':
      return { ...base, running, cancelled: true };
    case 'run-failed':
      return {
        ...base,
        running,
        failure: {
          kind: 'memory',
          message: 'layer4.1.conv2 needs 5.1 GB, more than the setting tensorpress.memoryLimit.',
          details: { limit: 4096 },
        },
      };
    default:
      return { ...base, report: reports.get('now'), shown: 'now' };
  }
}
