import type {
  SparseAttempt,
  SparseEpoch,
  SparseInfo,
  SparseMethod,
  SparseMethodOffer,
  SparseOffer,
  SparseOptionInfo,
  SparseOutcome,
  SparsePoint,
  SparseReport,
  SpyPicture,
} from '../../src/protocol/sparse';

/** Who wrote to whom, as large as such data is; figures are made up. */
export const matrixDims: readonly number[] = [1005, 25_919];
export const tensorDims: readonly number[] = [1203, 6_318, 9, 24];

export function infoOf(dims: readonly number[], change: Partial<SparseInfo> = {}): SparseInfo {
  const nonzeros = 92_159;
  const entries = dims.reduce((product, size) => product * size, 1);
  return {
    name: dims.length === 2 ? 'email-interactions.mtx' : 'clicks.tns',
    format: dims.length === 2 ? 'mtx' : 'tns',
    size: 1_214_331,
    dims,
    nonzeros,
    density: nonzeros / entries,
    squaredNorm: 433_180,
    min: 1,
    max: 118,
    negative: 0,
    stored: 92_402,
    duplicates: 231,
    zeros: 12,
    modes: dims.map((size, mode) => ({
      size,
      empty: mode === 0 ? 12 : Math.round(size / 7),
      degrees: { min: 0, median: mode === 0 ? 61 : 2, mean: nonzeros / size, max: 4_127 },
    })),
    bytes: {
      raw: nonzeros * (4 * dims.length + 8),
      dense: 8 * entries,
      orders: dims.reduce(
        (sum, size) => sum + Math.ceil((size * Math.ceil(Math.log2(size))) / 8),
        0,
      ),
    },
    notes: [
      '231 entries were given twice and have been added up.',
      '12 entries are 0 and have been left out.',
    ],
    ...change,
  };
}

const whole = (
  name: string,
  title: string,
  value: number,
  change: Partial<SparseOptionInfo> = {},
): SparseOptionInfo => ({
  name,
  title,
  description: `${title} of the model.`,
  kind: 'whole',
  default: value,
  least: 1,
  most: 100_000,
  isMain: false,
  ...change,
});

const rank = (value: number) =>
  whole('rank', 'Rank', value, {
    description: 'Terms of the sum.',
    most: 1005,
    isMain: true,
  });

const neukronOptions: readonly SparseOptionInfo[] = [
  whole('hidden', 'Hidden units', 30, {
    description: 'Width of the network: it alone decides on the size.',
    most: 1024,
    isMain: true,
  }),
  whole('epochs', 'Epochs', 500, { description: 'Training stops after so many at the latest.' }),
  {
    name: 'rate',
    title: 'Learning rate',
    description: 'Step of the optimiser.',
    kind: 'number',
    default: 0.01,
    least: 1e-8,
    most: 1,
    isMain: false,
  },
  {
    name: 'init',
    title: 'First order',
    description: 'How rows and columns are ordered before the training.',
    kind: 'choice',
    default: 'minhash',
    choices: [
      { value: 'minhash', title: 'by min-hash' },
      { value: 'random', title: 'random' },
    ],
    isMain: false,
  },
  {
    name: 'learnScale',
    title: 'Learn the scale',
    description: 'Instead of computing the best one after every step.',
    kind: 'boolean',
    default: false,
    isMain: false,
  },
];

type Spec = readonly [
  method: SparseMethod,
  title: string,
  description: string,
  options: readonly SparseOptionInfo[],
  suggested: readonly Readonly<Record<string, number>>[],
];

const ranks = [1, 5, 20, 50, 100].map((value) => ({ rank: value }));
const hidden = [5, 11, 30, 60, 90].map((value) => ({ hidden: value }));
const stencils = [1, 2, 5, 20, 50].map((value) => ({ stencils: value }));
const pairs = [
  [30, 150],
  [60, 350],
  [90, 700],
  [100, 1400],
  [150, 2500],
].map(([rows = 0, columns = 0]) => ({ rows, columns }));

const rowsAndColumns = [
  whole('rows', 'Rows', 60, { isMain: true, most: 1005 }),
  whole('columns', 'Columns', 350, { isMain: true, most: 25_919 }),
];
const stencilOptions = [
  whole('stencils', 'Stencils', 5, { isMain: true, most: 200 }),
  whole('clusters', 'Clusters', 48, { description: 'At most so many a side.' }),
];

