import { describe, expect, it } from 'vitest';
import { CancelledError, UsageError } from '../../../../src/failures';
import { unattended, type Job } from '../../../../src/engine/job';
import { methods } from '../../../../src/engine/decompositions/decomposition';
import { factorise, restore } from '../../../../src/engine/decompositions';
import { bfloat16Bits } from '../../../../src/formats/halfPrecision';
import { fileChoices } from '../../../../src/engine/selection/choices';
import type { Choice } from '../../../../src/engine/selection/choice';
import type { DType } from '../../../../src/engine/tensor/dtype';
import type { ChoicesProgress, ChoicesRequest } from '../../../../src/protocol/engine';
import {
  distance,
  inProcessEngine,
  noise,
  smooth,
  useFolder,
  withFile,
  writeWeights,
} from '../../../support/pressing';
import type { TestTensor } from '../../../support/pressing';

const at = useFolder();

const conv: TestTensor = { name: 'conv', shape: [12, 8, 3, 3], values: smooth([12, 8, 3, 3]) };
const fc: TestTensor = { name: 'fc', shape: [20, 30], values: smooth([20, 30], 2) };
const bias: TestTensor = { name: 'bias', shape: [12], values: noise(3, [12]) };

async function choicesOf(
  tensors: readonly TestTensor[],
  request: Partial<ChoicesRequest> = {},
  job: Job = unattended,
  emit: (part: ChoicesProgress) => void = () => {},
) {
  const path = await writeWeights(at('net.safetensors'), tensors);
  const { rank, error, energy } = request;
  const levels = (rank ?? error ?? energy) ? {} : { kept: [0.25, 0.5] };
  return withFile(path, (file) =>
    fileChoices(file, { path, methods, ...levels, seed: 1, ...request }, job, emit),
  );
}

function stable(choices: readonly Choice[]) {
  return choices.map((choice) => ({ ...choice, elapsedMs: 0 }));
}

