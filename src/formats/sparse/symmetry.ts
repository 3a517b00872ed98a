import { FormatError } from '../../failures';
import type { Job } from '../../engine/job';
import { sparseTensor, type SparseTensor } from '../../engine/sparse/sparseTensor';
import type { Symmetry } from './matrixMarketHeader';

/**
 * The whole matrix of which a file stores one triangle.
 * @throws FormatError when it stores entries of both, or a diagonal of a skew-symmetric matrix.
 */
export function mirrored(
  X: SparseTensor,
  symmetry: Exclude<Symmetry, 'general'>,
  file: string,
  job: Job,
): SparseTensor {
  const [rows, columns] = X.indices;
  const count = X.values.length;
  let below = 0;
  let above = 0;
  for (let e = 0; e < count; e++) {
    below += rows[e] > columns[e] ? 1 : 0;
    above += rows[e] < columns[e] ? 1 : 0;
  }
  if (below > 0 && above > 0) {
    throw new FormatError(
      `"${file}" says that it is ${symmetry} but has entries on both sides of the diagonal, where one side is meant; save it as "general".`,
      { file },
    );
  }
  const onDiagonal = count - below - above;
  if (symmetry === 'skew-symmetric' && onDiagonal > 0) {
    throw new FormatError(
      `"${file}" says that it is skew-symmetric but has ${onDiagonal} entries on its diagonal, which must be 0.`,
      { file, value: onDiagonal, limit: 0 },
    );
  }
  const total = count + below + above;
  const allRows = new Uint32Array(total);
  const allColumns = new Uint32Array(total);
  const values = new Float64Array(total);
  allRows.set(rows);
  allColumns.set(columns);
  values.set(X.values);
  const sign = symmetry === 'skew-symmetric' ? -1 : 1;
  let next = count;
  for (let e = 0; e < count; e++) {
    if (rows[e] !== columns[e]) {
      allRows[next] = columns[e];
      allColumns[next] = rows[e];
      values[next++] = sign * X.values[e];
    }
  }
  return sparseTensor(X.dims, [allRows, allColumns], values, job);
}