const specs: readonly Spec[] = [
  ['neukron', 'NeuKron', 'A recurrent network that generates the entries, and orders that suit it.', neukronOptions, hidden],
  ['kronfit', 'KronFit', 'A small matrix whose Kronecker power is the approximation, and orders.', [whole('levels', 'Levels', 3, { isMain: true, most: 20 })], [8, 6, 4, 3, 2].map((levels) => ({ levels }))],
  ['tsvd', 'Truncated SVD', 'The largest singular values with their vectors.', [rank(20)], ranks],
  ['cur', 'CUR', 'Some columns and rows of the matrix, and what joins them.', rowsAndColumns, pairs],
  ['cmd', 'CMD', 'As CUR, without columns or rows that come twice.', rowsAndColumns, pairs],
  ['accams', 'ACCAMS', 'A sum of co-clusterings.', stencilOptions, stencils],
  ['baccams', 'bACCAMS', 'A sum of co-clusterings, found by Gibbs sampling.', stencilOptions, stencils],
  ['cp', 'CP', 'A sum of outer products.', [rank(10)], ranks],
  ['tucker', 'Tucker', 'A small core and a factor for each mode.', [{ ...rank(10), name: 'ranks', title: 'Ranks', kind: 'sizes', description: 'Sizes of the core, one for each mode or one for all.' }], [2, 4, 8, 16, 32].map((ranks) => ({ ranks }))],
]; // prettier-ignore

const trained: readonly SparseMethod[] = ['neukron', 'kronfit'];
const matrixOnly: readonly SparseMethod[] = ['tsvd', 'cur', 'cmd', 'accams', 'baccams', 'kronfit'];

export function offersFor(dims: readonly number[], reason?: string): readonly SparseMethodOffer[] {
  return specs.map(([method, title, description, options, suggested]) => {
    const unavailable =
      reason ??
      (dims.length > 2 && matrixOnly.includes(method)
        ? `It takes a matrix; this tensor has ${dims.length} modes.`
        : undefined);
    return {
      method,
      title,
      description,
      options,
      ...(unavailable === undefined ? {} : { unavailable }),
      suggested:
        unavailable === undefined ? suggested.map((one) => ({ method, options: one })) : [],
      writes: method === 'neukron' ? 'neukron' : 'safetensors',
      isTrained: trained.includes(method),
    };
  });
}

export function offerFor(dims: readonly number[], change: Partial<SparseOffer> = {}): SparseOffer {
  return { info: infoOf(dims), methods: offersFor(dims), spy: spyOf(dims, 0), ...change };
}

/** A cloud of nonzeros that gathers in a corner the further it is ordered. @param order 0 to 1. */
export function spyOf(dims: readonly number[], order: number): SpyPicture {
  const cells = 96;
  const [rows, columns] = [Math.min(cells, dims[0] ?? 1), Math.min(cells, dims[1] ?? 1)];
  const counts = new Float32Array(rows * columns);
  const random = randomNumbers(7);
  for (let index = 0; index < 18_000; index++) {
    const [u, v] = [random(), random()];
    const power = 1 + 2.6 * order;
    const row = Math.floor(u ** power * rows);
    const column = Math.floor(v ** power * columns);
    const block = order < 0.4 ? 1 : Math.floor((row * 6) / rows) === Math.floor((column * 6) / columns) ? 3 : 0.4;
    const at = row * columns + column;
    counts[at] = (counts[at] ?? 0) + Math.round(block * (1 + 4 * random() ** 6));
  }
  const tile = [Math.ceil((dims[0] ?? 1) / rows), Math.ceil((dims[1] ?? 1) / columns)] as const;
  return { modes: [0, 1], rows, columns, tile, counts: counts.buffer };
} // prettier-ignore

const errors: Readonly<Record<SparseMethod, readonly [first: number, last: number]>> = {
  neukron: [0.86, 0.43],
  kronfit: [0.985, 0.9],
  tsvd: [0.93, 0.58],
  cur: [0.97, 0.62],
  cmd: [0.95, 0.5],
  accams: [0.94, 0.71],
  baccams: [0.96, 0.66],
  cp: [0.94, 0.6],
  tucker: [0.95, 0.63],
};

const bytes: Readonly<Record<SparseMethod, readonly [first: number, last: number]>> = {
  neukron: [1_244, 266_444],
  kronfit: [300, 41_216],
  tsvd: [215_400, 21_540_000],
  cur: [41_000, 1_900_000],
  cmd: [30_000, 980_000],
  accams: [9_500, 410_000],
  baccams: [12_000, 520_000],
  cp: [215_400, 21_540_000],
  tucker: [430_000, 6_900_000],
};