describe('the choices of a file', () => {
  it('are one per tensor, method and level, in the order of the file and of the request', async () => {
    const { choices, skipped, tensors } = await choicesOf([bias, conv, fc]);
    expect(choices.map(({ tensor, method, kept }) => [tensor, method, kept])).toEqual(
      ['conv', 'fc'].flatMap((tensor) =>
        methods.flatMap((method) => [0.25, 0.5].map((kept) => [tensor, method, kept])),
      ),
    );
    expect(skipped).toEqual([{ tensor: 'bias', shape: [12], reason: '1-D tensor' }]);
    expect(tensors.map(({ tensor }) => tensor)).toEqual(['bias', 'conv', 'fc']);
  });

  it('leave a tensor out that does not fit into the memory limit, and go on with the others', async () => {
    const { choices, skipped } = await choicesOf(
      [conv, fc],
      { methods: ['svd'] },
      // Values and copies: 28 bytes for each of 864 and of 600 float32 parameters.
      { ...unattended, memoryLimit: 20_000 },
    );
    expect(new Set(choices.map(({ tensor }) => tensor))).toEqual(new Set(['fc']));
    expect(skipped.map(({ tensor }) => tensor)).toEqual(['conv']);
    expect(skipped[0].reason).toMatch(/memory/);
  });

  it('count parameters, bytes and multiply-adds of the factors', async () => {
    const { choices } = await choicesOf([{ ...fc, dtype: 'float64' }], {
      methods: ['svd'],
      kept: [0.25],
    });
    // round(0.25 * 600 / 50) = 3
    expect(choices[0]).toMatchObject({
      rank: 3,
      parameters: 150,
      denseParameters: 600,
      keptActual: 0.25,
      bytes: 1200,
      denseBytes: 4800,
      macs: 150,
      denseMacs: 600,
      profitable: true,
    });
  });

  it('tell errors that equal the residual of the rebuilt tensor', async () => {
    const { choices } = await choicesOf([{ ...conv, dtype: 'float64' }]);
    const tensor = { shape: conv.shape, data: Float64Array.from(conv.values) };
    for (const { method, rank, attributes, error } of choices) {
      const factorisation = await factorise(method, tensor, { seed: 1 });
      const { data } = await (await factorisation.at(rank, unattended, attributes)).reconstruct();
      const relative = distance(tensor.data, data);
      expect(error.relative).toBeCloseTo(relative, 9);
      expect(error.scaled).toBeCloseTo(error.absolute / tensor.data.length, 12);
    }
  });

  it('tell, in half precision, the errors of the factors as they are stored', async () => {
    // Rank 2 to the last digit of bfloat16: what is left of the error is the factors' rounding.
    const u = noise(5, [20, 2]);
    const v = noise(6, [2, 30]);
    const values = Float64Array.from({ length: 600 }, (_, i) => {
      const [row, column] = [Math.floor(i / 30), i % 30];
      return u[2 * row] * v[column] + u[2 * row + 1] * v[30 + column];
    });
    const bits = new Uint16Array(600);
    bfloat16Bits(values, bits);
    const stored = new Float32Array(Uint32Array.from(bits, (half) => half << 16).buffer);
    const { choices } = await choicesOf([{ ...fc, values, dtype: 'bfloat16' }], {
      methods: ['svd'],
      rank: 2,
    });
    const factorisation = await factorise(
      'svd',
      { shape: [20, 30], data: Float64Array.from(stored) },
      { seed: 1 },
    );
    const { factors, attributes } = await factorisation.at(2);
    const rounded = factors.map((factor) => {
      const halves = new Uint16Array(factor.data.length);
      bfloat16Bits(factor.data, halves);
      const data = new Float32Array(Uint32Array.from(halves, (half) => half << 16).buffer);
      return { ...factor, data };
    });
    const rebuilt = await restore('svd', {
      shape: [20, 30],
      rank: 2,
      attributes,
      factors: rounded,
    }).reconstruct();
    const expected = distance(stored, rebuilt.data);
    expect(choices[0].error.relative).toBeCloseTo(expected, 12);
    expect(expected).toBeGreaterThan(1e-3);
    expect(choices[0].bytes).toBe(200);
  });

  it('give a matrix the rank in the form of each method, and the same error', async () => {
    const { choices } = await choicesOf([fc], { kept: [0.25] });
    const byMethod = new Map(choices.map((choice) => [choice.method, choice]));
    expect(byMethod.get('svd')?.rank).toBe(3);
    expect(byMethod.get('cp')?.rank).toBe(3);
    expect(byMethod.get('tucker')?.rank).toEqual([3, 3]);
    expect(byMethod.get('tt')?.rank).toEqual([1, 3, 1]);
    const svd = byMethod.get('svd')?.error;
    expect(byMethod.get('cp')?.error).toEqual(svd);
    expect(byMethod.get('tt')?.error).toEqual(svd);
  });

  it('say up to which rank a method would pay', async () => {
    const { choices } = await choicesOf([fc], { methods: ['svd'], kept: [1] });
    expect(choices[0]).toMatchObject({ rank: 12, profitable: false });
    expect(choices[0].reason).toBe(
      '600 parameters are not fewer than the dense 600; it is smaller up to rank 11',
    );
  });

  it('do not depend on what else is asked for', async () => {
    const all = await choicesOf([conv, fc, bias]);
    const alone = await choicesOf([fc, conv], { methods: ['cp'], kept: [0.5] });
    const wanted = all.choices.filter(({ method, kept }) => method === 'cp' && kept === 0.5);
    expect(stable(alone.choices).reverse()).toEqual(stable(wanted));
  });

  it('change with the seed where the method starts at random', async () => {
    const request = { methods: ['cp'], kept: [0.5] } as const;
    const first = await choicesOf([conv], { ...request, seed: 1 });
    const second = await choicesOf([conv], { ...request, seed: 2 });
    expect(first.choices[0].error.relative).not.toBe(second.choices[0].error.relative);
  });

  it('take only tensors that match a glob, and know the cost of all', async () => {
    const { choices, skipped, tensors } = await choicesOf([conv, fc, bias], { tensors: ['f?'] });
    expect(new Set(choices.map(({ tensor }) => tensor))).toEqual(new Set(['fc']));
    expect(skipped).toEqual([]);
    expect(tensors.map(({ parameters }) => parameters)).toEqual([864, 600, 12]);
  });

  it('leave a tensor with NaN dense and say how many there are', async () => {
    const values = Float64Array.from(fc.values);
    values[7] = Number.NaN;
    const { choices, skipped } = await choicesOf([{ ...fc, values }, conv], { methods: ['svd'] });
    expect(skipped).toEqual([
      { tensor: 'fc', shape: [20, 30], reason: '1 of its values is NaN or infinite' },
    ]);
    expect(new Set(choices.map(({ tensor }) => tensor))).toEqual(new Set(['conv']));
  });

  it.each([
    ['float16', 3000],
    ['float32', 2e37],
  ] as const)(
    'do not pay where a factor leaves the range of %s although no weight does',
    async (dtype, size) => {
      const shape = [64, 64, 3, 3];
      const values = Float64Array.from(smooth(shape), (value) => size * (1 + 0.1 * value));
      const { choices } = await choicesOf([{ name: 'w', shape, values, dtype }], {
        methods: ['tucker'],
        kept: [0.25],
      });
      expect(choices[0].error.absolute).toBe(Infinity);
      expect(choices[0].profitable).toBe(false);
      expect(choices[0].reason).toBe(`its factors leave the range of ${dtype}`);
    },
  );

  it('are not given for a tensor whose squares vanish, and are for the others', async () => {
    const values = Float64Array.from(conv.values, (value) => value * 1e-160);
    const { choices, skipped } = await choicesOf(
      [{ name: 'faint', shape: conv.shape, values, dtype: 'float64' }, conv],
      { methods: ['tucker', 'cp'], kept: [0.5] },
    );
    expect(choices.map(({ tensor }) => tensor)).toEqual(['conv', 'conv']);
    expect(skipped).toEqual([
      { tensor: 'faint', shape: conv.shape, reason: 'its values are too small to square' },
    ]);
  });

  it('of a tensor of zeros have no error in any method', async () => {
    const zeros = { ...conv, values: new Float64Array(864) };
    const { choices } = await choicesOf([zeros, { ...fc, values: new Float64Array(600) }]);
    expect(choices).toHaveLength(2 * 2 * methods.length);
    for (const { error } of choices) {
      expect(error).toEqual({ absolute: 0, relative: 0, scaled: 0 });
    }
  });

  it('arrive in parts, CP of convolutions last, with a growing fraction', async () => {
    const parts: ChoicesProgress[] = [];
    const { choices, tensors } = await choicesOf([conv, fc, bias], {}, unattended, (part) =>
      parts.push(part),
    );
    const streamed = parts.flatMap((part) => part.choices);
    expect(streamed).toHaveLength(choices.length);
    expect(streamed.slice(-2).map(({ tensor, method }) => [tensor, method])).toEqual([
      ['conv', 'cp'],
      ['conv', 'cp'],
    ]);
    expect(parts.flatMap((part) => part.tensors ?? [])).toEqual(tensors);
    const fractions = parts.map(({ fraction }) => fraction);
    expect([...fractions].sort((a, b) => a - b)).toEqual(fractions);
    expect(fractions.at(-1)).toBeCloseTo(1, 6);
  });

  it('stop within moments when cancelled', async () => {
    const controller = new AbortController();
    let cancelled = 0;
    const job: Job = {
      throwIfCancelled() {
        if (controller.signal.aborted) {
          throw new CancelledError();
        }
      },
      report(fraction) {
        if (fraction > 0.3 && !controller.signal.aborted) {
          controller.abort();
          cancelled = performance.now();
        }
      },
    };
    const large = { name: 'w', shape: [64, 64, 3, 3], values: noise(1, [64, 64, 3, 3]) };
    await expect(choicesOf([large], {}, job)).rejects.toThrow(CancelledError);
    expect(performance.now() - cancelled).toBeLessThan(200);
  });
});

