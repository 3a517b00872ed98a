import { describe, expect, it } from 'vitest';
import type { PlanRequest } from '../../../../src/protocol/engine';
import { UsageError } from '../../../../src/failures';
import { methods, type Method } from '../../../../src/engine/decompositions/decomposition';
import { createRandom } from '../../../../src/engine/random';
import type { Choice, TensorCost } from '../../../../src/engine/selection/choice';
import { choosePlan } from '../../../../src/engine/selection/planner';

function cost(tensor: string, parameters: number, norm = 10): TensorCost {
  const shape = [parameters, 1];
  return {
    tensor,
    shape,
    dtype: 'float32',
    parameters,
    bytes: 4 * parameters,
    macs: parameters,
    norm,
  };
}

function choice(
  of: TensorCost,
  method: Method,
  kept: number,
  absolute: number,
  more: Partial<Choice> = {},
): Choice {
  const parameters = Math.round(of.parameters * kept);
  return {
    tensor: of.tensor,
    shape: of.shape,
    method,
    kept,
    rank: Math.round(kept * 10),
    parameters,
    denseParameters: of.parameters,
    keptActual: parameters / of.parameters,
    bytes: 4 * parameters,
    denseBytes: of.bytes,
    macs: parameters,
    denseMacs: of.macs,
    error: { absolute, relative: absolute / (of.norm ?? 1), scaled: absolute / of.parameters },
    profitable: parameters < of.parameters,
    elapsedMs: 1,
    ...more,
  };
}

function request(overrides: Partial<PlanRequest>): PlanRequest {
  return {
    file: 'net.safetensors',
    seed: 7,
    tensors: [],
    choices: [],
    skipped: [],
    budget: { kept: 0.5 },
    overrides: [],
    ...overrides,
  };
}

const fc = cost('fc', 100);
const conv = cost('conv', 50);
const bias = cost('bias', 10);

/** Errors fall with size; `tucker` is better on `conv`, `svd` on `fc`. */
const choices = [0.2, 0.5, 0.8].flatMap((kept) => [
  choice(fc, 'svd', kept, 8 * (1 - kept)),
  choice(fc, 'tucker', kept, 9 * (1 - kept)),
  choice(conv, 'svd', kept, 4 * (1 - kept)),
  choice(conv, 'tucker', kept, 2 * (1 - kept)),
]);
const skipped = [{ tensor: 'bias', shape: [10], reason: '1-D tensor' }];
const small = request({ tensors: [fc, conv, bias], choices, skipped });

/** The least summed squared error over all combinations within the limit. */
function bruteForce({ tensors, choices: all }: PlanRequest, limit: number): number {
  let best = Infinity;
  const visit = (i: number, size: number, error: number) => {
    if (size > limit) {
      return;
    }
    if (i === tensors.length) {
      best = Math.min(best, error);
      return;
    }
    visit(i + 1, size + tensors[i].parameters, error);
    for (const one of all) {
      if (one.tensor === tensors[i].tensor && one.profitable) {
        visit(i + 1, size + one.parameters, error + one.error.absolute ** 2);
      }
    }
  };
  visit(0, 0, 0);
  return best;
}

