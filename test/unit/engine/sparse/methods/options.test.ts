import { describe, expect, it } from 'vitest';
import { UsageError } from '../../../../../src/failures';
import { unattended } from '../../../../../src/engine/job';
import {
  attemptKey,
  labelOf,
  methodEntries,
  readAttempt,
  trainingKey,
} from '../../../../../src/engine/sparse/methods';
import { sparseMethods, type SparseMethod } from '../../../../../src/engine/sparse/sparseModel';
import type { SparseTensor } from '../../../../../src/engine/sparse/sparseTensor';
import type { SparseAttempt, SparseOptionValue } from '../../../../../src/protocol/sparse';
import { randomSparse } from '../../../../support/sparse';

type Options = SparseAttempt['options'];

/** Blocks, some noise, and values of several sizes. */
const X = randomSparse([24, 37], 220, 5, (random) => 1 + Math.floor(4 * random.next()));
/** Large enough to be iterated. */
const large = randomSparse([260, 200], 3000, 6);
const signed: SparseTensor = { ...X, values: X.values.map((v, e) => (e % 3 === 0 ? -v : v)) };

/** Numbers alone: what a model says of its settings is left out. */
async function numbersOf(method: SparseMethod, options: Options, data = X): Promise<number[]> {
  const { model } = await readAttempt({ method, options }).fit(data, 3, unattended);
  const entries = Array.from({ length: 24 * 37 }, (_, i) =>
    model.entry([Math.floor(i / 37), i % 37]),
  );
  return [model.bytes, model.squaredError, ...entries];
}

interface Change {
  readonly base: Options;
  readonly to: SparseOptionValue;
  readonly data?: SparseTensor;
}

/** For every setting a starting point, and the value that must lead elsewhere. */
const changes: Record<SparseMethod, Record<string, Change>> = (() => {
  const training = { hidden: 4, epochs: 12, learningRate: 0.05, orderWarmup: 0 };
  const kron = { epochs: 6, learningRate: 0.05 };
  const stencils = { stencils: 2, clusters: 3 };
  const sampled = { rows: 12, columns: 15, rank: 6 };
  return {
    neukron: {
      hidden: { base: training, to: 5 },
      epochs: { base: training, to: 3 },
      minutes: { base: { ...training, epochs: 100_000, patience: 100_000 }, to: 0.003 },
      learningRate: { base: training, to: 0.1 },
      decay: { base: training, to: 1 },
      batches: { base: training, to: 2 },
      sweeps: { base: training, to: 3 },
      patience: { base: { ...training, tolerance: 1 }, to: 2 },
      tolerance: { base: { ...training, patience: 2 }, to: 1 },
      orderUpdates: { base: training, to: 0 },
      orderWarmup: { base: training, to: 9 },
      gamma: { base: training, to: 1e-3 },
      gammaPerSquare: { base: { ...training, gamma: 0.2 }, to: true },
      pairing: { base: training, to: 'random' },
      order: { base: training, to: 'as-is' },
      cell: { base: training, to: 'gru' },
      scale: { base: training, to: 'learned' },
      signed: { base: training, to: 'two-models' },
    },
    kronfit: {
      power: { base: kron, to: 3 },
      gamma: { base: { ...kron, epochs: 20 }, to: 1e-3 },
      order: { base: kron, to: 'random' },
      scale: { base: kron, to: 'learned' },
      learningRate: { base: kron, to: 0.1 },
      updates: { base: kron, to: 0 },
      epochs: { base: kron, to: 2 },
    },
    tsvd: {
      rank: { base: {}, to: 3 },
      tolerance: { base: { rank: 2, exactUpTo: 0 }, to: 1, data: large },
      exactUpTo: { base: { rank: 2, tolerance: 1 }, to: 0, data: large },
    },
    cur: {
      rows: { base: sampled, to: 20 },
      columns: { base: sampled, to: 22 },
      rank: { base: sampled, to: 2 },
    },
    cmd: {
      rows: { base: sampled, to: 20 },
      columns: { base: sampled, to: 22 },
      rank: { base: sampled, to: 2 },
    },
    accams: {
      stencils: { base: stencils, to: 3 },
      clusters: { base: stencils, to: 5 },
      start: { base: stencils, to: 'random' },
      maxRounds: { base: { ...stencils, cycles: 0 }, to: 1 },
      tolerance: { base: { ...stencils, cycles: 0 }, to: 1 },
      cycles: { base: { ...stencils, maxRounds: 1 }, to: 0 },
    },
    baccams: {
      stencils: { base: stencils, to: 3 },
      clusters: { base: stencils, to: 5 },
      alpha: { base: stencils, to: 1e6 },
      beta: { base: stencils, to: 1e6 },
      priorVariance: { base: stencils, to: 1e-3 },
      burnIn: { base: stencils, to: 0 },
      samples: { base: { ...stencils, burnIn: 0 }, to: 1 },
      start: { base: { ...stencils, burnIn: 0, samples: 1 }, to: 'random' },
    },
    cp: {
      rank: { base: {}, to: 3 },
      maxIterations: { base: { rank: 4, tolerance: 0 }, to: 2 },
      tolerance: { base: { rank: 4 }, to: 1 },
    },
    tucker: {
      ranks: { base: {}, to: [2, 5] },
      maxIterations: { base: { tolerance: 0 }, to: 2 },
      tolerance: { base: {}, to: 1 },
    },
  };
})();