describe('the choices of block-sparse forms', () => {
  /** Two kinds of blocks: 8 x 8 ones that matter, and others that do not. */
  const patched: TestTensor = {
    name: 'patched',
    shape: [64, 96],
    values: noise(11, [64, 96]).map((value, i) => {
      const [row, column] = [Math.floor(i / 96) >> 3, (i % 96) >> 3];
      return (row + 2 * column) % 3 === 0 ? value : 0.01 * value;
    }),
  };

  it.each(['float32', 'bfloat16'] as const)(
    'count indices among the bytes of %s',
    async (dtype) => {
      const kept = [0.2, 0.5];
      const { choices } = await choicesOf([{ ...patched, dtype }], {
        methods: ['block', 'kpd'],
        kept,
      });
      const valueBytes = dtype === 'float32' ? 4 : 2;
      for (const choice of choices) {
        const [height, width] = choice.attributes?.block as readonly number[];
        const rank = Number(choice.rank);
        const grid = Math.ceil(64 / height) * Math.ceil(96 / width);
        const blocks = Number(choice.attributes?.blocks ?? rank);
        const [parameters, indices] =
          choice.method === 'block'
            ? [rank * height * width, 4 * (Math.ceil(64 / height) + 1 + rank)]
            : [rank * (blocks + height * width), Math.min(Math.ceil(grid / 8), 4 * blocks)];
        expect(choice).toMatchObject({ parameters, bytes: parameters * valueBytes + indices });
        expect(choice.bytes).toBeLessThanOrEqual((choice.kept ?? 0) * choice.denseBytes);
        expect(choice.keptActual).toBe(parameters / (64 * 96));
        expect(choice.profitable).toBe(choice.macs < choice.denseMacs);
      }
      expect(choices).toHaveLength(4);
    },
  );

  it('find the size of blocks that the weights were made of', async () => {
    const { choices } = await choicesOf([patched], { methods: ['block'], kept: [0.36] });
    // A third of the blocks hold all but some 2e-4 of the squares.
    expect(choices[0].attributes).toEqual({ block: [8, 8] });
    expect(choices[0].error.relative).toBeLessThan(0.02);
  });

  it('meet an error or an energy with the fewest bytes', async () => {
    const { choices } = await choicesOf([{ ...patched, dtype: 'float16' }], {
      methods: ['block', 'kpd'],
      error: [0.02, 0.5],
    });
    expect(choices.map(({ method, askedError }) => [method, askedError])).toContainEqual([
      'block',
      0.02,
    ]);
    for (const { error, askedError, method, rank, attributes } of choices) {
      expect(error.relative, method).toBeLessThanOrEqual((askedError ?? 0) + 1e-12);
      expect(method === 'kpd' || attributes?.block !== undefined).toBe(true);
      expect(Number(rank)).toBeGreaterThan(0);
    }
    const byError = choices.find(
      ({ method, askedError }) => method === 'block' && askedError === 0.5,
    );
    const { choices: byEnergy } = await choicesOf([{ ...patched, dtype: 'float16' }], {
      methods: ['block'],
      energy: [0.75],
    });
    expect(byEnergy[0]).toMatchObject({ rank: byError?.rank, attributes: byError?.attributes });
  });

  it('say of an explicit number of blocks when it does not pay, and why', async () => {
    // 64 x 96 values are 24 blocks of 16 x 16; all of them with their indices are more than dense.
    const { choices } = await choicesOf([patched], { methods: ['block'], rank: 24 });
    expect(choices[0]).toMatchObject({ profitable: false, rank: 24 });
    expect(choices[0].reason).toBe(
      '6,144 parameters are not fewer than the dense 6,144; it is smaller up to 23 blocks',
    );
    const narrow = { name: 'narrow', shape: [40, 3], values: noise(4, [40, 3]) };
    const { choices: others } = await choicesOf([narrow], { methods: ['block'], rank: 100 });
    expect(others[0].reason).toMatch(/^rank 100 was cut down to 3, which the tensor allows; /);
  });

  it('say when it is the indices that make them larger than dense', async () => {
    const tiny: TestTensor = { name: 'tiny', shape: [4, 5], values: noise(5, [4, 5]) };
    const { choices } = await choicesOf([{ ...tiny, dtype: 'float16' }], {
      methods: ['block'],
      kept: [0.01],
    });
    // No block is so small; one of 4 x 4 takes 32 bytes and 12 of pointers and an index.
    expect(choices[0]).toMatchObject({ rank: 1, parameters: 16, bytes: 44, profitable: false });
    expect(choices[0].reason).toBe(
      '44 bytes, those that say which blocks are kept included, are not fewer than the dense 40; ' +
        'no number of blocks is smaller',
    );
  });

  it('are what a plan picks where they are best, and what it then writes', async () => {
    const path = await writeWeights(at('net.safetensors'), [patched, fc]);
    const result = await inProcessEngine().choices({
      path,
      methods: ['svd', 'block', 'kpd'],
      kept: [0.2, 0.36, 0.5],
      seed: 1,
    });
    const { plan, summary } = await inProcessEngine().plan({
      ...result,
      budget: { kept: 0.4 },
      overrides: [],
    });
    const entry = plan.tensors.find(({ tensor }) => tensor === 'patched');
    expect(entry).toMatchObject({ method: 'block', attributes: { block: [8, 8] } });
    expect(entry?.reason).toMatch(/^Block-sparse, \d+ blocks: /);
    const output = { path: at('out.safetensors'), temporary: at('out.tmp') };
    const report = await inProcessEngine().compress({ path, plan, output });
    expect(report.tensors[0].relativeError).toBeCloseTo(entry?.relativeError ?? NaN, 6);
    expect(report).toMatchObject({ parameters: summary.parameters, macs: summary.macs });
    expect(report.tensors.reduce((sum, { bytes }) => sum + bytes, 0)).toBe(summary.bytes);
  });
});

