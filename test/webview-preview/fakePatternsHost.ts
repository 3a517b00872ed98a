import type {
  BlockPattern,
  PatternReport,
  PatternsModel,
  PatternsPageEvents,
  PatternsState,
} from '../../src/protocol/patterns';
import type { EventHandlers } from '../../src/protocol/rpc';
import type { PatternsPageHost } from '../../webview/patterns/patternsPage';
import { failure, keptState, never, record, wait } from './fakeHosts';
import {
  blockMapOf,
  curveOf,
  kpdOf,
  nmMapOf,
  patternInfoOf,
  patternTensors,
  speedOf,
} from './patternFixtures';

/** A host with tensors made up for the purpose; `state` is what the page finds at first. */
export function fakePatternsHost(state: string): PatternsPageHost {
  let events: EventHandlers<PatternsPageEvents> | undefined;
  let failures = state === 'map-failed' || state === 'apply-failed' ? 1 : 0;
  let stopped = false;
  const model: PatternsModel = {
    uri: 'file:///workspace/models/decoder.safetensors',
    file: 'models/decoder.safetensors',
    tensors: state === 'empty' ? patternTensors.slice(-1) : patternTensors,
    selected:
      state === 'empty'
        ? undefined
        : patternTensors[{ million: 1, conv: 2, odd: 3 }[state] ?? 0]?.name,
    failure: undefined,
  };
  const kept = keptState<PatternsState>();
  const million: PatternsState = {
    uri: model.uri,
    pattern: {
      kind: 'block',
      scheme: 'matrix',
      block: [4, 4],
      criterion: 'frobenius',
      scope: 'matrix',
    },
  };

  return {
    ...kept,
    readState: () => kept.readState() ?? (state === 'million' ? million : undefined),
    connect: (handlers) => {
      events = handlers;
      // For tests of what the host tells the page.
      Object.assign(globalThis, { patternEvents: events });
      return {
        ready: async (params) => {
          record('ready', params);
          if (state === 'loading') {
            return never();
          }
          if (state === 'failed') {
            throw failure('file', 'decoder.safetensors cannot be read: permission denied.');
          }
          const tensor = params.state?.tensor;
          return tensor === undefined ? model : { ...model, selected: tensor };
        },
        info: async ({ tensor }) => {
          record('info', { tensor });
          await wait(5);
          return patternInfoOf(tensor);
        },
        map: async ({ tensor, pattern }) => {
          record('map', { tensor, pattern });
          await wait(20);
          if (state === 'map-loading') {
            return never();
          }
          if (state === 'map-failed' && failures-- > 0) {
            throw failure('unsupported', `${tensor} holds values that are not finite (NaN).`);
          }
          return pattern.kind === 'block' ? blockMapOf(tensor, pattern) : nmMapOf(tensor, pattern);
        },
        curves: async ({ tensor, pattern, blocks }, options) => {
          record('curves', { tensor, blocks });
          for (const block of blocks) {
            await wait(20);
            if (options?.signal?.aborted) {
              throw failure('cancelled', 'Cancelled.');
            }
            options?.onProgress?.(curveOf(tensor, pattern, block));
          }
          return [];
        },
        kpd: async ({ selection, rank }) => {
          record('kpd', { selection, rank });
          await wait(60);
          return kpdOf(selection.tensor, selection.pattern as BlockPattern, selection.kept, rank);
        },
        speed: async (params) => {
          record('speed', params);
          await wait(30);
          return speedOf(params.rows, params.columns, params.block);
        },
        apply: async (params) => {
          record('apply', params);
          stopped = false;
          for (let done = 0; done <= 20; done++) {
            await wait(25);
            if (stopped) {
              throw failure('cancelled', 'Cancelled.');
            }
            events?.applyProgress({ fraction: done / 20, message: 'Writing tensors' });
          }
          if (state === 'apply-failed' && failures-- > 0) {
            throw failure('file', 'No space is left on the disk.');
          }
          return reportOf(params.as);
        },
        cancelApply: async (params) => {
          record('cancelApply', params);
          stopped = true;
        },
        save: async ({ name, bytes }) => {
          record('save', { name, bytes: bytes.byteLength });
          Object.assign(globalThis, { saved: bytes });
          return `/workspace/models/${name}`;
        },
        copy: async (params) => record('copy', params),
        open: async (params) => record('open', params),
        reveal: async (params) => record('reveal', params),
      };
    },
  };
}

function reportOf(as: PatternReport['as']): PatternReport {
  return {
    output: '/workspace/models/decoder.pressed.safetensors',
    as,
    sourceBytes: 68_000_000,
    outputBytes: 41_000_000,
    relativeError: 0.1834,
    dropped: 98_304,
    elements: 196_608,
    elapsedMs: 1240,
  };
}
