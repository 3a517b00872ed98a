import { unattended, type Job } from '../job';
import { kernels, operationKinds, type Kernels } from '../kernels';
import { productParameters, tilingOf, type Resident, type TiledProduct } from '../kernels/tiles';
import { largestMagnitude, powerOfTwoAbove } from './vectors';

/** A matrix as a strided view, so that a transposed operand costs nothing. One stride is 1. */
export interface StridedView {
  readonly data: Float64Array | Float32Array;
  readonly rowStride: number;
  readonly columnStride: number;
}

/** Where a product goes: row-major. */
export interface Target {
  readonly data: Float64Array;
  readonly rowStride: number;
}

export interface ProductOptions {
  /** Elements wholly below the diagonal may be left alone. */
  readonly upperOnly?: boolean;
  /** C += alpha A B; 1. */
  readonly alpha?: number;
  /** What C holds before: `add` (default) to it, or `replace` it. */
  readonly into?: 'add' | 'replace';
  /** `single`: arithmetic in f32 inside blocks of 512 steps, which are summed in f64. */
  readonly precision?: 'double' | 'single';
  /** `single`: bounds of the operands' magnitudes, where they are known without a look at each. */
  readonly bounds?: { readonly a?: number; readonly b?: number };
  readonly job?: Job;
}

interface Size {
  readonly m: number;
  readonly n: number;
  readonly k: number;
}

/** Multiply-adds between looks at the stop sign: some 30 ms on two threads. */
const workPerLook = 2 ** 29;
/** Elements of operands that are copied to the kernels' memory at a time; 64 MB. */
const copiedAtOnce = 2 ** 23;
/** Elements of C that are kept there; 128 MB, so that a 4096 x 4096 Gram matrix is one piece. */
const targetAtOnce = 2 ** 24;
/** Both depths of a packed block divide it, so pieces do not change the order of sums. */
const depthStep = 512;

/**
 * C (m x n, row-major) += alpha A (m x k) B (k x n), by tiles that the threads of the kernels
 * share. Operands outside the kernels' memory are copied there piece by piece. The value of an
 * element depends on its row, its column and the precision alone.
 */
export function addProduct(
  size: Size,
  a: StridedView,
  b: StridedView,
  c: Float64Array | Target,
  options: ProductOptions = {},
): void {
  const target = 'rowStride' in c ? c : { data: c, rowStride: size.n };
  const { m, n, k } = size;
  if (m === 0 || n === 0) {
    return;
  }
  const { into = 'add', job = unattended } = options;
  job.throwIfCancelled();
  if (k === 0) {
    if (into === 'replace') {
      clear(target, m, n);
    }
    return;
  }
  const engine = kernels();
  const single =
    options.precision === 'single'
      ? { scaleA: scaleFor(a, options.bounds?.a), scaleB: scaleFor(b, options.bounds?.b) }
      : undefined;
  const shared = { alpha: options.alpha ?? 1, upperOnly: options.upperOnly ?? false, single };
  if ([a.data, b.data, target.data].every((data) => engine.arena.holds(data))) {
    const accumulate = into === 'add';
    const c = { c: target.data.byteOffset, cRow: target.rowStride };
    runTiles(engine, { ...size, ...shared, a: resident(a), b: resident(b), ...c, accumulate }, job);
    return;
  }
  const piece = pieceOf(size, shared.upperOnly);
  for (let i0 = 0; i0 < m; i0 += piece.m) {
    for (let j0 = 0; j0 < n; j0 += piece.n) {
      const part = { m: Math.min(piece.m, m - i0), n: Math.min(piece.n, n - j0), k };
      engine.arena.scope(() => {
        const from = { a: shifted(a, i0, 0), b: shifted(b, 0, j0) };
        const to = { ...target, data: target.data.subarray(i0 * target.rowStride + j0) };
        copyAndRun(engine, part, from, to, { ...shared, into, depth: piece.k }, job);
      });
    }
  }
}

/** One piece of C, over all of k. */
function copyAndRun(
  engine: Kernels,
  { m, n, k }: Size,
  from: { readonly a: StridedView; readonly b: StridedView },
  to: Target,
  options: Pick<TiledProduct, 'alpha' | 'upperOnly' | 'single'> & {
    readonly into: 'add' | 'replace';
    readonly depth: number;
  },
  job: Job,
): void {
  const { arena } = engine;
  const { depth, into, ...shared } = options;
  const isDirect = arena.holds(to.data);
  const c = isDirect ? to : { data: arena.doubles(m * n), rowStride: n };
  for (let k0 = 0; k0 < k; k0 += depth) {
    const count = Math.min(depth, k - k0);
    const accumulate = k0 > 0 || (isDirect && into === 'add');
    arena.scope(() => {
      const a = toArena(engine, shifted(from.a, 0, k0), m, count);
      const b = isTransposeOf(from.a, from.b)
        ? { ...a, rowStride: a.columnStride, columnStride: a.rowStride }
        : toArena(engine, shifted(from.b, k0, 0), count, n);
      const target = { c: c.data.byteOffset, cRow: c.rowStride };
      runTiles(engine, { m, n, k: count, a, b, ...target, accumulate, ...shared }, job);
    });
  }
  if (!isDirect) {
    putBack(c.data, to, m, n, into, options.upperOnly);
  }
}