describe('an explicit rank', () => {
  it('takes the place of levels', async () => {
    const { choices } = await choicesOf([conv], { methods: ['tucker'], rank: [4, 3, 3, 3] });
    expect(choices).toHaveLength(1);
    expect(choices[0]).toMatchObject({ rank: [4, 3, 3, 3] });
    expect(choices[0].kept).toBeUndefined();
  });

  it('is cut down to what the shape allows, with a remark', async () => {
    const { choices } = await choicesOf([fc], { methods: ['svd'], rank: 100 });
    expect(choices[0].rank).toBe(20);
    expect(choices[0].profitable).toBe(false);
    expect(choices[0].reason).toMatch(/^rank 100 was cut down to 20, .*; 1,000 parameters are not/);
    const { choices: tt } = await choicesOf([conv], { methods: ['tt'], rank: [1, 2, 100, 2, 1] });
    expect(tt[0].rank).toEqual([1, 2, 6, 2, 1]);
    expect(tt[0].reason).toContain('cut down to (1, 2, 6, 2, 1)');
  });

  it('of the wrong form for some tensors leaves those out, with the reason', async () => {
    const { choices, skipped } = await choicesOf([conv, fc], {
      methods: ['tucker'],
      rank: [4, 3, 3, 3],
    });
    expect(choices.map(({ tensor }) => tensor)).toEqual(['conv']);
    expect(skipped).toMatchObject([{ tensor: 'fc' }]);
  });

  it('of the wrong form for all is an error', async () => {
    await expect(choicesOf([conv], { methods: ['svd'], rank: [1, 2] })).rejects.toThrow(UsageError);
  });

  it('is refused for several methods', async () => {
    await expect(choicesOf([conv], { rank: 3 })).rejects.toThrow('exactly one method');
  });
});

