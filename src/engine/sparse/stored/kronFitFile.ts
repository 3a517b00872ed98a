import type { Job } from '../../job';
import type { KronFitModel } from '../kronFit';
import { formatShape } from '../../tensor/tensor';
import { baseFor, occupiedSquare, type Seed } from '../kroneckerPower';
import { requireRoom } from '../fitting';
import { packBits, unpackBits } from '../neukron/bits';
import { levels } from '../sizes';
import { largestSize, squaredNorm, type SparseTensor } from '../sparseTensor';
import type { Approximation } from './approximation';
import type { Factor, FactorReader } from './factorFile';

/** Beyond, digits of base 2 of any index are 0. */
const mostPower = 32;

/** Seed, and the positions of rows and columns in its power, if they are to be stored: as few bits each as will do. */
export function kronFitFactors({ seed, orders }: KronFitModel, withOrders: boolean): Factor[] {
  const { rows, columns, power, data } = seed;
  const positions = withOrders
    ? orders.map((order, side): Factor => {
        const data = packBits(order, levels((side === 0 ? rows : columns) ** power));
        return { name: `orders.${side}`, shape: [data.length], data };
      })
    : [];
  return [{ name: 'seed', shape: [rows, columns], data }, ...positions];
}

export async function readKronFit(
  reader: FactorReader,
  { dims, power }: { readonly dims: readonly number[]; readonly power?: number },
): Promise<Approximation> {
  reader.require(power !== undefined, 'does not say which power of the seed it stands for');
  reader.require(power <= mostPower, `has the power ${power}, above ${mostPower}`);
  const shape = reader.shape('seed', 2);
  dims.forEach((size, side) =>
    reader.require(
      shape[side] === baseFor(size, power),
      `has a seed of ${shape.join(' x ')}, whose power ${power} is not that of ${dims.join(' x ')}`,
    ),
  );
  const [rows, columns] = shape;
  const grid = [rows ** power, columns ** power];
  reader.require(
    Math.max(...grid) <= largestSize,
    `stands for a grid of ${formatShape(grid)}, beyond ${largestSize}`,
  );
  const seed: Seed = { rows, columns, power, data: await reader.numbers('seed', shape) };
  const hasOrders = reader.has('orders.0') || reader.has('orders.1');
  const orders = hasOrders
    ? [
        await readOrder(reader, 'orders.0', dims[0], grid[0]),
        await readOrder(reader, 'orders.1', dims[1], grid[1]),
      ]
    : undefined;
  const positionOf = (side: 0 | 1, index: number): number => (orders ? orders[side][index] : index);

  return {
    parameters: seed.data.length,
    hasOrders,
    ...(!hasOrders && { grid }),
    places: [undefined, undefined],
    width: 'tile',
    entry: ([i, j]) => powerAt(seed, positionOf(0, i), positionOf(1, j)),
    fill(box, target, job) {
      job.throwIfCancelled();
      const rowDigits = digitsOf(box.row, box.rows, rows, power, (i) => positionOf(0, i));
      const columnDigits = digitsOf(box.column, box.columns, columns, power, (j) =>
        positionOf(1, j),
      );
      for (let i = 0; i < box.rows; i++) {
        for (let j = 0; j < box.columns; j++) {
          let product = 1;
          for (let t = 0; t < power; t++) {
            product *= seed.data[rowDigits[i * power + t] * columns + columnDigits[j * power + t]];
          }
          target[i * box.columns + j] = product;
        }
      }
    },
    squaredError: (X, job) => squaredErrorOf(X, seed, positionOf, job),
  };
}

async function readOrder(
  reader: FactorReader,
  name: string,
  size: number,
  padded: number,
): Promise<Uint32Array> {
  const bits = levels(padded);
  const packed = await reader.packed(name, Math.ceil((size * bits) / 8));
  const order = unpackBits(packed, size, bits);
  const sorted = order.slice().sort();
  reader.require(
    sorted[size - 1] < padded,
    `has the position ${sorted[size - 1]} in "${name}", of a grid of ${padded}`,
  );
  reader.require(
    sorted.every((position, n) => n === 0 || position !== sorted[n - 1]),
    `puts two indices at one position in "${name}"`,
  );
  return order;
}

/** Entry (p, q) of the power, the most significant digits first. */
function powerAt({ rows, columns, power, data }: Seed, p: number, q: number): number {
  let product = 1;
  let [rowUnit, columnUnit] = [rows ** (power - 1), columns ** (power - 1)];
  for (let t = 0; t < power; t++) {
    const row = Math.floor(p / rowUnit) % rows;
    const column = Math.floor(q / columnUnit) % columns;
    product *= data[row * columns + column];
    rowUnit /= rows;
    columnUnit /= columns;
  }
  return product;
}

/** Digits of the positions of indices `from` on, the most significant first. */
function digitsOf(
  from: number,
  count: number,
  base: number,
  power: number,
  positionOf: (index: number) => number,
): Uint32Array {
  const digits = new Uint32Array(count * power);
  for (let n = 0; n < count; n++) {
    let rest = positionOf(from + n);
    for (let t = power - 1; t >= 0; t--) {
      digits[n * power + t] = rest % base;
      rest = Math.floor(rest / base);
    }
  }
  return digits;
}

/** ||X||^2 - 2 <X, X~> + ||X~||^2, over the matrix without its padding. */
function squaredErrorOf(
  X: SparseTensor,
  seed: Seed,
  positionOf: (side: 0 | 1, index: number) => number,
  job: Job,
): number {
  const { rows, columns, power } = seed;
  const padded = [rows ** power, columns ** power] as const;
  const remedy = 'Decode it on a machine with more memory.';
  requireRoom(2 * Math.max(...padded), 'The contraction of the seed', remedy, job);
  const [rowUsed, columnUsed] = ([0, 1] as const).map((side) => {
    const used = new Uint8Array(padded[side]);
    for (let index = 0; index < X.dims[side]; index++) {
      used[positionOf(side, index)] = 1;
    }
    return used;
  });
  let inner = 0;
  for (let e = 0; e < X.values.length; e++) {
    if (e % 2 ** 18 === 0) {
      job.throwIfCancelled();
    }
    const p = positionOf(0, X.indices[0][e]);
    const q = positionOf(1, X.indices[1][e]);
    inner += X.values[e] * powerAt(seed, p, q);
  }
  const square = occupiedSquare(seed, rowUsed, columnUsed, job);
  return Math.max(0, squaredNorm(X) - 2 * inner + square);
}
