import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { unattended } from '../../../../../src/engine/job';
import { Evaluator } from '../../../../../src/engine/sparse/neukron/evaluator';
import { networkOf } from '../../../../../src/engine/sparse/neukron/network';
import { parameterLayout } from '../../../../../src/engine/sparse/neukron/parameters';
import { positionCode } from '../../../../../src/engine/sparse/neukron/positionCode';
import { generatedProduct, lossAt, scaleOf } from '../../../../../src/engine/sparse/neukron/scale';
import { sparseTensor, squaredNorm } from '../../../../../src/engine/sparse/sparseTensor';
import { sharedPath } from '../../../../support/shared';

/** The f32 and i64 tensors of a safetensors file, as numbers. */
function readTensors(path: string): Map<string, number[]> {
  const bytes = readFileSync(path);
  const length = Number(bytes.readBigUInt64LE(0));
  const header = JSON.parse(bytes.toString('utf8', 8, 8 + length)) as Record<
    string,
    { dtype: string; data_offsets: [number, number] }
  >;
  return new Map(
    Object.entries(header)
      .filter(([name]) => name !== '__metadata__')
      .map(
        ([
          name,
          {
            dtype,
            data_offsets: [from, to],
          },
        ]) => {
          const start = 8 + length;
          const size = dtype === 'I64' ? 8 : 4;
          return [
            name,
            Array.from({ length: (to - from) / size }, (_, i) =>
              dtype === 'I64'
                ? Number(bytes.readBigInt64LE(start + from + i * 8))
                : bytes.readFloatLE(start + from + i * 4),
            ),
          ];
        },
      ),
  );
}

const examples = [
  {
    name: 'matrix',
    heads: ['linear.0', 'linear_sec.0'],
    orders: ['node_perm', 'edge_perm'],
    loss: 437.3331,
    closedForm: 360.21,
  },
  {
    name: 'tensor',
    heads: ['linears.0.0', 'linears.1.0', 'linears.2.0'],
    orders: ['perms.0', 'perms.1', 'perms.2'],
    loss: 84931.2083,
    closedForm: undefined,
  },
].map((example) => ({
  ...example,
  model: sharedPath(`data/weights/derived/neukron-${example.name}-example.safetensors`),
  data: sharedPath(`data/sparse/neukron/example_${example.name}.txt`),
}));

describe('networks trained by the reference code', () => {
  for (const { name, heads, orders, loss, closedForm, model, data } of examples) {
    it.skipIf(!model || !data)(
      `have the loss stored with them: ${name} (needs shared/data)`,
      () => {
        const tensors = readTensors(model!);
        const get = (part: string): number[] => tensors.get(`model.module.${part}`)!;
        const layout = parameterLayout({ cell: 'lstm', hidden: 59, modes: heads.length });
        const parameters = Float32Array.from(
          [
            'input_emb.weight',
            'rnn.weight_ih_l0',
            'rnn.weight_hh_l0',
            'rnn.bias_ih_l0',
            'rnn.bias_hh_l0',
            ...heads.flatMap((head) => [`${head}.weight`, `${head}.bias`]),
            'sos',
            'level_sq_sum',
          ].flatMap(get),
        );
        expect(parameters.length).toBe(layout.count);

        const lines = readFileSync(data!, 'utf8').trim().split('\n');
        const first = lines[0].split(',').map(Number);
        const dims = first.slice(first.length - heads.length);
        const rows = lines.slice(1).map((line) => line.split(',').map(Number));
        const X = sparseTensor(
          dims,
          dims.map((_, mode) => Uint32Array.from(rows, (row) => row[mode])),
          Float64Array.from(rows, (row) => row[dims.length]),
        );
        const code = positionCode(dims);
        const positions = orders.map((order) => Uint32Array.from(tensors.get(order)!));
        const y = new Float32Array(X.values.length);
        new Evaluator(code, X).evaluate(networkOf(layout, parameters), positions, y, unattended);
        const g = generatedProduct(X.values, y);
        const norm = squaredNorm(X);
        const Q = parameters[layout.scale.offset];
        const levels = code.levels.length;
        const found = lossAt(scaleOf('learned', g, Q, levels), g, norm);
        expect(Math.abs(found / loss - 1)).toBeLessThan(1e-6);
        if (closedForm !== undefined) {
          const best = lossAt(scaleOf('closed-form', g, Q, levels), g, norm);
          expect(Math.abs(best - closedForm)).toBeLessThan(0.006);
        }
      },
    );
  }
});
