import { unattended, type Job } from '../job';
import { kernels, operationKinds } from '../kernels';
import { resident } from '../kernels/stencils';
import { lookingEvery } from './sparseProducts';
import type { SparseTensor } from './sparseTensor';

/** Theta, a seed of rows x columns, whose K-th Kronecker power approximates a matrix. */
export interface Seed {
  readonly rows: number;
  readonly columns: number;
  /** K. */
  readonly power: number;
  /** Theta, row-major. */
  readonly data: Float64Array;
}

/** The smallest base with base^digits >= size: ceil(size^(1/digits)), without rounding. */
export function baseFor(size: number, digits: number): number {
  let base = Math.max(1, Math.floor(size ** (1 / digits)) - 1);
  while (base ** digits < size) {
    base++;
  }
  return base;
}

/** Digits of every position below base^digits, the most significant first, times `scale`. */
export function digitTable(base: number, digits: number, scale: number): Uint32Array {
  const size = base ** digits;
  const table = new Uint32Array(size * digits);
  for (let position = 0; position < size; position++) {
    let rest = position;
    for (let t = digits - 1; t >= 0; t--) {
      table[position * digits + t] = (rest % base) * scale;
      rest = Math.floor(rest / base);
    }
  }
  return table;
}

/** Digits of rows, times the columns of the seed, and of columns: their sums are places in Theta. */
export interface SeedDigits {
  readonly row: Uint32Array;
  readonly column: Uint32Array;
}

export function seedDigits({ rows, columns, power }: Omit<Seed, 'data'>): SeedDigits {
  return { row: digitTable(rows, power, columns), column: digitTable(columns, power, 1) };
}

/** Entry (p, q) of the Kronecker power. */
export function powerEntry(seed: Seed, digits: SeedDigits, p: number, q: number): number {
  const { power, data } = seed;
  let product = 1;
  for (let t = 0; t < power; t++) {
    product *= data[digits.row[p * power + t] + digits.column[q * power + t]];
  }
  return product;
}

/** S^K, S = sum of Theta^2: the squared norm of the power over the padded grid. */
export function powerSquare({ data, power }: Seed): number {
  return sumOfSquares(data) ** power;
}

function sumOfSquares(data: Float64Array): number {
  let sum = 0;
  for (const value of data) {
    sum += value * value;
  }
  return sum;
}

/** <X, X~> = sum of v x~ over the nonzeros at their positions. */
export function innerWith(
  X: SparseTensor,
  seed: Seed,
  digits: SeedDigits,
  rowOf: Uint32Array,
  columnOf: Uint32Array,
  job: Job = unattended,
): number {
  return overNonzeros(X, seed, digits, [rowOf, columnOf], undefined, job);
}

/**
 * <X, X~> and dL/dTheta of L = S^K - 2 <X, X~> + ||X||^2, the products of the other factors taken
 * without division, so that an entry of 0 can leave it.
 */
export function gradientOf(
  X: SparseTensor,
  seed: Seed,
  digits: SeedDigits,
  rowOf: Uint32Array,
  columnOf: Uint32Array,
  job: Job = unattended,
): { readonly inner: number; readonly gradient: Float64Array } {
  const { power, data } = seed;
  const gradient = new Float64Array(data.length);
  const inner = overNonzeros(X, seed, digits, [rowOf, columnOf], gradient, job);
  const factor = 2 * power * sumOfSquares(data) ** (power - 1);
  for (let at = 0; at < data.length; at++) {
    gradient[at] += factor * data[at];
  }
  return { inner, gradient };
}

/** Nonzeros that a thread takes at a time. */
const nonzerosPerItem = 2 ** 13;
/** Items of one run. Shares are added up in their order, whoever computed them. */
const itemsAtOnce = 64;
/** Numbers that the gradients of the items of one run may take. */
const gradientsAtOnce = 2 ** 22;

