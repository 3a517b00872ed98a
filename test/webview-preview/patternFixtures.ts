import type {
  BlockMap,
  BlockOffer,
  BlockPattern,
  KpdFit,
  MatrixForm,
  NmMap,
  NmPattern,
  PatternCosts,
  PatternCurve,
  PatternInfo,
  PatternSpeed,
  PatternsTensor,
  Scheme,
} from '../../src/protocol/patterns';

type Pair = readonly [rows: number, columns: number];

export const patternTensors: readonly PatternsTensor[] = [
  { name: 'decoder.layers.0.ffn.weight', shape: [512, 384], dtype: 'float32' },
  { name: 'decoder.embed.weight', shape: [4096, 4096], dtype: 'float32' },
  { name: 'features.conv2.weight', shape: [64, 32, 3, 3], dtype: 'float16' },
  { name: 'head.odd.weight', shape: [130, 67], dtype: 'float32' },
  { name: 'head.bias', shape: [512], dtype: 'float32', reason: '1-D tensor' },
];

export function patternInfoOf(tensor: string): PatternInfo {
  const { shape, dtype } = tensorOf(tensor);
  return {
    tensor,
    shape,
    dtype,
    matrices: matricesOf(shape).map((matrix) => ({
      ...matrix,
      blocks: offersFor(matrix),
      best: [1, 2, 4].map((rank) => ({
        rank,
        block: [16, 16 * rank],
        grid: gridOf(matrix, [16, 16 * rank]),
        parameters: 3200 * rank,
        ties: rank === 2 ? 1 : 3,
      })),
      nm: [2, 4, 8, 16].filter((m) => matrix.columns % m === 0),
    })),
  };
}

/** A map as an engine would answer: norms of a smooth field with noise, and some empty blocks. */
export function blockMapOf(tensor: string, pattern: BlockPattern): BlockMap {
  const { shape, dtype } = tensorOf(tensor);
  const matrix = matrixFor(tensor, pattern.scheme);
  const { block } = pattern;
  const grid = gridOf(matrix, block);
  const count = grid[0] * grid[1];
  const energies = new Float64Array(count);
  const scores = new Float32Array(count);
  let zeroBlocks = 0;
  for (let row = 0, at = 0; row < grid[0]; row++) {
    const height = Math.min(block[0], matrix.rows - row * block[0]);
    for (let column = 0; column < grid[1]; column++, at++) {
      const width = Math.min(block[1], matrix.columns - column * block[1]);
      const noise = hash(row, column, grid[1]);
      const rms = noise < 0.02 ? 0 : field(row / grid[0], column / grid[1]) * (0.4 + noise);
      const area = height * width;
      energies[at] = rms * rms * area;
      scores[at] = {
        frobenius: rms * Math.sqrt(area),
        l1: rms * area * 0.8,
        max: rms * 2.5,
        meanSquare: rms * rms,
      }[pattern.criterion];
      zeroBlocks += rms === 0 ? 1 : 0;
    }
  }
  const order = orderOf(scores, grid, pattern.scope);
  const { errors, norm } = errorsOf(energies, order);
  return {
    tensor,
    shape,
    dtype,
    rows: matrix.rows,
    columns: matrix.columns,
    norm,
    grid,
    padding: paddingOf(matrix, block),
    elapsedMs: 12,
    pattern,
    scores: scores.buffer,
    order: order.buffer,
    errors: errors.buffer,
    zeroBlocks,
    costs: costsOf(matrix, block, dtype),
  };
}

