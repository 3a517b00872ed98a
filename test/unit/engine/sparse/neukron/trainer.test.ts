import { describe, expect, it } from 'vitest';
import { CancelledError, OutOfMemoryError, UsageError } from '../../../../../src/failures';
import { unattended } from '../../../../../src/engine/job';
import { settingsOf, type NeuKronOptions } from '../../../../../src/engine/sparse/neukron/options';
import {
  copyProgress,
  fingerprintOf,
  parseState,
  serialiseState,
} from '../../../../../src/engine/sparse/neukron/state';
import { Trainer } from '../../../../../src/engine/sparse/neukron/trainer';
import { sparseTensor, type SparseTensor } from '../../../../../src/engine/sparse/sparseTensor';
import { randomCounts } from '../../../../support/neukronData';
import { stopAfter } from '../../../../support/stopAfter';

const X = randomCounts([30, 100], 400, 2);

function trainer(options: NeuKronOptions = {}, data: SparseTensor = X): Trainer {
  return new Trainer(data, settingsOf({ hidden: 6, seed: 1, orderWarmup: 2, ...options }));
}

describe('order updates', () => {
  it.each([10, 1, Infinity])('lower the loss by the sum of accepted gains (gamma %d)', (gamma) => {
    // With a learned scale the scale stays while orders change.
    for (const data of [X, randomCounts([9, 33, 20], 500, 3)]) {
      const trained = trainer({ gamma, scale: 'learned', order: 'random' }, data);
      for (let epoch = 0; epoch < 5; epoch++) {
        trained.epoch();
      }
      let swaps = 0;
      for (let update = 10; update < 16; update++) {
        const before = trained.loss;
        const mode = update % data.dims.length;
        const { gained, accepted } = trained.updateOrder(mode, update);
        swaps += accepted;
        expect(Math.abs(before - trained.loss - gained)).toBeLessThan(1e-9 * before);
        const positions = trained.progress.positions[mode];
        expect(new Set(positions).size).toBe(positions.length);
      }
      expect(swaps).toBeGreaterThan(0);
    }
  });

  it('with gamma infinite never raise the loss', () => {
    const trained = trainer({ gamma: Infinity, order: 'random', epochs: 40 });
    for (let epoch = 0; epoch < 15; epoch++) {
      for (let mode = 0; mode < 2; mode++) {
        const before = trained.loss;
        trained.updateOrder(mode, 7 + epoch);
        expect(trained.loss).toBeLessThanOrEqual(before * (1 + 1e-12));
      }
      trained.epoch();
    }
  });

  it('gain nothing by swapping empty indices', () => {
    const single = sparseTensor(
      [4, 64],
      [Uint32Array.of(1), Uint32Array.of(60)],
      Float64Array.of(3),
    );
    const trained = trainer({ gamma: Infinity }, single);
    const { proposed, accepted, gained } = trained.updateOrder(1, 0);
    expect(proposed).toBe(32);
    expect(accepted).toBeGreaterThanOrEqual(31);
    expect(gained).toBeGreaterThanOrEqual(0);
  });

  it('leave the values of entries as an evaluation from scratch has them', () => {
    const trained = trainer({ gamma: 1, order: 'random', epochs: 9 });
    trained.epoch();
    trained.updateOrder(0, 5);
    trained.updateOrder(1, 5);
    const again = new Trainer(X, trained.settings, undefined, copyProgress(trained.progress));
    expect(again.loss).toBe(trained.loss);
  });
});

