import type { Job } from '../../job';
import type { CrossModel } from '../columnRowSampling';
import { placeOf } from '../occupied';
import { addScaledRow, lookingEvery } from '../sparseProducts';
import type { CompressedRows, SparseTensor } from '../sparseTensor';
import type { Approximation } from './approximation';
import type { Factor, FactorReader } from './factorFile';

/** C by columns (CSC), R by rows (CSR), both in the indices of the matrix, and U between them. */
export function crossFactors(model: CrossModel): Factor[] {
  const { columns, rows, C, R, middle } = model.factors();
  return [
    { name: 'columns', shape: [columns.length], data: columns },
    { name: 'rows', shape: [rows.length], data: rows },
    ...lineFactors('c', C),
    { name: 'u', shape: [middle.rows, middle.columns], data: middle.data },
    ...lineFactors('r', R),
  ];
}

function lineFactors(name: string, { pointers, columns, values }: CompressedRows): Factor[] {
  return [
    { name: `${name}.indptr`, shape: [pointers.length], data: pointers },
    { name: `${name}.indices`, shape: [columns.length], data: columns },
    { name: `${name}.values`, shape: [values.length], data: values },
  ];
}

export async function readCross(
  reader: FactorReader,
  { dims }: { readonly dims: readonly number[] },
): Promise<Approximation> {
  const [c] = reader.shape('columns', 1);
  const [r] = reader.shape('rows', 1);
  await reader.indices('columns', c, { below: dims[1], ascending: true });
  await reader.indices('rows', r, { below: dims[0], ascending: true });
  const C = await readLines(reader, 'c', c, dims[0]);
  const R = await readLines(reader, 'r', r, dims[1]);
  const U = await reader.matrix('u', c, r);
  // Lines by row of the matrix, those without an entry in C left out; R likewise by column.
  const byRow = turned(C);
  const byColumn = turned(R);
  const places = [byRow.places, byColumn.places];
  /** Line s of R, its columns as places. */
  const lines = { ...R, columns: R.columns.map((j) => placeOf(byColumn.places, j)) };

  /** (C U)[i, :] for occupied row i. */
  function combination(i: number, target: Float64Array): void {
    target.fill(0);
    const { pointers, columns: kept, values } = byRow.lines;
    for (let e = pointers[i]; e < pointers[i + 1]; e++) {
      addScaledRow(target, 0, U.data, kept[e] * r, values[e], r);
    }
  }

  return {
    parameters: C.values.length + R.values.length + c * r,
    hasOrders: true,
    places,
    width: 'all',
    entry([row, column]) {
      const i = placeOf(places[0], row);
      const j = placeOf(places[1], column);
      return i < 0 || j < 0 ? 0 : entryOf(byRow.lines, U.data, byColumn.lines, r, i, j);
    },
    fill({ row, rows, column, columns }, target, job) {
      const weights = new Float64Array(r);
      const look = lookingEvery(job);
      target.fill(0);
      for (let i = 0; i < rows; i++) {
        combination(row + i, weights);
        for (let s = 0; s < r; s++) {
          const weight = weights[s];
          for (let e = lines.pointers[s]; weight !== 0 && e < lines.pointers[s + 1]; e++) {
            const j = lines.columns[e] - column;
            if (j >= 0 && j < columns) {
              target[i * columns + j] += weight * lines.values[e];
            }
          }
        }
        look(lines.values.length + r);
      }
    },
    squaredError: (X, job) => squaredErrorOf(X, places, lines, combination, job),
  };
}

async function readLines(
  reader: FactorReader,
  name: string,
  count: number,
  size: number,
): Promise<CompressedRows> {
  const [entries] = reader.shape(`${name}.values`, 1);
  const pointers = await reader.indices(`${name}.indptr`, count + 1, { below: entries + 1 });
  reader.require(
    pointers[0] === 0 &&
      pointers[count] === entries &&
      pointers.every((pointer, t) => t === 0 || pointer >= pointers[t - 1]),
    `has pointers in "${name}.indptr" that do not ascend from 0 to ${entries}`,
  );
  const columns = await reader.indices(`${name}.indices`, entries, { below: size });
  for (let t = 0; t < count; t++) {
    for (let e = pointers[t] + 1; e < pointers[t + 1]; e++) {
      if (columns[e] <= columns[e - 1]) {
        reader.require(false, `has indices in a line of "${name}.indices" that do not ascend`);
      }
    }
  }
  const values = await reader.numbers(`${name}.values`, [entries]);
  return { pointers, columns, values };
}

/** The transpose, of its lines only those that have entries: line p is line `places[p]`. */
function turned({ pointers, columns, values }: CompressedRows): {
  readonly places: Uint32Array;
  readonly lines: CompressedRows;
} {
  const sorted = columns.slice().sort();
  const places = sorted.filter((index, e) => e === 0 || index !== sorted[e - 1]);
  const starts = new Uint32Array(places.length + 1);
  const placed = columns.map((index) => placeOf(places, index));
  for (const place of placed) {
    starts[place + 1]++;
  }
  for (let p = 0; p < places.length; p++) {
    starts[p + 1] += starts[p];
  }
  const next = starts.slice();
  const turnedColumns = new Uint32Array(columns.length);
  const turnedValues = new Float64Array(columns.length);
  for (let t = 0; t + 1 < pointers.length; t++) {
    for (let e = pointers[t]; e < pointers[t + 1]; e++) {
      const to = next[placed[e]]++;
      turnedColumns[to] = t;
      turnedValues[to] = values[e];
    }
  }
  return { places, lines: { pointers: starts, columns: turnedColumns, values: turnedValues } };
}

/** C[i, :] U R[:, j]. */
function entryOf(
  C: CompressedRows,
  U: Float64Array,
  R: CompressedRows,
  width: number,
  i: number,
  j: number,
): number {
  let sum = 0;
  for (let e = C.pointers[i]; e < C.pointers[i + 1]; e++) {
    for (let f = R.pointers[j]; f < R.pointers[j + 1]; f++) {
      sum += C.values[e] * U[C.columns[e] * width + R.columns[f]] * R.values[f];
    }
  }
  return sum;
}

/** Row by row, the squares of the difference: nothing large is subtracted from anything large. */
function squaredErrorOf(
  X: SparseTensor,
  places: readonly Uint32Array[],
  R: CompressedRows,
  combination: (i: number, target: Float64Array) => void,
  job: Job,
): number {
  const [rows, columns] = X.indices;
  const r = R.pointers.length - 1;
  const weights = new Float64Array(r);
  const difference = new Float64Array(places[1].length);
  const look = lookingEvery(job);
  let sum = 0;
  let e = 0;
  const addOwn = (until: number): void => {
    for (; e < rows.length && rows[e] < until; e++) {
      sum += X.values[e] ** 2;
    }
  };
  for (let i = 0; i < places[0].length; i++) {
    addOwn(places[0][i]);
    combination(i, weights);
    for (; e < rows.length && rows[e] === places[0][i]; e++) {
      const j = placeOf(places[1], columns[e]);
      if (j < 0) {
        sum += X.values[e] ** 2;
      } else {
        difference[j] = X.values[e];
      }
    }
    for (let s = 0; s < r; s++) {
      for (let f = R.pointers[s]; weights[s] !== 0 && f < R.pointers[s + 1]; f++) {
        difference[R.columns[f]] -= weights[s] * R.values[f];
      }
    }
    for (let j = 0; j < difference.length; j++) {
      sum += difference[j] ** 2;
    }
    difference.fill(0);
    look(R.values.length + difference.length);
  }
  addOwn(Infinity);
  return sum;
}