export function nmMapOf(tensor: string, pattern: NmPattern): NmMap {
  const { shape, dtype } = tensorOf(tensor);
  const { columns, rows } = matrixFor(tensor, pattern.scheme);
  const tile: Pair = [8, 8 * pattern.m];
  const grid = gridOf({ rows, columns }, tile);
  const count = grid[0] * grid[1];
  const scores = Float32Array.from({ length: count }, (_, cell) =>
    field(Math.floor(cell / grid[1]) / grid[0], (cell % grid[1]) / grid[1]),
  );
  const steps = Array.from({ length: pattern.m + 1 }, (_, n) => n / pattern.m);
  const values = dtype === 'float16' ? 2 : 4;
  return {
    tensor,
    shape,
    dtype,
    rows,
    columns,
    norm: 12,
    grid,
    padding: [0, 0],
    elapsedMs: 9,
    pattern,
    tile,
    scores: scores.buffer,
    errors: steps.map((share) => (1 - share) ** 1.5),
    losses: steps.map(
      (share) =>
        Float32Array.from({ length: count }, (_, cell) =>
          Math.min(1, (1 - share) ** 3 * (0.6 + 0.8 * hash(cell, 7, 11))),
        ).buffer,
    ),
    bytes: steps.map((share) => Math.ceil(rows * columns * share * (values + 0.25))),
    denseBytes: rows * columns * values,
    denseMacs: rows * columns,
  };
}

export function curveOf(tensor: string, pattern: BlockPattern, block: Pair): PatternCurve {
  const map = blockMapOf(tensor, { ...pattern, block });
  const errors = new Float32Array(map.errors);
  const count = errors.length - 1;
  const steps = Math.min(40, count);
  const kept = Array.from({ length: steps + 1 }, (_, step) => Math.round((step / steps) * count));
  return {
    block,
    grid: map.grid,
    padding: map.padding,
    costs: map.costs,
    kept: kept.map((blocks) => blocks / count),
    errors: kept.map((blocks) => errors[blocks] ?? 0),
  };
}

export function kpdOf(
  tensor: string,
  pattern: BlockPattern,
  blocks: number,
  wanted?: number,
): KpdFit {
  const map = blockMapOf(tensor, pattern);
  const [height, width] = pattern.block;
  const errors = new Float32Array(map.errors);
  const rank =
    wanted ?? Math.max(1, Math.floor((blocks * height * width) / (blocks + height * width)));
  const parameters = rank * (blocks + height * width);
  const pruned = Math.min(errors.length - 1, Math.floor(parameters / (height * width)));
  return {
    block: pattern.block,
    rank,
    blocks,
    relativeError: Math.min(1, (errors[blocks] ?? 0) + 0.04),
    parameters,
    bytes: parameters * map.costs.valueBytes + Math.ceil((errors.length - 1) / 8),
    macs: parameters * 2,
    rounds: 4,
    mask: new ArrayBuffer(Math.ceil((errors.length - 1) / 8)),
    pruned: { blocks: pruned, relativeError: errors[pruned] ?? 0 },
  };
}

export function speedOf(rows: number, columns: number, block: Pair): PatternSpeed {
  const denseMs = (rows * columns * 256) / 2.5e7;
  return {
    block,
    rows: Math.min(rows, 2048),
    columns: Math.min(columns, 2048),
    batch: 256,
    threads: 2,
    denseMs,
    backend: { name: 'wasm', ms: denseMs * 0.9 },
    samples: [0.05, 0.1, 0.25, 0.5, 0.75, 1].map((kept) => ({
      kept,
      ms: denseMs * (0.04 + 1.25 * kept),
    })),
  };
}

function tensorOf(name: string): PatternsTensor {
  const found = patternTensors.find((one) => one.name === name);
  if (!found) {
    throw new Error(`The file has no tensor ${name}.`);
  }
  return found;
}

function matricesOf(shape: readonly number[]): MatrixForm[] {
  const [t = 1, c = 1, h, w] = shape;
  if (h === undefined || w === undefined) {
    return [{ scheme: 'matrix', rows: t, columns: c }];
  }
  return [
    { scheme: 'channel-out', rows: t, columns: c * h * w },
    { scheme: 'channel-in', rows: t * h * w, columns: c },
    { scheme: 'spatial', rows: c * h, columns: t * w },
  ];
}