describe('training', () => {
  it.each(['closed-form', 'learned'] as const)('lowers the loss (%s scale)', (scale) => {
    const trained = trainer({ scale, learningRate: 0.02, epochs: 60 });
    const before = trained.loss;
    const losses = Array.from({ length: 60 }, () => trained.epoch().loss);
    expect(trained.progress.best.loss).toBe(Math.min(before, ...losses));
    expect(trained.progress.best.loss).toBeLessThan(0.9 * before);
    expect(trained.squaredNorm - trained.loss).toBeGreaterThan(0);
  });

  it('has, with the learned scale, the gradient of the loss by Q', () => {
    const trained = trainer({ scale: 'learned', hidden: 4 });
    const at = trained.layout.scale.offset;
    const exact = trained.lossGradient()[at];
    const { parameters } = trained.progress;
    const Q = parameters[at];
    const lossWith = (value: number): number => {
      parameters[at] = value;
      return trained.loss;
    };
    const step = Q / 64;
    const numeric =
      (8 * (lossWith(Q + step) - lossWith(Q - step)) -
        (lossWith(Q + 2 * step) - lossWith(Q - 2 * step))) /
      (12 * step);
    expect(Math.abs(numeric / exact - 1)).toBeLessThan(1e-4);
  });

  it('takes a step back that raises the loss too far, and makes it shorter', () => {
    const trained = trainer({ learningRate: 0.02, epochs: 80, batches: 1, decay: 0 });
    while (!trained.isDone) {
      trained.epoch();
    }
    const wild = new Trainer(
      X,
      { ...trained.settings, learningRate: 50, orderUpdates: 0 },
      undefined,
      copyProgress(trained.progress),
    );
    const before = wild.loss;
    const { tries, loss } = wild.epoch();
    expect(tries).toBeGreaterThan(1);
    expect(loss).toBeLessThanOrEqual(1.1 * before);
  });

  it('stops when the best loss stands still, and at the limit of epochs', () => {
    const still = trainer({ patience: 3, tolerance: 0.5, epochs: 100 });
    let epochs = 0;
    while (!still.isDone) {
      still.epoch();
      epochs++;
    }
    expect(epochs).toBe(3);
    const limited = trainer({ epochs: 2 });
    limited.epoch();
    expect(limited.isDone).toBe(false);
    limited.epoch();
    expect(limited.isDone).toBe(true);
  });

  it('keeps a start that is good until the network has learned something, if told to', () => {
    const trained = trainer({ orderWarmup: 2 });
    const start = trained.progress.positions.map((order) => order.slice());
    expect(trained.epoch().proposed).toBe(0);
    expect(trained.epoch().proposed).toBe(0);
    expect(trained.progress.positions).toEqual(start);
    expect(trained.epoch().proposed).toBeGreaterThan(0);
  });

  it('makes steps of a rate that falls with the epochs', () => {
    const trained = trainer({ orderUpdates: 0 });
    trained.epoch();
    const ends = [
      { learningRate: 0.06, decay: 5 },
      { learningRate: 0.01, decay: 0 },
    ].map((rates) => {
      const settings = { ...trained.settings, ...rates };
      const next = new Trainer(X, settings, undefined, copyProgress(trained.progress));
      next.epoch();
      return next.progress.parameters;
    });
    expect(ends[0]).toEqual(ends[1]);
    expect(ends[0]).not.toEqual(trained.progress.parameters);
  });

  it('with sweeps over all nonzeros at once does what as many epochs do', () => {
    const settings = { batches: 1, orderUpdates: 0, decay: 0, learningRate: 0.002 };
    const swept = trainer({ ...settings, sweeps: 3 });
    const stepped = trainer(settings);
    swept.epoch();
    for (let epoch = 0; epoch < 3; epoch++) {
      expect(stepped.epoch().tries).toBe(1);
    }
    expect(swept.progress.parameters).toEqual(stepped.progress.parameters);
    expect(swept.progress.adam).toEqual(stepped.progress.adam);
    expect(swept.loss).toBe(stepped.loss);
  });

  it('makes a step for each batch, with other batches in every sweep', () => {
    const once = trainer({ orderUpdates: 0 });
    once.epoch();
    // The entries are 12 runs of neighbours, fewer than the batches asked for.
    const steps = Math.ceil(X.values.length / 32);
    expect(once.progress.adam.steps).toBe(steps);
    const again = trainer({ orderUpdates: 0, sweeps: 2, decay: 0, batches: 4 });
    again.epoch();
    expect(again.progress.adam.steps).toBe(8);
    const two = trainer({ orderUpdates: 0, decay: 0, batches: 4 });
    two.epoch();
    two.epoch();
    expect(again.progress.parameters).not.toEqual(two.progress.parameters);
  });

  it('makes all steps of an epoch again, and shorter, when together they raise the loss too far', () => {
    const trained = trainer({ epochs: 80 });
    while (!trained.isDone) {
      trained.epoch();
    }
    const wild = new Trainer(
      X,
      { ...trained.settings, learningRate: 50, decay: 0, orderUpdates: 0 },
      undefined,
      copyProgress(trained.progress),
    );
    const [before, steps] = [wild.loss, wild.progress.adam.steps];
    const { tries, loss } = wild.epoch();
    expect(tries).toBeGreaterThan(1);
    expect(loss).toBeLessThanOrEqual(1.1 * before);
    expect([steps, steps + Math.ceil(X.values.length / 32)]).toContain(wild.progress.adam.steps);
  });

  it('refuses more memory than the job may hold, in words that say what to do', () => {
    const job = { ...unattended, memoryLimit: 2 ** 20 };
    const settings = settingsOf({ hidden: 30 });
    expect(() => new Trainer(X, settings, job)).toThrow(OutOfMemoryError);
    expect(() => new Trainer(X, settings, job)).toThrow(/381 nonzeros.*30 hidden.*memoryLimit/);
    const ample = { ...unattended, memoryLimit: 2 ** 30 };
    expect(() => new Trainer(X, settings, ample)).not.toThrow();
  });

  it('refuses negative values and settings out of range', () => {
    const signed = sparseTensor(
      [2, 2],
      [Uint32Array.of(0), Uint32Array.of(1)],
      Float64Array.of(-1),
    );
    expect(() => trainer({}, signed)).toThrow(UsageError);
    for (const wrong of [
      { hidden: 0 },
      { hidden: 2.5 },
      { epochs: -1 },
      { gamma: 0 },
      { gamma: NaN },
      { learningRate: 0 },
      { learningRate: NaN },
      { patience: 0 },
      { seed: Infinity },
      { scale: 'best' as 'learned' },
      { batches: 0 },
      { sweeps: 1.5 },
      { decay: -1 },
      { decay: Infinity },
      { orderWarmup: -1 },
    ]) {
      expect(() => trainer(wrong)).toThrow(UsageError);
    }
  });

  it('stops when it is cancelled', () => {
    const trained = trainer();
    expect(() => {
      for (const job = stopAfter(7); ;) {
        trained.epoch(job);
      }
    }).toThrow(CancelledError);
  });
});

