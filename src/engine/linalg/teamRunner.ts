import type { Job } from '../job';
import { kernels, operationKinds, type Kernels } from '../kernels';
import { aloneOn } from '../kernels/eigen/alone';
import type { Runner } from '../kernels/eigen/runner';
import { addProduct } from './blockedProduct';

/** Multiply-adds from which work is worth a hand-over to other threads, some 50 microseconds. */
const sharedFrom = 2 ** 20;
/** Multiply-adds between looks at the stop sign: some 20 ms. */
const workPerLook = 2 ** 27;

/**
 * An algorithm on the thread that owns the kernels, with the help of all of them. Whether a step is
 * shared changes its time, never its result.
 */
export function teamRunner(job: Job, engine: Kernels = kernels()): Runner {
  const { team, arena } = engine;
  const { exports, memory, scratch } = engine;
  const alone = aloneOn({ exports, memory, scratch }, arena);
  return {
    ...alone,
    product(size, a, b, c, options): void {
      if (size.m * size.n * size.k < sharedFrom) {
        alone.product(size, a, b, c, options);
      } else {
        addProduct(size, a, b, c, { ...options, job });
      }
    },
    run(step, parameters, items, workPerItem): void {
      if (items * workPerItem < sharedFrom) {
        alone.run(step, parameters, items, workPerItem);
        return;
      }
      const perLook = Math.max(2 * team.size, Math.floor(workPerLook / workPerItem));
      for (let first = 0; first < items; first += perLook) {
        job.throwIfCancelled();
        team.run(operationKinds[step], [first, ...parameters], Math.min(perLook, items - first));
      }
    },
    look: () => job.throwIfCancelled(),
  };
}
