import { describe, expect, it } from 'vitest';
import type { Choice, ChoicesModel, PlanEntry } from '../../../../src/protocol/choices';
import {
  curveOf,
  describeGroups,
  groupMethods,
  isPlanned,
  plannedChoice,
  planRows,
  withOverride,
  withoutOverride,
} from '../../../../webview/choices/planRows';

function choice(change: Partial<Choice> = {}): Choice {
  return {
    tensor: 'w',
    shape: [8, 8],
    method: 'svd',
    kept: 0.5,
    rank: 2,
    parameters: 32,
    denseParameters: 64,
    keptActual: 0.5,
    bytes: 128,
    denseBytes: 256,
    macs: 32,
    denseMacs: 64,
    error: { absolute: 1, relative: 0.25, scaled: 0.01 },
    profitable: true,
    elapsedMs: 1,
    ...change,
  };
}

function entry(change: Partial<PlanEntry> = {}): PlanEntry {
  return {
    tensor: 'w',
    method: 'svd',
    rank: 2,
    kept: 0.5,
    relativeError: 0.25,
    reason: '',
    ...change,
  };
}

describe('planRows', () => {
  const tensors = ['w', 'b', 'v'].map((tensor) => ({
    tensor,
    shape: [8, 8],
    dtype: 'float32',
    parameters: 64,
    bytes: 256,
    macs: 64,
  }));
  const planned = {
    plan: {
      version: 1,
      source: { file: 'f' },
      budget: { kept: 0.5 },
      seed: 0,
      tensors: [entry(), entry({ tensor: 'b', method: 'dense', rank: undefined, kept: 1 })],
    },
  } as unknown as ChoicesModel['planned'];
  const rows = planRows(
    {
      tensors,
      choices: [choice()],
      skipped: [{ tensor: 'b', shape: [8], reason: 'a vector' }],
      planned,
    },
    [
      { tensor: 'w', method: 'svd', kept: 0.5 },
      { tensor: 'v', method: 'dense' },
    ],
    [{ tensor: 'w', method: 'svd', kept: 0.5 }],
  );

  it('gives every tensor of the file a row, in its order', () => {
    expect(rows.map(({ name }) => name)).toEqual(['w', 'b', 'v']);
  });

  it('takes the size after from the planned choice, or from the dense tensor', () => {
    expect(rows.map(({ bytesAfter }) => bytesAfter)).toEqual([128, 256, undefined]);
  });

  it('carries the reason of a skipped tensor and the override of a person', () => {
    expect(rows[1]?.skipped).toBe('a vector');
    expect(rows[0]?.override).toEqual({ tensor: 'w', method: 'svd', kept: 0.5 });
  });

  it('does not call a plan made by hand before it follows the override', () => {
    expect(rows.map(({ isByHand }) => isByHand)).toEqual([true, false, false]);
    expect(rows[2]?.override).toEqual({ tensor: 'v', method: 'dense' });
  });
});

describe('plannedChoice', () => {
  it('compares tuples of ranks by value', () => {
    const tucker = choice({ method: 'tucker', rank: [2, 2, 3, 3] });
    expect(plannedChoice(entry({ method: 'tucker', rank: [2, 2, 3, 3] }), [choice(), tucker])).toBe(
      tucker,
    );
  });

  it('prefers, of equal ranks, the choice that keeps the same', () => {
    const near = choice({ kept: 0.6, keptActual: 0.5 });
    expect(plannedChoice(entry(), [choice({ keptActual: 0.4 }), near])).toBe(near);
  });

  it('finds nothing for a dense tensor', () => {
    expect(plannedChoice(entry({ method: 'dense', rank: undefined }), [choice()])).toBeUndefined();
  });
});

describe('groupMethods', () => {
  const levels = (method: Choice['method'], errors: readonly number[]) =>
    errors.map((relative, index) =>
      choice({
        method,
        kept: (index + 1) / 4,
        keptActual: (index + 1) / 4,
        parameters: 16 * (index + 1),
        error: { absolute: relative, relative, scaled: relative },
      }),
    );
  const order = ['svd', 'cp', 'tucker', 'tt', 'kronecker'] as const;

  it('collapses methods that come to the same thing, and says so', () => {
    const groups = groupMethods(
      [
        ...levels('tt', [0.5, 0.2]),
        ...levels('svd', [0.5, 0.2]),
        ...levels('cp', [0.5, 0.2 + 1e-12]),
        ...levels('kronecker', [0.6, 0.3]),
      ],
      order,
    );
    expect(groups.map(({ method, others }) => [method, ...others])).toEqual([
      ['svd', 'cp', 'tt'],
      ['kronecker'],
    ]);
    expect(describeGroups(groups)).toBe(
      'CP and Tensor Train equal SVD on this tensor: one curve stands for all.',
    );
  });

  it('lists levels once that come to the same rank', () => {
    const [group] = groupMethods(
      [choice({ kept: 0.2 }), choice({ kept: 0.25 }), choice({ kept: 0.3, rank: 3 })],
      order,
    );
    expect(group?.choices.map(({ kept }) => kept)).toEqual([0.2, 0.3]);
  });

  it('keeps methods apart that differ at one level', () => {
    const groups = groupMethods(
      [...levels('svd', [0.5, 0.2]), ...levels('cp', [0.5, 0.19])],
      order,
    );
    expect(groups).toHaveLength(2);
    expect(describeGroups(groups)).toBeUndefined();
  });

  it('draws a curve by what is really kept, with the better of two equal points', () => {
    const [group] = groupMethods(
      [
        ...levels('svd', [0.5, 0.2]),
        choice({ keptActual: 0.25, error: { absolute: 1, relative: 0.4, scaled: 1 } }),
      ],
      order,
    );
    expect(group && curveOf(group).points).toEqual([
      { x: 0.25, y: 0.4 },
      { x: 0.5, y: 0.2 },
    ]);
  });

  it('marks the planned choice also under the name of an equal method', () => {
    const [group] = groupMethods([...levels('svd', [0.5]), ...levels('tucker', [0.5])], order);
    const [own] = levels('svd', [0.5]);
    const [planned] = levels('tucker', [0.5]);
    expect(own && group && isPlanned(own, group, planned)).toBe(true);
    expect(own && group && isPlanned(own, group, undefined)).toBe(false);
    expect(own && group && isPlanned(own, group, levels('kronecker', [0.5])[0])).toBe(false);
  });
});

describe('overrides', () => {
  it('replace what was said about the same tensor', () => {
    const first = withOverride([], { tensor: 'w', method: 'dense' });
    const second = withOverride(first, { tensor: 'w', method: 'svd', kept: 0.5 });
    expect(second).toEqual([{ tensor: 'w', method: 'svd', kept: 0.5 }]);
    expect(withoutOverride(second, 'w')).toEqual([]);
    expect(withoutOverride(second, 'other')).toEqual(second);
  });
});