describe('the state of a run', () => {
  it.each<NeuKronOptions>([
    {},
    { batches: 1, orderWarmup: 0 },
    { scale: 'learned', gamma: Infinity, cell: 'gru', sweeps: 2, order: 'min-hash' },
  ])('continues it bit by bit (%j)', (options) => {
    const whole = trainer({ ...options, epochs: 20 });
    for (let epoch = 0; epoch < 4; epoch++) {
      whole.epoch();
    }
    const bytes = serialiseState({
      settings: whole.settings,
      dims: X.dims,
      fingerprint: fingerprintOf(X),
      progress: whole.progress,
    });
    const state = parseState(bytes);
    expect(state.settings).toEqual(whole.settings);
    const resumed = new Trainer(X, state.settings, undefined, state.progress);
    for (let epoch = 0; epoch < 4; epoch++) {
      const [a, b] = [whole.epoch(), resumed.epoch()];
      expect({ ...b, times: a.times }).toEqual(a);
    }
    expect(resumed.progress).toEqual(whole.progress);
  });

  it('is refused when its bytes were changed, cut off, or are something else', () => {
    const { settings, progress } = trainer();
    const bytes = serialiseState({ settings, dims: X.dims, fingerprint: '', progress });
    for (const at of [0, 14, 17, 30, 500, bytes.length - 1]) {
      const changed = bytes.slice();
      changed[at] ^= 0x10;
      expect(() => parseState(changed)).toThrow(/run|version|state/);
    }
    for (const length of [0, 5, 16, 40, bytes.length - 8]) {
      expect(() => parseState(bytes.slice(0, length))).toThrow(/run/);
    }
  });
});