describe('every setting of every method', () => {
  it.each(sparseMethods)('is looked at here: %s', (method) => {
    const names = methodEntries[method].options.map(({ name }) => name);
    expect(Object.keys(changes[method]).sort()).toEqual([...names].sort());
  });

  const all = sparseMethods.flatMap((method) =>
    Object.keys(changes[method]).map((name) => [method, name] as const),
  );

  it.each(all.filter(([, name]) => name !== 'minutes' && name !== 'signed'))(
    'changes what is fitted: %s %s',
    async (method, name) => {
      const { base, to, data = X } = changes[method][name];
      const before = await numbersOf(method, base, data);
      expect(await numbersOf(method, base, data)).toEqual(before);
      expect(await numbersOf(method, { ...base, [name]: to }, data)).not.toEqual(before);
    },
  );

  it('limits the time of a training, which is not over then', async () => {
    const { base, to } = changes.neukron.minutes;
    const read = readAttempt({ method: 'neukron', options: { ...base, minutes: to } });
    const { states } = await read.fit(X, 3, unattended);
    const paused = read.pausedAt!(X, states!)!;
    expect(paused.epochs).toBe(100_000);
    expect(paused.epoch).toBeGreaterThan(0);
    expect(paused.epoch).toBeLessThan(100_000);
  });

  it('lets NeuKron take negative values with a second network', async () => {
    const { base } = changes.neukron.signed;
    await expect(numbersOf('neukron', base, signed)).rejects.toThrow(
      /^Entry \(\d+, \d+\), counted from 0, is -\d.*Set signed=two-models/,
    );
    const entries = (await numbersOf('neukron', { ...base, signed: 'two-models' }, signed)).slice(
      2,
    );
    expect(Math.min(...entries)).toBeLessThan(0);
    expect(Math.max(...entries)).toBeGreaterThan(0);
  });

  it.each(all)('refuses what it cannot be: %s %s', (method, name) => {
    const info = methodEntries[method].options.find((option) => option.name === name)!;
    const wrong: SparseOptionValue[] =
      info.kind === 'whole' || info.kind === 'sizes'
        ? [info.least! - 1, info.most! + 1, info.least! + 0.5, 'many', Number.NaN, true, []]
        : info.kind === 'number'
          ? [info.least! - 1, 'many', Number.NaN, false, ...(info.most ? [2 * info.most] : [])]
          : ['none of these', 1, ''];
    for (const value of info.kind === 'boolean' ? ['true', 1, 0] : wrong) {
      const read = (): unknown => readAttempt({ method, options: { [name]: value } });
      expect(read, String(value)).toThrow(UsageError);
      expect(read).toThrow(`${methodEntries[method].title}: ${name} must be`);
    }
  });

  it('has a default that it can be, words, and a range', () => {
    for (const { title, options } of Object.values(methodEntries)) {
      expect(options.some(({ isMain }) => isMain)).toBe(true);
      for (const info of options) {
        const { kind, default: value, least, most, choices, description } = info;
        expect(description, `${title} ${info.name}`).toMatch(/^[A-Z].*\.$/);
        if (kind === 'choice') {
          expect(choices!.map((one) => one.value)).toContain(value);
        } else if (kind !== 'boolean') {
          expect(value).toBeGreaterThanOrEqual(least!);
          expect(value).toBeLessThanOrEqual(most ?? Infinity);
        }
      }
    }
  });
});

