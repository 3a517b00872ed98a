import { readFileSync } from 'node:fs';
import Ajv from 'ajv';
import { describe, expect, it } from 'vitest';
import { FormatError } from '../../../../src/failures';
import type { Plan } from '../../../../src/engine/selection/plan';
import { formatPlan, parsePlan } from '../../../../src/engine/selection/planFile';

const schemaPath = new URL('../../../../media/press.schema.json', import.meta.url);
const schema = JSON.parse(readFileSync(schemaPath, 'utf8')) as object;
const isValid = new Ajv({ allowUnionTypes: true }).compile(schema);

const plan: Plan = {
  version: 1,
  source: { file: 'net.safetensors', sha256: '0f'.repeat(32) },
  budget: { kept: 0.25 },
  seed: 0,
  tensors: [
    {
      tensor: 'conv.weight',
      method: 'tucker',
      rank: [14, 14, 3, 3],
      kept: 0.1,
      relativeError: 0.3,
      reason: 'Tucker (14, 14, 3, 3): smallest error at this size',
    },
    {
      tensor: 'fc.weight',
      method: 'kronecker',
      rank: 5,
      attributes: { block: [10, 14] },
      kept: 0.2,
      relativeError: 0.2,
      reason: 'Kronecker rank 5: chosen by you',
    },
    {
      tensor: 'fc.bias',
      method: 'dense',
      kept: 1,
      relativeError: 0,
      reason: 'stays dense: 1-D tensor',
    },
  ],
};

/** The plan with one field changed, deep down. */
function broken(change: (copy: Record<string, unknown> & { tensors: unknown[] }) => void): unknown {
  const copy = structuredClone(plan) as unknown as Record<string, unknown> & { tensors: unknown[] };
  change(copy);
  return copy;
}

function firstEntry(copy: { tensors: unknown[] }): Record<string, unknown> {
  return copy.tensors[0] as Record<string, unknown>;
}

describe('a plan file', () => {
  it('reads back as it was written', () => {
    expect(parsePlan(formatPlan(plan), 'p.press.json')).toEqual(plan);
  });

  it.each(['', 'blocks[ 0 ]', 'a [\n 1,\n 2\n] b', '__proto__'])(
    'keeps the tensor name %j to the letter',
    (tensor) => {
      const named = { ...plan, tensors: [{ ...plan.tensors[0], tensor }] };
      expect(parsePlan(formatPlan(named), 'p.press.json')).toEqual(named);
    },
  );

  it('keeps ranks on one line and ends with a line break', () => {
    expect(formatPlan(plan)).toContain('"rank": [14, 14, 3, 3],');
    expect(formatPlan(plan).endsWith('}\n')).toBe(true);
  });

  it('satisfies the schema', () => {
    expect(isValid(JSON.parse(formatPlan(plan)))).toBe(true);
  });

  it('may be written by hand, with no more than names, methods and ranks', () => {
    const byHand = {
      $schema: './press.schema.json',
      version: 1,
      source: { file: 'net.safetensors' },
      budget: { maxError: 0.1 },
      seed: 3,
      tensors: [
        { tensor: 'a', method: 'svd', rank: 4 },
        { tensor: 'b', method: 'dense' },
      ],
    };
    expect(isValid(byHand)).toBe(true);
    expect(parsePlan(`\uFEFF${JSON.stringify(byHand)}`, 'p').tensors).toMatchObject(byHand.tensors);
  });

  it.each<[string, (copy: Parameters<Parameters<typeof broken>[0]>[0]) => void, string]>([
    ['another version', (copy) => (copy.version = 2), '"version"'],
    ['no source', (copy) => delete copy.source, '"source"'],
    ['a hash that is none', (copy) => (copy.source = { file: 'a', sha256: 'x' }), 'sha256'],
    ['two budgets', (copy) => (copy.budget = { kept: 0.1, maxError: 1 }), '"budget"'],
    ['a kept fraction of 0', (copy) => (copy.budget = { kept: 0 }), '"budget"'],
    ['a negative seed', (copy) => (copy.seed = -1), '"seed"'],
    ['an unknown method', (copy) => (firstEntry(copy).method = 'magic'), 'tensors[0].method'],
    ['no rank', (copy) => delete firstEntry(copy).rank, 'tensors[0].rank'],
    ['a rank of 0', (copy) => (firstEntry(copy).rank = [0, 1]), 'tensors[0].rank'],
    ['a fractional rank', (copy) => (firstEntry(copy).rank = 1.5), 'tensors[0].rank'],
    ['a misspelt field', (copy) => (firstEntry(copy).ranks = 3), 'tensors[0].ranks'],
  ])('with %s is refused by reader and schema, naming the field', (_, change, field) => {
    const value = broken(change);
    expect(isValid(value)).toBe(false);
    expect(() => parsePlan(JSON.stringify(value), 'p.press.json')).toThrow(FormatError);
    expect(() => parsePlan(JSON.stringify(value), 'p.press.json')).toThrow(field);
  });

  it('that names a tensor twice is refused', () => {
    const twice = broken((copy) => copy.tensors.push(copy.tensors[0]));
    expect(() => parsePlan(JSON.stringify(twice), 'p')).toThrow('"conv.weight" twice');
  });

  it('that is no JSON is refused', () => {
    expect(() => parsePlan('<html>', 'p.press.json')).toThrow('"p.press.json" is not a plan');
  });
});