describe('an error or an energy', () => {
  it('leads to the smallest choice within it, which names what was asked for', async () => {
    const error = [0.2, 0.3];
    const { choices, skipped } = await choicesOf([{ ...conv, dtype: 'float64' }], { error });
    expect(skipped).toEqual([]);
    expect(choices.map(({ method, askedError }) => [method, askedError])).toEqual(
      methods.flatMap((method) => error.map((level) => [method, level])),
    );
    for (const choice of choices) {
      expect(choice.error.relative).toBeLessThanOrEqual(choice.askedError ?? NaN);
      expect(choice.kept).toBeUndefined();
      expect(choice.parameters).toBeLessThanOrEqual(choice.denseParameters);
    }
    const { choices: byEnergy } = await choicesOf([{ ...conv, dtype: 'float64' }], {
      energy: [1 - 0.2 ** 2],
    });
    const ranks = (all: readonly Choice[]) => all.map(({ method, rank }) => [method, rank]);
    expect(ranks(byEnergy)).toEqual(ranks(choices.filter((one) => one.askedError === 0.2)));
    expect(byEnergy[0].askedEnergy).toBe(1 - 0.2 ** 2);
  });

  it('includes the rounding of the factors in half precision', async () => {
    // Whole numbers, exact in every type, so that truncation leaves the same in all of them.
    const values = noise(9, [20, 30]).map((value) => Math.round(4 * value));
    const matrix = { name: 'whole', shape: [20, 30], values };
    const svd = { methods: ['svd'] } as const;
    const ofRank = async (dtype: DType) =>
      (await choicesOf([{ ...matrix, dtype }], { ...svd, rank: 5 })).choices[0].error.relative;
    const error = (await ofRank('float64')) * (1 + 1e-9);
    for (const [dtype, rank] of [
      ['float64', 5],
      ['bfloat16', 6],
      ['float16', 6],
    ] as const) {
      const { choices } = await choicesOf([{ ...matrix, dtype }], { ...svd, error: [error] });
      expect([dtype, choices[0].rank]).toEqual([dtype, rank]);
      expect(choices[0].error.relative).toBeLessThanOrEqual(error);
      expect((await ofRank(dtype)) <= error).toBe(rank === 5);
    }
  });

  it('that takes more parameters than the tensor has is not answered, method by method', async () => {
    const grain = { name: 'grain', shape: [12, 9], values: noise(4, [12, 9]) };
    const { choices, skipped } = await choicesOf([grain, bias], {
      methods: ['svd', 'kronecker'],
      error: [1e-3, 0.02, 0.95],
    });
    expect(choices.map(({ method, askedError }) => [method, askedError])).toEqual([
      ['svd', 0.95],
      ['kronecker', 0.95],
    ]);
    const reason =
      'a relative error of at most 0.1 % or 2 % takes more parameters than the dense tensor has';
    expect(skipped).toEqual([
      { tensor: 'grain', shape: [12, 9], method: 'svd', reason },
      { tensor: 'grain', shape: [12, 9], method: 'kronecker', reason },
      { tensor: 'bias', shape: [12], reason: '1-D tensor' },
    ]);
    const none = await choicesOf([{ ...grain, dtype: 'bfloat16' }], { energy: [0.9999] });
    expect(none.choices).toEqual([]);
    expect(none.skipped.map(({ method }) => method)).toEqual([...methods]);
    expect(none.skipped[0].reason).toBe(
      'at least 99.99 % of the energy, rounding to bfloat16 included, takes more parameters than ' +
        'the dense tensor has',
    );
  });
});

