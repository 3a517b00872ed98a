import { UsageError } from '../../../failures';
import type { StencilModel } from '../stencilModel';
import { entryOf, mostClusters, squaredErrorOf, type Stencil } from '../stencils';
import type { Approximation } from './approximation';
import { narrowIndices, type Factor, type FactorReader } from './factorFile';

/** Labels in 1 or 2 bytes, templates in 4, as the publications count them. */
export function stencilFactors({ stencils }: StencilModel): Factor[] {
  return stencils.flatMap(({ clusters, labels, templates }, s): Factor[] => {
    const single = Float32Array.from(templates);
    if (!single.every(Number.isFinite)) {
      throw new UsageError(
        'The values are too large for the 4-byte templates of ACCAMS and bACCAMS; scale them down, or use another method.',
      );
    }
    return [
      {
        name: `stencil.${s}.rows`,
        shape: [labels[0].length],
        data: narrowIndices(labels[0], clusters[0]),
      },
      {
        name: `stencil.${s}.columns`,
        shape: [labels[1].length],
        data: narrowIndices(labels[1], clusters[1]),
      },
      { name: `stencil.${s}.templates`, shape: clusters, data: single },
    ];
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
  const rows = await reader.indices(`${name}.rows`, dims[0], { below: k });
  const columns = await reader.indices(`${name}.columns`, dims[1], { below: l });
  return {
    clusters: [k, l],
    labels: [Uint16Array.from(rows), Uint16Array.from(columns)],
    templates,
  };
}