describe('the plan under a size budget', () => {
  it('has the least summed squared error that any combination reaches', () => {
    for (let seed = 1; seed <= 20; seed++) {
      const random = createRandom(seed);
      const tensors = Array.from({ length: 4 }, (_, i) =>
        cost(`t${i}`, 20 + Math.floor(random.next() * 400)),
      );
      const all = tensors.flatMap((tensor) =>
        [0.1, 0.3, 0.6].flatMap((kept) =>
          methods.map((method) => choice(tensor, method, kept, random.next() * 10 * (1 - kept))),
        ),
      );
      const wanted = request({ tensors, choices: all, budget: { kept: 0.35 } });
      const total = tensors.reduce((sum, { parameters }) => sum + parameters, 0);
      const { summary } = choosePlan(wanted);
      expect(summary.parameters).toBeLessThanOrEqual(0.35 * total);
      expect(summary.error.absolute ** 2).toBeCloseTo(bruteForce(wanted, 0.35 * total), 9);
    }
  });

  it('counts what stays dense against the budget, and gives every tensor a reason', () => {
    const { plan, summary } = choosePlan(small);
    expect(summary).toMatchObject({ feasible: true, denseParameters: 160 });
    expect(summary.parameters).toBeLessThanOrEqual(80);
    expect(plan.tensors.map(({ tensor }) => tensor)).toEqual(['fc', 'conv', 'bias']);
    expect(plan.tensors[2]).toMatchObject({ method: 'dense', reason: 'stays dense: 1-D tensor' });
    expect(plan.tensors[0].reason).toMatch(/^SVD rank \d: smallest error at this size$/);
    expect(plan.tensors.every(({ reason }) => reason.length > 0)).toBe(true);
  });

  it('never picks by itself what does not pay', () => {
    const free = { ...choice(fc, 'kronecker', 0.1, 0), profitable: false, reason: 'too many MACs' };
    const { plan } = choosePlan({ ...small, choices: [...choices, free] });
    expect(plan.tensors[0].method).not.toBe('kronecker');
  });

  it('names the file, its hash, the seed and the budget', () => {
    const { plan } = choosePlan({ ...small, sha256: 'ab'.repeat(32) });
    expect(plan).toMatchObject({
      version: 1,
      source: { file: 'net.safetensors', sha256: 'ab'.repeat(32) },
      seed: 7,
      budget: { kept: 0.5 },
    });
  });

  it('gives the smallest plan and says so when the budget cannot be met', () => {
    const { plan, summary } = choosePlan({ ...small, budget: { kept: 0.1 } });
    expect(summary.feasible).toBe(false);
    expect(summary.reason).toMatch(/10 %.*cannot be reached: the smallest plan keeps 25 %/);
    expect(summary.parameters).toBe(20 + 10 + 10);
    expect(plan.tensors.map(({ method }) => method)).toEqual(['svd', 'tucker', 'dense']);
  });

  it('leaves everything dense when the budget allows it', () => {
    const { plan, summary } = choosePlan({ ...small, budget: { kept: 1 } });
    expect(plan.tensors.every(({ method }) => method === 'dense')).toBe(true);
    expect(summary.error).toEqual({ absolute: 0, relative: 0 });
  });

  it('prefers the first method where several are one and the same but for rounding', () => {
    const same = (['tt', 'cp', 'svd'] as const).map((method, i) =>
      choice(fc, method, 0.5, 4 - i * 1e-14 * (method === 'svd' ? -1 : 1)),
    );
    const { plan } = choosePlan(request({ tensors: [fc], choices: same }));
    expect(plan.tensors[0].method).toBe('svd');
  });

  it('gives the same plan whatever the order of the choices', () => {
    const reversed = choosePlan({ ...small, choices: [...choices].reverse() });
    expect(reversed).toEqual(choosePlan(small));
  });

  it('sums the error as a share of the norm of the tensors that were read', () => {
    const { summary } = choosePlan(small);
    const norm = Math.sqrt(3 * 10 ** 2);
    expect(summary.error.relative).toBeCloseTo(summary.error.absolute / norm, 12);
  });
});

it('tells the relative error of matrices and kernels, whatever the size of the vectors', () => {
  const variance = { ...cost('running_var', 10, 1e6), shape: [10], macs: 0 };
  const plain = choosePlan(small).summary;
  const { summary } = choosePlan({ ...small, tensors: [...small.tensors, variance] });
  expect(summary.error.relative).toBeCloseTo(plain.error.relative, 1);
});

describe('the plan under an error bound', () => {
  it('takes the fewest parameters within the bound, tensor by tensor', () => {
    const { plan, summary } = choosePlan({ ...small, budget: { maxError: 0.41 } });
    // fc: svd at 0.5 has 0.4; conv: tucker at 0.2 has 0.16.
    expect(plan.tensors.slice(0, 2)).toMatchObject([
      { method: 'svd', kept: 0.5 },
      { method: 'tucker', kept: 0.2 },
    ]);
    expect(plan.tensors[0].reason).toContain('relative error of at most 41 %');
    expect(summary.feasible).toBe(true);
  });

  it('leaves dense what no choice brings within the bound, with the best error there is', () => {
    const { plan } = choosePlan({ ...small, budget: { maxError: 0.1 } });
    expect(plan.tensors[0]).toMatchObject({ method: 'dense' });
    expect(plan.tensors[0].reason).toContain('(the best has 16 %)');
  });
});