function matrixFor(tensor: string, scheme: Scheme): MatrixForm {
  const matrices = matricesOf(tensorOf(tensor).shape);
  const found = matrices.find((one) => one.scheme === scheme);
  if (!found) {
    throw new Error(`${tensor} has no matrix ${scheme}.`);
  }
  return found;
}

function offersFor(matrix: MatrixForm): BlockOffer[] {
  const blocks: readonly Pair[] = [
    [1, 4],
    [4, 4],
    [8, 8],
    [16, 16],
    [16, 9],
    [32, 32],
    [64, 64],
  ];
  return blocks
    .filter(([height, width]) => height <= matrix.rows && width <= matrix.columns)
    .filter((block) => {
      const [rows, columns] = gridOf(matrix, block);
      return rows * columns <= 2 ** 22 && (block[1] !== 9 || matrix.columns % 9 === 0);
    })
    .map((block) => ({ block, grid: gridOf(matrix, block), padding: paddingOf(matrix, block) }));
}

function gridOf({ rows, columns }: { rows: number; columns: number }, block: Pair): Pair {
  return [Math.ceil(rows / block[0]), Math.ceil(columns / block[1])];
}

function paddingOf(matrix: MatrixForm, block: Pair): Pair {
  const grid = gridOf(matrix, block);
  return [grid[0] * block[0] - matrix.rows, grid[1] * block[1] - matrix.columns];
}

function costsOf(matrix: MatrixForm, block: Pair, dtype: string): PatternCosts {
  const valueBytes = dtype === 'float16' ? 2 : 4;
  const [gridRows] = gridOf(matrix, block);
  return {
    valueBytes,
    denseBytes: matrix.rows * matrix.columns * valueBytes,
    bsrFixedBytes: (gridRows + 1) * 4,
    bsrBlockBytes: 4 + block[0] * block[1] * valueBytes,
    denseMacs: matrix.rows * matrix.columns,
    blockMacs: block[0] * block[1],
  };
}

/** Between 0 and 1, the same for the same cell. */
function hash(a: number, b: number, c: number): number {
  let value = Math.imul(a * c + b + 1, 0x9e3779b1);
  value = Math.imul(value ^ (value >>> 15), 0x85ebca6b);
  return ((value ^ (value >>> 13)) >>> 0) / 2 ** 32;
}

function field(u: number, v: number): number {
  const bump = (x: number, y: number, size: number) =>
    Math.exp(-((u - x) ** 2 + (v - y) ** 2) / (2 * size * size));
  return (
    0.03 + 0.1 * bump(0.3, 0.35, 0.16) + 0.07 * bump(0.75, 0.7, 0.2) + 0.02 * Math.cos(18 * v) ** 2
  );
}

/** By falling score, ties by index: packed into one number each, so that the plain sort does it. */
function orderOf(
  scores: Float32Array,
  [rows, columns]: Pair,
  scope: string,
): Uint32Array<ArrayBuffer> {
  const bits = new Uint32Array(scores.buffer);
  const keys = Float64Array.from(bits, (value, index) => (0xffffffff - value) * 2 ** 21 + index);
  const indexOf = (key: number) => key % 2 ** 21;
  if (scope === 'matrix') {
    return Uint32Array.from(keys.sort(), indexOf);
  }
  const sorted = Array.from({ length: rows }, (_, row) =>
    keys.slice(row * columns, (row + 1) * columns).sort(),
  );
  return Uint32Array.from({ length: rows * columns }, (_, place) =>
    indexOf(sorted[place % rows]?.[Math.floor(place / rows)] ?? 0),
  );
}

function errorsOf(
  energies: Float64Array,
  order: Uint32Array,
): { errors: Float32Array<ArrayBuffer>; norm: number } {
  const errors = new Float32Array(order.length + 1);
  const total = energies.reduce((sum, energy) => sum + energy, 0);
  let left = 0;
  for (let place = order.length - 1; place >= 0; place--) {
    left += energies[order[place] ?? 0] ?? 0;
    errors[place] = Math.sqrt(left / total);
  }
  return { errors, norm: Math.sqrt(total) };
}
