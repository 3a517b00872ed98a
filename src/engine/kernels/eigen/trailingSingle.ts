import type { ThreadContext } from '../operation';
import { addressOf, type Runner } from './runner';
import { bandStart, bands, sharedFrom } from './symmetricProduct';
import { panelWidth, type Trailing } from './trailing';

/** Rows of an update that a thread takes at a time; what is packed of them stays in its cache. */
const updateBand = 64;
/** Register tiles are written whole; see `updateRowsSingle`. */
const tile = { rows: 4, columns: 8 };
/** Steps of the deepest update: both panels of reflectors. */
const mostSteps = 2 * panelWidth;

/** Elements of workspace (f64) that {@link TrailingSingle} needs. */
export function trailingSingleSpace(n: number, stride: number): number {
  const singles = matrixSize(n, stride) + 2 * packedSize(n) + (bands + 2) * (n + 16);
  return Math.ceil(singles / 2) + 64;
}

function matrixSize(n: number, stride: number): number {
  return (n + tile.rows) * stride + tile.columns;
}

function packedSize(n: number): number {
  return mostSteps * (n + tile.columns);
}

/**
 * A matrix in f32: half of the memory to read, and twice the elements in a register. What comes out
 * differs from f64 by a few roundings of f32, of the largest eigenvalue.
 */
export class TrailingSingle implements Trailing {
  private readonly a: Float32Array;
  private readonly left: Float32Array;
  private readonly right: Float32Array;
  private readonly x: Float32Array;
  private readonly sums: Float32Array;

  constructor(
    private readonly runner: Runner,
    a: Float64Array,
    private readonly n: number,
    private readonly stride: number,
  ) {
    const { arena, exports } = runner;
    this.a = arena.singles(matrixSize(n, stride));
    this.left = arena.singles(packedSize(n));
    this.right = arena.singles(packedSize(n));
    this.x = arena.singles(n);
    this.sums = arena.singles(bands * n);
    for (let i = 0; i < n; i++) {
      const at = i * stride + i;
      exports.narrow(n - i, addressOf(a, at), addressOfSingle(this.a, at));
    }
  }

  row(i: number, target: Float64Array): void {
    const at = addressOfSingle(this.a, i * this.stride + i);
    this.runner.exports.widen(this.n - i, at, addressOf(target));
  }

  multiply(from: number, x: number, y: Float64Array): void {
    const { runner, stride } = this;
    const { exports } = runner;
    const n = this.n - from;
    const corner = addressOfSingle(this.a, from * stride + from);
    const [narrowed, sums] = [addressOfSingle(this.x), addressOfSingle(this.sums)];
    exports.narrow(n, x, narrowed);
    if (n < sharedFrom) {
      this.sums.fill(0, 0, n);
      exports.symmetricRowsSingle(n, corner, stride * 4, 0, n, narrowed, sums);
      exports.widen(n, sums, addressOf(y));
      return;
    }
    const parameters = [n, corner, stride * 4, narrowed, sums];
    runner.run('symmetricRowsSingle', parameters, bands, (n * n) / bands);
    exports.widen(n, sums, addressOf(y));
    for (let band = 1; band < bands; band++) {
      const start = bandStart(n, band);
      exports.addWidened(n - start, sums + (band * n + start) * 4, addressOf(y, start));
    }
  }

  update(from: number, panel: Float64Array, width: number): void {
    const { runner, stride } = this;
    const n = this.n - from;
    const steps = 2 * width;
    const [left, right] = [addressOfSingle(this.left), addressOfSingle(this.right)];
    const rows = addressOf(panel, from);
    const { exports } = runner;
    exports.packColumnsSingle(rows, stride * 8, steps, n, tile.rows, left);
    const turned = rows + width * stride * 8;
    exports.packColumnsSingle(turned, stride * 8, steps, n, tile.columns, right);
    const corner = addressOfSingle(this.a, from * stride + from);
    const items = Math.ceil(n / updateBand);
    const parameters = [n, steps, left, right, corner, stride * 4];
    runner.run('updateRowsSingle', parameters, items, (n * n * steps) / 2 / Math.max(1, items));
  }
}

/** One band of an update. */
export function updateRowsSingleItem(
  { exports }: ThreadContext,
  parameters: Float64Array,
  item: number,
): void {
  const [first, n, steps, left, right, c, stride] = parameters;
  const from = (first + item) * updateBand;
  exports.updateRowsSingle(from, Math.min(n, from + updateBand), n, steps, left, right, c, stride);
}

function addressOfSingle(data: Float32Array, index = 0): number {
  return data.byteOffset + index * 4;
}
