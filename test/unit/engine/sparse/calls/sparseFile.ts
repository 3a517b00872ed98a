import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { CancelledError } from '../../../../../src/failures';
import type { Job } from '../../../../../src/engine/job';
import type { SparseTensor } from '../../../../../src/engine/sparse/sparseTensor';
import { temporaryFolder } from '../../../../support/temporaryFolder';

/** Writes a matrix as MatrixMarket, or a tensor as FROSTT, into a folder that is gone after the test. */
export function sparseFile(X: SparseTensor, folder = temporaryFolder()): string {
  const isMatrix = X.dims.length === 2;
  const path = join(folder, isMatrix ? 'data.mtx' : 'data.tns');
  const lines = Array.from(X.values, (value, e) =>
    [...X.indices.map((keys) => keys[e] + 1), value].join(' '),
  );
  const head = isMatrix
    ? ['%%MatrixMarket matrix coordinate real general', `${X.dims.join(' ')} ${lines.length}`]
    : [];
  writeFileSync(path, [...head, ...lines, ''].join('\n'));
  return path;
}

/** A job that is cancelled as soon as `isTime` says so. */
export function cancelledWhen(isTime: () => boolean): Job {
  return {
    throwIfCancelled() {
      if (isTime()) {
        throw new CancelledError();
      }
    },
    report() {},
  };
}
