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
): number {
  const [rows, columns] = X.indices;
  let sum = 0;
  for (let e = 0; e < X.values.length; e++) {
    sum += X.values[e] * powerEntry(seed, digits, rowOf[rows[e]], columnOf[columns[e]]);
  }
  return sum;
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
): { readonly inner: number; readonly gradient: Float64Array } {
  const { power, data } = seed;
  const [rows, columns] = X.indices;
  const gradient = new Float64Array(data.length);
  const places = new Uint32Array(power);
  const before = new Float64Array(power);
  let inner = 0;
  for (let e = 0; e < X.values.length; e++) {
    const row = rowOf[rows[e]] * power;
    const column = columnOf[columns[e]] * power;
    const value = X.values[e];
    let product = value;
    for (let t = 0; t < power; t++) {
      const place = digits.row[row + t] + digits.column[column + t];
      places[t] = place;
      before[t] = product;
      product *= data[place];
    }
    inner += product;
    let after = 1;
    for (let t = power - 1; t >= 0; t--) {
      gradient[places[t]] -= 2 * before[t] * after;
      after *= data[places[t]];
    }
  }
  const factor = 2 * power * sumOfSquares(data) ** (power - 1);
  for (let at = 0; at < data.length; at++) {
    gradient[at] += factor * data[at];
  }
  return { inner, gradient };
}

/**
 * The squared norm of the power over the rows and columns that are no padding: u^T P v with P the
 * power of Theta^2, v contracted digit by digit, the least significant first.
 */
export function occupiedSquare(seed: Seed, rowUsed: Uint8Array, columnUsed: Uint8Array): number {
  const { rows, columns, power, data } = seed;
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
        }
      }
    }
    current = next;
    done *= rows;
  }
  return current.reduce((sum, value, p) => sum + (rowUsed[p] ? value : 0), 0);
}