describe('a request that makes no sense', () => {
  it.each<[string, Partial<ChoicesRequest>, string]>([
    ['no methods', { methods: [] }, 'No method'],
    ['an unknown method', { methods: ['magic' as 'svd'] }, '"magic" is unknown'],
    ['no levels', { kept: [] }, 'No kept fraction'],
    ['a level of 0', { kept: [0.5, 0] }, 'above 0'],
    ['a level above 1', { kept: [1.5] }, 'at most 1'],
    ['two kinds of levels', { kept: [0.5], error: [0.1] }, 'not kept and error'],
    ['no kind of levels', { kept: undefined, error: undefined }, 'not none'],
    ['no errors', { error: [] }, 'No error was given'],
    ['no energies', { energy: [] }, 'No energy was given'],
    ['an error above 1', { error: [1.5] }, 'from 0 to 1'],
    ['an error that is no number', { error: [NaN] }, 'from 0 to 1'],
    ['an energy above 1', { energy: [1.1] }, 'from 0 to 1'],
    ['a fractional seed', { seed: 0.5 }, 'seed'],
    ['a glob that matches nothing', { tensors: ['zz*'] }, 'No tensor'],
  ])('(%s) is refused in one sentence', async (_, request, message) => {
    const result = choicesOf([fc], request);
    await expect(result).rejects.toThrow(UsageError);
    await expect(result).rejects.toThrow(message);
  });
});
