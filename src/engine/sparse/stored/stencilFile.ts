import { UsageError } from '../../../failures';
import { requireRoom } from '../fitting';
import type { StencilModel } from '../stencilModel';
import { entryOf, mostClusters, squaredErrorOf, type Stencil } from '../stencils';
import type { Approximation } from './approximation';
import type { Factor, FactorReader } from './factorFile';
import { decodeLabels, encodeLabels } from './labelCode';

const sides = ['rows', 'columns'] as const;

/** Labels in their Huffman code, templates in 4 bytes, as the publications count them. */
export function stencilFactors({ stencils }: StencilModel): Factor[] {
  return stencils.flatMap(({ clusters, labels, templates }, s): Factor[] => {
    const single = Float32Array.from(templates);
    if (!single.every(Number.isFinite)) {
      throw new UsageError(
        'The values are too large for the 4-byte templates of ACCAMS and bACCAMS; scale them down, or use another method.',
      );
    }
    const coded = sides.flatMap((side, n): Factor[] => {
      const { lengths, bits } = encodeLabels(labels[n], clusters[n]);
      const name = `stencil.${s}.${side}`;
      return [
        { name, shape: [bits.length], data: bits },
        { name: `${name}.lengths`, shape: [lengths.length], data: lengths },
      ];
    });
    return [...coded, { name: `stencil.${s}.templates`, shape: clusters, data: single }];
  });
}

export async function readStencils(
  reader: FactorReader,
  { dims }: { readonly dims: readonly number[] },
): Promise<Approximation> {
  const stencils: Stencil[] = [];
  for (let s = 0; reader.has(`stencil.${s}.templates`); s++) {
    stencils.push(await readStencil(reader, `stencil.${s}`, dims));
  }
  reader.require(stencils.length > 0, 'has no stencils');
  const parameters = stencils.reduce(
    (sum, { templates }) => sum + templates.length + dims[0] + dims[1],
    0,
  );
  return {
    parameters,
    hasOrders: true,
    places: [undefined, undefined],
    width: 'all',
    entry: ([i, j]) => entryOf(stencils, i, j),
    fill({ row, rows, column, columns }, target, job) {
      job.throwIfCancelled();
      target.fill(0);
      for (let i = 0; i < rows; i++) {
        for (const { clusters, labels, templates } of stencils) {
          addLine(
            target.subarray(i * columns, (i + 1) * columns),
            templates.subarray(labels[0][row + i] * clusters[1]),
            labels[1].subarray(column, column + columns),
          );
        }
      }
    },
    squaredError: (X, job) => Math.max(0, squaredErrorOf(X, stencils, job)),
  };
}

function addLine(target: Float64Array, template: Float64Array, labels: Uint16Array): void {
  for (let j = 0; j < target.length; j++) {
    target[j] += template[labels[j]];
  }
}

async function readStencil(
  reader: FactorReader,
  name: string,
  dims: readonly number[],
): Promise<Stencil> {
  const [k, l] = reader.shape(`${name}.templates`, 2);
  reader.require(
    k <= mostClusters && l <= mostClusters,
    `has more than ${mostClusters} clusters in "${name}.templates"`,
  );
  const templates = await reader.numbers(`${name}.templates`, [k, l], 'float32');
  return {
    clusters: [k, l],
    labels: [
      await readLabels(reader, `${name}.rows`, dims[0], k),
      await readLabels(reader, `${name}.columns`, dims[1], l),
    ],
    templates,
  };
}

async function readLabels(
  reader: FactorReader,
  name: string,
  count: number,
  clusters: number,
): Promise<Uint16Array> {
  // Labels of a lone cluster take room in memory alone.
  requireRoom(count / 4, 'Labels', 'Use a machine with more memory.', reader.job);
  const lengths = await reader.packed(`${name}.lengths`, clusters);
  const [length] = reader.shape(name, 1);
  const labels = decodeLabels({ lengths, bits: await reader.packed(name, length) }, count);
  reader.require(labels !== undefined, `has no code of ${count} labels in "${name}"`);
  return labels;
}
