import type { ChoicesModel, ChoicesPageEvents, ChoicesState } from '../../src/protocol/choices';
import type { InspectorState, TensorStatistics } from '../../src/protocol/inspector';
import type { EventHandlers } from '../../src/protocol/rpc';
import type { ChoicesPageHost } from '../../webview/choices/choicesPage';
import type { InspectorPageHost } from '../../webview/inspector/inspectorPage';
import {
  choices,
  choicesOf,
  fileSummary,
  levels,
  methods,
  planFor,
  reportFor,
  skipped,
  statisticsOf,
  tensors,
  thumbnailOf,
} from './fixtures';

export const wait = (milliseconds: number): Promise<void> =>
  new Promise((resolve) => setTimeout(resolve, milliseconds));
export const never = (): Promise<never> => new Promise<never>(() => {});

export function failure(kind: string, message: string): Error {
  const details = { file: '/workspace/models/resnet18.safetensors', limit: 104_857_600 };
  return Object.assign(new Error(message), { kind, details });
}

/** What the page keeps over a reload lives in the tab, as it does in VS Code. */
export function keptState<S>(): { readState(): S | undefined; writeState(state: S): void } {
  return {
    readState: () => {
      const text = sessionStorage.getItem('state');
      return text === null ? undefined : (JSON.parse(text) as S);
    },
    writeState: (state) => sessionStorage.setItem('state', JSON.stringify(state)),
  };
}

/** Everything asked of the host, for the test that drives the page. */
export function record(call: string, params: unknown): void {
  const log = (globalThis as { calls?: unknown[] }).calls ?? [];
  log.push({ call, params });
  Object.assign(globalThis, { calls: log });
}

export function fakeInspectorHost(state: string): InspectorPageHost {
  let failures = state === 'stat-failed' ? 1 : 0;
  return {
    ...keptState<InspectorState>(),
    connect: () => ({
      ready: () => {
        if (state === 'loading') {
          return never();
        }
        if (state === 'failed') {
          return Promise.resolve({
            failure: {
              kind: 'format',
              message:
                'resnet18.safetensors: the header announces 3 221 225 472 bytes, more than the file has; it may be truncated. Download it again.',
              details: { file: '/workspace/models/resnet18.safetensors', limit: 104_857_600 },
            },
          });
        }
        const rows = { huge: 100_000, 'picture-loading': 100_000, empty: 0 }[state];
        return Promise.resolve({
          file: fileSummary({
            pressed: state === 'pressed',
            ...(rows === undefined ? {} : { rows }),
          }),
        });
      },
      statistics: async ({ tensor }, options) => {
        record('statistics', { tensor });
        options?.signal?.addEventListener('abort', () => record('abort', { tensor }));
        const pruned = (value: TensorStatistics): TensorStatistics =>
          state === 'pruned' ? { ...value, zeros: Math.round(0.9 * value.count) } : value;
        const { first, whole } = statisticsOf(tensor);
        await wait(40);
        if (state === 'stat-loading') {
          return never();
        }
        options?.onProgress?.(pruned(first));
        await wait(60);
        if (state === 'stat-streaming') {
          return never();
        }
        if (failures-- > 0) {
          throw failure('memory', `${tensor} needs 4.2 GB for its spectrum, more than is free.`);
        }
        return pruned(whole);
      },
      thumbnails: async (params, options) => {
        record('thumbnails', params);
        options?.signal?.addEventListener('abort', () => record('abort-thumbnails', params));
        if (state === 'picture-loading') {
          return never();
        }
        for (const tensor of params.tensors) {
          await wait(5);
          options?.onProgress?.(thumbnailOf(tensor, params.size));
        }
        return {};
      },
      patterns: (params) => Promise.resolve(record('patterns', params)),
      sparse: (params) => Promise.resolve(record('sparse', params)),
      compress: (params) => Promise.resolve(record('compress', params)),
      reconstruct: (params) => Promise.resolve(record('reconstruct', params)),
      copy: (params) => Promise.resolve(record('copy', params)),
    }),
  };
}