describe('reading an attempt', () => {
  it('refuses unknown names and methods, and says which there are', () => {
    expect(() => readAttempt({ method: 'tsvd', options: { ranks: 3 } })).toThrow(
      'Truncated SVD has no setting "ranks"; it has rank, tolerance, exactUpTo.',
    );
    expect(() => readAttempt({ method: 'tsvd', options: { toString: 1 } })).toThrow(UsageError);
    expect(() => readAttempt({ method: 'svd' as SparseMethod, options: {} })).toThrow(/neukron, /);
    expect(() => readAttempt({ method: 'constructor' as SparseMethod, options: {} })).toThrow(
      UsageError,
    );
  });

  it('takes gamma as a text where it is infinite', async () => {
    const text = { method: 'neukron', options: { gamma: 'Infinity' } } as const;
    const number = { method: 'neukron', options: { gamma: Infinity } } as const;
    expect(attemptKey(text, 1)).toBe(attemptKey(number, 1));
    expect(labelOf(text)).toBe('30 hidden units, gamma infinity');
    const greedy = { hidden: 4, epochs: 5, learningRate: 0.05, gamma: 'infinity' };
    const model = await readAttempt({ method: 'neukron', options: greedy }).fit(X, 1, unattended);
    expect(model.model.details.gamma).toBe(Infinity);
  });

  it('refuses ranks for another number of modes', async () => {
    const read = readAttempt({ method: 'tucker', options: { ranks: [2, 3, 4] } });
    await expect(read.fit(X, 0, unattended)).rejects.toThrow(UsageError);
  });
});

describe('keys', () => {
  const attempt = (options: Options): SparseAttempt => ({ method: 'neukron', options });

  it('fill in defaults, do not depend on the order of names, and tell everything apart', () => {
    const plain = attemptKey(attempt({}), 0);
    expect(attemptKey(attempt({ hidden: 30, cell: 'lstm' }), 0)).toBe(plain);
    expect(attemptKey(attempt({ cell: 'gru', hidden: 4 }), 0)).toBe(
      attemptKey(attempt({ hidden: 4, cell: 'gru' }), 0),
    );
    expect(attemptKey(attempt({}), 1)).not.toBe(plain);
    expect(attemptKey(attempt({ minutes: 1 }), 0)).not.toBe(plain);
    expect(attemptKey({ method: 'cp', options: {} }, 0)).not.toBe(
      attemptKey({ method: 'tsvd', options: {} }, 0),
    );
  });

  it('of trainings leave out how far they may go, and nothing else', () => {
    const plain = trainingKey(attempt({}), 0);
    const limits: Options[] = [{ minutes: 7 }, { epochs: 7 }, { patience: 7 }];
    for (const limit of limits) {
      expect(trainingKey(attempt(limit), 0)).toBe(plain);
    }
    expect(trainingKey(attempt({ tolerance: 0.1 }), 0)).not.toBe(plain);
    expect(trainingKey(attempt({}), 1)).not.toBe(plain);
  });
});

describe('labels', () => {
  it('name the main settings, and those that are unusual', () => {
    expect(labelOf({ method: 'tsvd', options: { rank: 50 } })).toBe('rank 50');
    expect(labelOf({ method: 'neukron', options: { epochs: 7, minutes: 3 } })).toBe(
      '30 hidden units, epochs 7',
    );
    expect(labelOf({ method: 'tucker', options: { ranks: [2, 3] } })).toBe('ranks 2 x 3');
    expect(labelOf({ method: 'accams', options: { stencils: 1, cycles: 0 } })).toBe(
      '1 stencil, 16 clusters, cycles 0',
    );
    expect(
      labelOf({ method: 'neukron', options: { hidden: 1, gammaPerSquare: true, minutes: 3 } }),
    ).toBe('1 hidden unit, gammaPerSquare');
  });
});
