import type {
  SparseAttempt,
  SparseEpoch,
  SparseMethodOffer,
  SparseOffer,
  SparseOptionInfo,
  SparsePoint,
} from '../../../../src/protocol/sparse';

const option = (name: string, value: number): SparseOptionInfo => ({
  name,
  title: name,
  description: `The ${name}.`,
  kind: 'whole',
  default: value,
  isMain: true,
});

const method = (
  name: SparseMethodOffer['method'],
  title: string,
  options: readonly SparseOptionInfo[],
  isTrained: boolean,
): SparseMethodOffer => ({
  method: name,
  title,
  description: `${title}.`,
  options,
  suggested: [],
  writes: isTrained ? 'neukron' : 'safetensors',
  isTrained,
});

/** A matrix that can be compressed by a fit and by a training. */
export const offer: SparseOffer = {
  info: {
    name: 'm.mtx',
    format: 'mtx',
    size: 100,
    dims: [4, 5],
    nonzeros: 3,
    density: 0.15,
    squaredNorm: 3,
    negative: 0,
    stored: 3,
    duplicates: 0,
    zeros: 0,
    modes: [],
    bytes: { raw: 48, dense: 160, orders: 4 },
    notes: [],
  },
  methods: [
    method('neukron', 'NeuKron', [option('hidden', 30), option('epochs', 100)], true),
    method('tsvd', 'Truncated SVD', [option('rank', 10)], false),
  ],
  spy: { modes: [0, 1], rows: 4, columns: 5, tile: [1, 1], counts: new ArrayBuffer(80) },
};

export const tsvd = (rank: number): SparseAttempt => ({ method: 'tsvd', options: { rank } });
export const neukron: SparseAttempt = { method: 'neukron', options: { hidden: 5 } };

export function pointOf(attempt: SparseAttempt, more: Partial<SparsePoint> = {}): SparsePoint {
  return {
    attempt,
    label: attempt.method,
    parameters: 10,
    bytes: 80,
    orderBytes: 4,
    squaredError: 1,
    relativeError: 0.5,
    details: {},
    elapsedMs: 7,
    entryMicroseconds: 1,
    sample: [],
    notes: [],
    ...more,
  };
}

export function epochsUpTo(last: number, first = 1): SparseEpoch[] {
  return Array.from({ length: last - first + 1 }, (_, i) => ({
    epoch: first + i,
    loss: 100 / (first + i),
    bestLoss: 100 / (first + i),
    prefixes: 9,
    proposed: 2,
    accepted: 1,
    elapsedMs: 10 * (first + i),
  }));
}