export function fakeChoicesHost(state: string): ChoicesPageHost {
  let events: EventHandlers<ChoicesPageEvents> | undefined;
  let model = initialModel(state);
  let stopped = false;
  let compressFailures = state === 'compress-failed' ? 1 : 0;

  const stream = async () => {
    const update = (change: Partial<ChoicesModel>) => (model = { ...model, ...change });
    stopped = false;
    for (const [index, tensor] of tensors.entries()) {
      await wait(15);
      if (stopped) {
        return events?.model(update({ progress: undefined, cancelled: true }));
      }
      const added = {
        tensors: [tensor],
        choices: choicesOf(tensor),
        skipped: skipped.filter((one) => one.tensor === tensor.tensor),
        progress: { fraction: (index + 1) / tensors.length, message: tensor.tensor },
      };
      update({
        tensors: [...model.tensors, ...added.tensors],
        choices: [...model.choices, ...added.choices],
        skipped: [...model.skipped, ...added.skipped],
      });
      events?.added(added);
      const planned = planFor(model.budget, model.overrides, model.choices);
      update({ planned });
      events?.planned(planned);
    }
    events?.model(update({ progress: undefined }));
  };

  return {
    ...keptState<ChoicesState>(),
    connect: (handlers) => {
      events = handlers;
      return {
        ready: async (params) => {
          record('ready', params);
          if (state === 'loading') {
            return never();
          }
          if (state === 'failed') {
            throw failure('file', 'resnet18.safetensors cannot be read: permission denied.');
          }
          const kept = params.state;
          if (kept) {
            model = { ...model, budget: kept.budget, overrides: kept.overrides };
            model = {
              ...model,
              planned: model.planned && planFor(kept.budget, kept.overrides, model.choices),
            };
          }
          if (state === 'live') {
            setTimeout(() => void stream(), 50);
          }
          return model;
        },
        plan: async (params) => {
          record('plan', params);
          await wait(60);
          model = { ...model, ...params };
          const planned = planFor(params.budget, params.overrides, model.choices);
          model = { ...model, planned };
          return planned;
        },
        savePlan: async (params) => {
          record('savePlan', params);
          await wait(20);
          return 'models/resnet18.press.json';
        },
        compress: async (params) => {
          record('compress', params);
          stopped = false;
          await wait(50);
          for (let step = 0; step <= 20; step++) {
            const message = tensors[step * 2]?.tensor ?? 'Checking the file';
            events?.compressProgress({ fraction: step / 20, message });
            await wait(25);
            if (stopped) {
              throw failure('cancelled', 'Cancelled.');
            }
            if (step === 10 && compressFailures-- > 0) {
              throw failure(
                'file',
                'resnet18.press.safetensors cannot be written: no space left on the disk. Free 12.1 MB or choose another folder.',
              );
            }
          }
          return reportFor(model.planned ?? planFor(model.budget, model.overrides, choices));
        },
        cancel: (params) => {
          record('cancel', params);
          stopped = true;
          return Promise.resolve();
        },
        restart: (params) => {
          record('restart', params);
          model = initialModel('live');
          events?.model(model);
          void stream();
          return Promise.resolve();
        },
        reveal: (params) => Promise.resolve(record('reveal', params)),
        open: (params) => Promise.resolve(record('open', params)),
        copyLoader: (params) => Promise.resolve(record('copyLoader', params)),
      };
    },
  };
}

function initialModel(state: string): ChoicesModel {
  const budget = state === 'infeasible' ? { kept: 0.04 } : { kept: 0.5 };
  const part = { live: 0, streaming: 19, cancelled: 19, 'choices-failed': 19, empty: 0 }[state];
  const shown = part === undefined ? tensors : tensors.slice(0, part);
  const known = shown.flatMap(choicesOf);
  const planned = shown.length > 0 ? planFor(budget, [], known) : undefined;
  return {
    uri: 'file:///workspace/models/resnet18.safetensors',
    file: 'models/resnet18.safetensors',
    fileBytes: tensors.reduce((sum, { bytes }) => sum + bytes, 5120),
    methods,
    levels,
    tensors: state === 'live' || state === 'empty' ? [] : tensors,
    choices: known,
    skipped: skipped.filter(({ tensor }) => shown.some((one) => one.tensor === tensor)),
    progress:
      state === 'live' || state === 'streaming'
        ? { fraction: shown.length / tensors.length, message: shown.at(-1)?.tensor ?? 'Reading' }
        : undefined,
    failure:
      state === 'choices-failed'
        ? {
            kind: 'worker',
            message:
              'The engine stopped: out of memory at layer2.1.conv2.weight. It was restarted.',
            details: { tensor: 'layer2.1.conv2.weight' },
          }
        : undefined,
    cancelled: state === 'cancelled',
    budget,
    overrides: [],
    planned,
    ...(state === 'compressing'
      ? { compressing: { fraction: 0.43, message: 'layer3.0.conv2.weight' } }
      : {}),
    ...(state === 'finished' && planned ? { compressed: reportFor(planned) } : {}),
  };
}
