import type { Arena } from '../arena';
import type { ThreadContext } from '../operation';
import { productItem, productParameters, tilingOf } from '../tiles';
import { addressOf, type ArenaView, type Runner, type Step, type StepOperations } from './runner';
import { secularRootsItem, secularVectorsItem, secularWeightsItem } from './secularEquation';
import { symmetricRowsItem, symmetricRowsSingleItem } from './symmetricProduct';
import { updateRowsSingleItem } from './trailingSingle';

/** What computes each step. */
export const stepOperations: StepOperations = {
  symmetricRows: symmetricRowsItem,
  symmetricRowsSingle: symmetricRowsSingleItem,
  updateRowsSingle: updateRowsSingleItem,
  secularRoots: secularRootsItem,
  secularWeights: secularWeightsItem,
  secularVectors: secularVectorsItem,
};

/** An algorithm on one thread alone, any of the team's, with `arena` as its workspace. */
export function aloneOn(context: ThreadContext, arena: Arena): Runner {
  return {
    ...context,
    arena,
    product(size, a, b, c, { alpha = 1, into = 'add', upperOnly = false } = {}): void {
      const { m, n, k } = size;
      if (m === 0 || n === 0) {
        return;
      }
      if (k === 0) {
        for (let i = 0; into === 'replace' && i < m; i++) {
          c.data.fill(0, i * c.rowStride, i * c.rowStride + n);
        }
        return;
      }
      const target = { c: addressOf(c.data), cRow: c.rowStride, accumulate: into === 'add' };
      const product = { ...size, a: resident(a), b: resident(b), ...target, alpha, upperOnly };
      const tiling = tilingOf(product);
      const parameters = Float64Array.from(productParameters(product, tiling));
      for (let item = 0; item < tiling.count; item++) {
        productItem(context, parameters, item);
      }
    },
    run(step: Step, parameters: readonly number[], items: number): void {
      const all = Float64Array.from([0, ...parameters]);
      for (let item = 0; item < items; item++) {
        stepOperations[step](context, all, item);
      }
    },
    // An item of an operation is finished once it is begun.
    look(): void {},
  };
}

function resident({ data, rowStride, columnStride }: ArenaView): {
  readonly address: number;
  readonly rowStride: number;
  readonly columnStride: number;
  readonly size: number;
} {
  return { address: addressOf(data), rowStride, columnStride, size: 8 };
}