/** <X, X~>; subtracts twice its derivatives from `gradient`, where one is given. */
function overNonzeros(
  X: SparseTensor,
  { power, data }: Seed,
  digits: SeedDigits,
  positions: readonly [Uint32Array, Uint32Array],
  gradient: Float64Array | undefined,
  job: Job,
): number {
  const { arena, team } = kernels();
  const { length } = X.values;
  return arena.scope(() => {
    const at = (held: Uint32Array | Float64Array): number => resident(arena, held).byteOffset;
    const shared = [
      ...[power, at(data)],
      digitsByIndex(digits.row, positions[0], X.dims[0], power),
      digitsByIndex(digits.column, positions[1], X.dims[1], power),
      ...[at(X.indices[0]), at(X.indices[1]), at(X.values)],
    ];
    // Of a large seed there is one gradient, and one item takes all nonzeros until the next look.
    const most = Math.min(itemsAtOnce, Math.floor(gradientsAtOnce / data.length));
    const items = gradient && most < 2 ? 1 : gradient ? most : itemsAtOnce;
    const perItem = items === 1 ? nonzerosPerItem * itemsAtOnce : nonzerosPerItem;
    const used = Math.min(items, Math.ceil(length / perItem));
    const inners = arena.doubles(used);
    const gradients = arena.doubles(gradient ? used * data.length : 0);
    const slots = gradient ? [gradients.byteOffset, data.length * 8] : [0, 0];
    let inner = 0;
    for (let first = 0; first < length; first += items * perItem) {
      job.throwIfCancelled();
      const count = Math.min(items, Math.ceil((length - first) / perItem));
      gradients.fill(0, 0, gradient ? count * data.length : 0);
      team.run(
        operationKinds.kroneckerInner,
        [...shared, first, length, perItem, inners.byteOffset, ...slots],
        count,
      );
      for (let item = 0; item < count; item++) {
        inner += inners[item];
        addSlot(gradient, gradients, item * data.length);
      }
    }
    return inner;
  });
}

function addSlot(target: Float64Array | undefined, gradients: Float64Array, from: number): void {
  for (let at = 0; target && at < target.length; at++) {
    target[at] += gradients[from + at];
  }
}

/** The address of the digits of indices 0 to `count` - 1 at their positions, in the open scope. */
export function digitsByIndex(
  digits: Uint32Array,
  positions: Uint32Array,
  count: number,
  power: number,
): number {
  const { arena, exports } = kernels();
  const out = arena.words(count * power).byteOffset;
  arena.scope(() => {
    const table = resident(arena, digits).byteOffset;
    exports.digitsOf(table, resident(arena, positions).byteOffset, count, power, out);
  });
  return out;
}

/**
 * The squared norm of the power over the rows and columns that are no padding: u^T P v with P the
 * power of Theta^2, v contracted digit by digit, the least significant first.
 */
export function occupiedSquare(
  seed: Seed,
  rowUsed: Uint8Array,
  columnUsed: Uint8Array,
  job: Job = unattended,
): number {
  const { rows, columns, power, data } = seed;
  const look = lookingEvery(job);
  // Axes: row digits done so far (least significant last), times column digits still to go.
  let current = Float64Array.from(columnUsed);
  let done = 1;
  for (let t = power - 1; t >= 0; t--) {
    const left = columns ** t;
    const next = new Float64Array(left * rows * done);
    for (let q = 0; q < left; q++) {
      for (let b = 0; b < columns; b++) {
        for (let a = 0; a < rows; a++) {
          const weight = data[a * columns + b] ** 2;
          const to = (q * rows + a) * done;
          const from = (q * columns + b) * done;
          for (let r = 0; r < done; r++) {
            next[to + r] += weight * current[from + r];
          }
          look(done);
        }
      }
    }
    current = next;
    done *= rows;
  }
  return current.reduce((sum, value, p) => sum + (rowUsed[p] ? value : 0), 0);
}
