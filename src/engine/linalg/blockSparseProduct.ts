import { Failure } from '../../failures';
import { unattended, type Job } from '../job';
import { kernels, operationKinds, type Kernels } from '../kernels';
import {
  blockSparseItem,
  blockSparseParameters,
  packPanelsItem,
  panelColumns,
  panelStepBytes,
  sparseTilingOf,
  type ResidentBlocks,
} from '../kernels/blockSparse';
import type { Bsr } from '../sparsity/bsr';
import type { FloatArray } from '../tensor/tensor';
import { packBlocks, type PackedBlocks } from './packedBlocks';

/** A row-major matrix in f32. */
export interface SingleMatrix {
  readonly rows: number;
  readonly columns: number;
  readonly data: Float32Array;
}

interface RightSide {
  readonly rows: number;
  readonly columns: number;
  readonly data: FloatArray;
}

/** Multiply-adds from which work is worth a hand-over to other threads. */
const sharedFrom = 2 ** 20;
/** Multiply-adds between looks at the stop sign: some 30 ms on two threads. */
const workPerLook = 2 ** 29;
/** Elements of X, packed and not, and of Y in the kernels' memory at a time; 64 MB. */
const heldAtOnce = 2 ** 24;
/** Columns that a thread packs at a time: whole cache lines, several panels. */
const packedPerItem = 4 * panelColumns;

/**
 * Y = W X in f32: W (m x n) block-sparse, X (n x N) dense, Y (m x N). The stored blocks of W alone
 * are multiplied, on the threads of the kernels. An element of Y is the same with any number of
 * threads. @throws CancelledError, OutOfMemoryError.
 */
export function multiplyBlockSparse(bsr: Bsr, x: RightSide, job: Job = unattended): SingleMatrix {
  const y = new Float32Array(bsr.grid.rows * x.columns);
  multiplyPacked(packBlocks(bsr, job), x, y, job);
  return { rows: bsr.grid.rows, columns: x.columns, data: y };
}

/** As {@link multiplyBlockSparse} with W packed beforehand; every element of `y` (m x N) is set. */
export function multiplyPacked(
  w: PackedBlocks,
  x: RightSide,
  y: Float32Array,
  job: Job = unattended,
): void {
  const { rows: m, columns: n } = w.grid;
  if (x.rows !== n || y.length !== m * x.columns) {
    throw new Failure(
      'internal',
      `Cannot multiply ${m} x ${n} by ${x.rows} x ${x.columns} into ${y.length} elements.`,
    );
  }
  const engine = kernels();
  engine.arena.scope(() => {
    const resident = residentBlocks(engine, w);
    const widest = Math.floor(heldAtOnce / (2 * n + m) / panelColumns) * panelColumns;
    const step = Math.max(panelColumns, widest);
    for (let from = 0; from < x.columns; from += step) {
      const columns = Math.min(step, x.columns - from);
      engine.arena.scope(() => multiplyColumns(engine, { w, resident }, x, y, from, columns, job));
    }
  });
}

/**
 * Puts the packed W where kernels reach it, for the length of the arena's current scope, so that
 * products need not copy it.
 */
export function keepResident(engine: Kernels, w: PackedBlocks): PackedBlocks {
  const { arena } = engine;
  const words = (from: Uint32Array): Uint32Array => {
    const copy = arena.words(from.length);
    copy.set(from);
    return copy;
  };
  let { values } = w;
  if (!arena.holds(values)) {
    values = arena.singles(w.values.length);
    values.set(w.values);
  }
  return {
    ...w,
    runStarts: words(w.runStarts),
    runs: words(w.runs),
    valueStarts: words(w.valueStarts),
    values,
  };
}

function residentBlocks(engine: Kernels, w: PackedBlocks): ResidentBlocks {
  const { grid, runStarts, runs, valueStarts, values } = engine.arena.holds(w.runs)
    ? w
    : keepResident(engine, w);
  return {
    m: grid.rows,
    gridRows: grid.gridRows,
    blockRows: grid.blockRows,
    runStarts: runStarts.byteOffset,
    runs: runs.byteOffset,
    valueStarts: valueStarts.byteOffset,
    values: values.byteOffset,
  };
}

function multiplyColumns(
  engine: Kernels,
  { w, resident }: { readonly w: PackedBlocks; readonly resident: ResidentBlocks },
  x: RightSide,
  y: Float32Array,
  from: number,
  columns: number,
  job: Job,
): void {
  const { arena, team } = engine;
  const { rows: m, columns: n, gridRows } = w.grid;
  job.throwIfCancelled();
  const plain = arena.singles(n * columns);
  copyColumns(x.data, x.columns, from, plain, columns, 0, columns, n);
  const panels = arena.reserve(Math.ceil(columns / panelColumns) * n * panelStepBytes);
  const pack = [plain.byteOffset, columns * 4, n, columns, panels, packedPerItem];
  const packs = Math.ceil(columns / packedPerItem);
  const work = w.macs * columns;
  const isShared = work >= sharedFrom;
  if (isShared) {
    team.run(operationKinds.packPanels, pack, packs);
  } else {
    runAlone(engine, packPanelsItem, pack, packs);
  }

  const target = arena.singles(m * columns);
  const tiling = sparseTilingOf(gridRows, w.valueCount * 4, columns);
  const operands = (first: number): number[] =>
    blockSparseParameters(
      resident,
      { panels, steps: n, columns },
      { address: target.byteOffset, rowBytes: columns * 4 },
      tiling,
      first,
    );
  const perLook = Math.max(2 * team.size, Math.floor((workPerLook / work) * tiling.count));
  for (let first = 0; first < tiling.count; first += perLook) {
    job.throwIfCancelled();
    const items = Math.min(perLook, tiling.count - first);
    if (isShared) {
      team.run(operationKinds.blockSparse, operands(first), items);
    } else {
      runAlone(engine, blockSparseItem, operands(first), items);
    }
  }
  copyColumns(target, columns, 0, y, x.columns, from, columns, m);
}

function runAlone(
  engine: Kernels,
  operation: typeof packPanelsItem,
  parameters: readonly number[],
  items: number,
): void {
  const own = Float64Array.from(parameters);
  for (let item = 0; item < items; item++) {
    operation(engine, own, item);
  }
}

/** `count` columns of `rows` rows, from column `fromColumn` to column `toColumn`. */
function copyColumns(
  source: FloatArray,
  sourceColumns: number,
  fromColumn: number,
  target: Float32Array,
  targetColumns: number,
  toColumn: number,
  count: number,
  rows: number,
): void {
  if (sourceColumns === count && targetColumns === count) {
    target.set(source);
    return;
  }
  for (let row = 0; row < rows; row++) {
    const from = row * sourceColumns + fromColumn;
    target.set(source.subarray(from, from + count), row * targetColumns + toColumn);
  }
}