/** The point of an attempt: how far it lies among the suggestions of its method says how good it is. */
export function pointOf(
  offers: readonly SparseMethodOffer[],
  attempt: SparseAttempt,
  dims: readonly number[],
): SparsePoint {
  const { method, options } = attempt;
  const offer = offers.find((one) => one.method === method);
  const at = offer?.suggested.findIndex((one) => JSON.stringify(one.options) === JSON.stringify(options)) ?? -1;
  const share = at < 0 ? 0.62 : at / 4;
  const between = ([first, last]: readonly [number, number]) => first * (last / first) ** share;
  const relativeError = between(errors[method]);
  const info = infoOf(dims);
  const isOrdered = trained.includes(method);
  const size = Math.round(between(bytes[method]));
  return {
    attempt,
    label: labelOf(offer, attempt),
    parameters: Math.round(size / (method === 'neukron' ? 4 : 8)),
    bytes: size,
    orderBytes: isOrdered ? info.bytes.orders : 0,
    squaredError: relativeError ** 2 * info.squaredNorm,
    relativeError,
    details: { ...options, seed: 0, ...(isOrdered ? { 'first order': 'min-hash', signed: false } : { ranks: [20, 20] }) },
    elapsedMs: isOrdered ? 94_210 * (1 + share) : 900 * (1 + 9 * share),
    entryMicroseconds: method === 'neukron' ? 4.83 : 0.0613,
    sample: Array.from({ length: 8 }, (_, index) => ({
      index: dims.map((length, mode) => (index * 131 * (mode + 3) + 17) % length),
      value: index < 5 ? index + 1 : 0,
      approximation: index < 5 ? (index + 1) * (1 - relativeError / 2) : 0.0042 * index,
    })),
    notes: method === 'cur' && share > 0.5 ? ['The rank was set to 97: the sampled columns have no more.'] : [],
  };
} // prettier-ignore

function labelOf(offer: SparseMethodOffer | undefined, { options }: SparseAttempt): string {
  return (offer?.options ?? [])
    .filter(({ isMain }) => isMain)
    .map(({ default: usual, name, title }) => `${title.toLowerCase()} ${String(options[name] ?? usual)}`)
    .join(', '); // prettier-ignore
}

/** A loss that falls, with steps back that are not kept. */
export function epochsOf(count: number, first = 0): readonly SparseEpoch[] {
  const random = randomNumbers(3);
  let best = Infinity;
  return Array.from({ length: count }, (_, index) => {
    const done = 1 - Math.exp((-4 * (index + 1)) / Math.max(count, 400));
    const loss = 433_180 * (1 - 0.72 * done) * (1 + 0.025 * random() ** 3);
    best = Math.min(best, loss);
    return {
      epoch: index + 1,
      loss,
      bestLoss: best,
      prefixes: Math.round(301_000 - 122_000 * done),
      proposed: 34_000,
      accepted: Math.round(34_000 * (0.04 + 0.4 * Math.exp((-5 * index) / count))),
      elapsedMs: 190 * (index + 1),
    };
  }).slice(first);
}

export function outcomeOf(
  offers: readonly SparseMethodOffer[],
  attempt: SparseAttempt,
  dims: readonly number[],
  change: Partial<SparseOutcome> = {},
): SparseOutcome {
  const isTrained = trained.includes(attempt.method);
  return {
    attempt,
    state: 'done',
    point: pointOf(offers, attempt, dims),
    epochs: attempt.method === 'neukron' ? epochsOf(500) : [],
    ...(isTrained ? { spy: spyOf(dims, 0.9) } : {}),
    ...change,
  };
}

export function reportOf(point: SparsePoint, withOrders: boolean): SparseReport {
  return {
    source: '/workspace/data/email-interactions.mtx',
    output: `/workspace/data/email-interactions.${point.attempt.method === 'neukron' ? 'neukron' : 'safetensors'}`,
    attempt: point.attempt,
    label: point.label,
    sourceBytes: 1_214_331,
    rawBytes: infoOf(matrixDims).bytes.raw,
    outputBytes: point.bytes + (withOrders ? point.orderBytes : 0) + 512,
    parameters: point.parameters,
    withOrders,
    squaredError: point.squaredError,
    relativeError: point.relativeError,
    check: { entries: 10_000, largestDifference: 0 },
    notes: [],
    elapsedMs: 1_830,
  };
}

/** Numbers between 0 and 1 that are the same every time. */
function randomNumbers(seed: number): () => number {
  let state = seed;
  return () => {
    state = (state * 1_664_525 + 1_013_904_223) % 2 ** 32;
    return state / 2 ** 32;
  };
}