describe('overrides', () => {
  it('leave a tensor dense', () => {
    const overrides = [{ tensor: 'conv', method: 'dense' }] as const;
    const { plan } = choosePlan({ ...small, overrides });
    expect(plan.tensors[1]).toMatchObject({
      method: 'dense',
      reason: 'stays dense: excluded by you',
    });
  });

  it('fix a method and let the plan choose its level', () => {
    const overrides = [{ tensor: 'conv', method: 'svd' }] as const;
    const { plan } = choosePlan({ ...small, overrides });
    expect(plan.tensors[1].method).toBe('svd');
    expect(plan.tensors[1].reason).toContain('method chosen by you');
  });

  it('fix method and level, even one that does not pay, and say so', () => {
    const dear = choice(conv, 'cp', 0.9, 0.1, { profitable: false, reason: 'more multiply-adds' });
    const overrides = [{ tensor: 'conv', method: 'cp', kept: 0.9 }] as const;
    const { plan } = choosePlan({ ...small, choices: [...choices, dear], overrides });
    expect(plan.tensors[1]).toMatchObject({ method: 'cp', kept: 0.9 });
    expect(plan.tensors[1].reason).toContain('although it does not pay: more multiply-adds');
  });

  it('may be what makes a budget impossible, which is then said', () => {
    const overrides = [{ tensor: 'fc', method: 'dense' }] as const;
    const { summary } = choosePlan({ ...small, budget: { kept: 0.5 }, overrides });
    expect(summary.feasible).toBe(false);
    expect(summary.reason).toContain('other overrides');
  });

  it('beyond an error bound make it unfeasible, naming the tensor', () => {
    const overrides = [{ tensor: 'fc', method: 'svd', kept: 0.2 }] as const;
    const { summary } = choosePlan({ ...small, budget: { maxError: 0.5 }, overrides });
    expect(summary.feasible).toBe(false);
    expect(summary.reason).toContain('"fc"');
  });

  it('leave a tensor dense when what they ask for was not computed', () => {
    const overrides = [{ tensor: 'fc', method: 'kronecker', kept: 0.5 }] as const;
    const { plan } = choosePlan({ ...small, budget: { kept: 1 }, overrides });
    expect(plan.tensors[0].reason).toBe(
      'stays dense: there is no choice Kronecker at 50 % kept, which was asked for',
    );
  });

  it('of a tensor that is not there are refused', () => {
    const overrides = [{ tensor: 'gone', method: 'dense' }] as const;
    expect(() => choosePlan({ ...small, overrides })).toThrow(UsageError);
  });
});

describe('a budget out of range', () => {
  it.each([{ kept: 0 }, { kept: 1.2 }, { kept: Number.NaN }, { maxError: -1 }])(
    'is refused: %o',
    (budget) => {
      expect(() => choosePlan({ ...small, budget })).toThrow(UsageError);
    },
  );
});

it('plans 1000 tensors of 55 choices while a slider moves', () => {
  const random = createRandom(3);
  const tensors = Array.from({ length: 1000 }, (_, i) =>
    cost(`t${i}`, 1000 + Math.floor(random.next() * 1e6)),
  );
  const all = tensors.flatMap((tensor) =>
    Array.from({ length: 11 }, (_, level) => 0.05 + level * 0.08).flatMap((kept) =>
      methods.map((method) =>
        choice(tensor, method, kept, 10 * (1 - kept) * (0.8 + 0.2 * random.next())),
      ),
    ),
  );
  const many = request({ tensors, choices: all, budget: { kept: 0.3 } });
  choosePlan(many);
  const started = performance.now();
  const { summary } = choosePlan(many);
  // About 60 ms with two cores shared among tests; alone a third of it.
  expect(performance.now() - started).toBeLessThan(500);
  expect(summary.feasible).toBe(true);
  expect(summary.parameters / summary.denseParameters).toBeGreaterThan(0.29999);
});