function runTiles({ team }: Kernels, product: TiledProduct, job: Job): void {
  const tiling = tilingOf(product);
  const perLook = Math.max(
    2 * team.size,
    Math.floor(workPerLook / (tiling.rows * tiling.columns * product.k)),
  );
  for (let first = 0; first < tiling.count; first += perLook) {
    job.throwIfCancelled();
    const items = Math.min(perLook, tiling.count - first);
    team.run(operationKinds.product, productParameters(product, tiling, first), items);
  }
}

/** Sizes of what is copied and computed at a time; all of it, when it is not large. */
function pieceOf({ m, n, k }: Size, upperOnly: boolean): Size {
  const isWhole = m * n <= targetAtOnce || upperOnly;
  const rows = isWhole ? m : Math.max(1, Math.min(m, 4096));
  const columns = isWhole ? n : Math.max(1, Math.floor(targetAtOnce / rows));
  const depth = Math.floor(copiedAtOnce / (rows + Math.min(n, columns)) / depthStep) * depthStep;
  return { m: rows, n: Math.min(n, columns), k: Math.max(depthStep, Math.min(k, depth)) };
}

function resident({ data, rowStride, columnStride }: StridedView): Resident {
  return { address: data.byteOffset, rowStride, columnStride, size: data.BYTES_PER_ELEMENT };
}

/** A part of a view (rows x columns) where kernels reach it: itself, or a copy without gaps. */
function toArena({ arena }: Kernels, view: StridedView, rows: number, columns: number): Resident {
  if (arena.holds(view.data)) {
    return resident(view);
  }
  const { data, rowStride, columnStride } = view;
  const isTurned = columnStride !== 1;
  const [lines, length, stride] = isTurned
    ? [columns, rows, columnStride]
    : [rows, columns, rowStride];
  const isDouble = data.BYTES_PER_ELEMENT === 8;
  const copy = isDouble ? arena.doubles(lines * length) : arena.singles(lines * length);
  if (stride === length) {
    copy.set(data.subarray(0, lines * length));
  } else {
    for (let line = 0; line < lines; line++) {
      copy.set(data.subarray(line * stride, line * stride + length), line * length);
    }
  }
  const strides = isTurned
    ? { rowStride: 1, columnStride: length }
    : { rowStride: length, columnStride: 1 };
  return { address: copy.byteOffset, ...strides, size: copy.BYTES_PER_ELEMENT };
}

function shifted(view: StridedView, row: number, column: number): StridedView {
  const from = row * view.rowStride + column * view.columnStride;
  return from === 0 ? view : { ...view, data: view.data.subarray(from) };
}

function isTransposeOf(a: StridedView, b: StridedView): boolean {
  return a.data === b.data && a.rowStride === b.columnStride && a.columnStride === b.rowStride;
}

function putBack(
  from: Float64Array,
  { data, rowStride }: Target,
  m: number,
  n: number,
  into: 'add' | 'replace',
  upperOnly: boolean,
): void {
  if (into === 'replace' && !upperOnly && rowStride === n) {
    data.set(from.subarray(0, m * n));
    return;
  }
  for (let i = 0; i < m; i++) {
    const first = upperOnly ? i : 0;
    const row = i * rowStride;
    if (into === 'replace') {
      data.set(from.subarray(i * n + first, (i + 1) * n), row + first);
    } else {
      for (let j = first; j < n; j++) {
        data[row + j] += from[i * n + j];
      }
    }
  }
}

function clear({ data, rowStride }: Target, m: number, n: number): void {
  for (let i = 0; i < m; i++) {
    data.fill(0, i * rowStride, i * rowStride + n);
  }
}

/** The power of two that brings a view's entries to order one or below. */
function scaleFor({ data }: StridedView, bound?: number): number {
  // Where all entries are subnormal, its inverse would be infinite.
  return 1 / Math.max(2 ** -1022, powerOfTwoAbove(bound ?? largestMagnitude(data)));
}
