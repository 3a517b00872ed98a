import { CancelledError } from '../../src/failures';
import type {
  SparseAttempt,
  SparseCompareRequest,
  SparseEpoch,
  SparseInfo,
  SparseMethodOffer,
  SparseModelInfo,
  SparseOffer,
  SparseOptionInfo,
  SparsePoint,
  SparseReport,
} from '../../src/protocol/sparse';
import type { EngineCalls } from '../../src/worker/engineClient';

/** An offer, points and reports that take no time, for tests of what stands before the engine. */
export const fakeInfo: SparseInfo = {
  name: 'fake.mtx',
  format: 'mtx',
  size: 500,
  dims: [40, 30],
  nonzeros: 100,
  density: 1 / 12,
  squaredNorm: 100,
  negative: 0,
  stored: 100,
  duplicates: 0,
  zeros: 0,
  modes: [],
  bytes: { raw: 1600, dense: 9600, orders: 49 },
  notes: [],
};

const rank: SparseOptionInfo = {
  name: 'rank',
  title: 'Rank',
  description: 'Singular values that are kept.',
  kind: 'whole',
  default: 10,
  least: 1,
  most: 30,
  isMain: true,
};

const methods: readonly SparseMethodOffer[] = [
  {
    method: 'neukron',
    title: 'NeuKron',
    description: 'A small recurrent network.',
    options: [
      { ...rank, name: 'hidden', title: 'Hidden units', default: 30, most: 512 },
      { ...rank, name: 'gamma', kind: 'number', default: 10, least: 0, most: undefined },
      {
        ...rank,
        name: 'scale',
        kind: 'choice',
        default: 'closed-form',
        choices: [
          { value: 'closed-form', title: 'Closed form' },
          { value: 'learned', title: 'Learned' },
        ],
        isMain: false,
      },
      { ...rank, name: 'gammaPerSquare', kind: 'boolean', default: false, isMain: false },
    ],
    suggested: [{ method: 'neukron', options: { hidden: 5 } }],
    writes: 'neukron',
    isTrained: true,
  },
  {
    method: 'tsvd',
    title: 'Truncated SVD',
    description: 'Two thin matrices.',
    options: [rank],
    suggested: [
      { method: 'tsvd', options: { rank: 1 } },
      { method: 'tsvd', options: { rank: 2 } },
    ],
    writes: 'safetensors',
    isTrained: false,
  },
  {
    method: 'tucker',
    title: 'Tucker',
    description: 'A core and a matrix for each mode.',
    options: [{ ...rank, name: 'ranks', kind: 'sizes' }],
    suggested: [],
    unavailable: 'It is for tensors of three modes or more.',
    writes: 'safetensors',
    isTrained: false,
  },
  {
    method: 'cp',
    title: 'CP',
    description: 'A sum of outer products.',
    options: [{ ...rank, name: 'ranks', kind: 'sizes' }],
    suggested: [],
    writes: 'safetensors',
    isTrained: false,
  },
];

export const fakeOffer: SparseOffer = {
  info: fakeInfo,
  methods,
  spy: { modes: [0, 1], rows: 1, columns: 1, tile: [40, 30], counts: new ArrayBuffer(4) },
};

/** The larger, the closer; NeuKron's are small and have orders on top. */
export function fakePoint(attempt: SparseAttempt): SparsePoint {
  const isNetwork = attempt.method === 'neukron';
  const amount = Number(attempt.options.rank ?? attempt.options.hidden ?? 10);
  const squaredError = isNetwork ? 64 : 100 / (amount + 1);
  return {
    attempt,
    label: `${amount}`,
    parameters: amount * 10,
    bytes: isNetwork ? 200 : amount * 568,
    orderBytes: isNetwork ? 49 : 0,
    squaredError,
    relativeError: Math.sqrt(squaredError / 100),
    details: {},
    elapsedMs: 1500,
    entryMicroseconds: 0.51234,
    sample: [],
    notes: isNetwork ? ['A note.'] : [],
  };
}

export function fakeEpoch(epoch: number): SparseEpoch {
  return {
    epoch,
    loss: 90 - epoch,
    bestLoss: 89 - epoch,
    ...{ prefixes: 7, proposed: 1, accepted: 1, elapsedMs: 1 },
  };
}

export interface FakeSparse {
  readonly engine: Partial<EngineCalls>;
  /** Parameters of the calls, in their order. */
  readonly calls: { readonly method: string; readonly params: unknown }[];
}

/**
 * Answers the sparse calls. An attempt with rank 13 fails; one with 99 hidden units trains until it is
 * cancelled, and `onTraining` hears that it does.
 */
export function fakeSparse(
  model: Partial<SparseModelInfo> = {},
  onTraining: () => void = () => {},
): FakeSparse {
  const calls: FakeSparse['calls'] = [];
  const noted = <P>(method: string, params: P): P => {
    calls.push({ method, params });
    return params;
  };
  const untilCancelled = (signal: AbortSignal | undefined): Promise<never> =>
    new Promise((_, reject) => {
      signal?.addEventListener('abort', () => reject(new CancelledError()));
      onTraining();
    });
  return {
    calls,
    engine: {
      sparseOffer: async (params) => {
        noted('sparseOffer', params);
        return fakeOffer;
      },
      sparseCompare: async (params, { signal, onProgress } = {}) => {
        const { attempts, seed }: SparseCompareRequest = noted('sparseCompare', params);
        const outcomes = [];
        for (const [number, attempt] of attempts.entries()) {
          const fraction = number / attempts.length;
          if (attempt.options.hidden === 99) {
            onProgress?.({ attempt: number, fraction, epochs: [fakeEpoch(1), fakeEpoch(2)] });
            await untilCancelled(signal);
          }
          const outcome =
            attempt.options.rank === 13
              ? {
                  attempt,
                  failure: {
                    kind: 'memory' as const,
                    message: 'Too large.',
                    details: {},
                    stack: 'at …',
                  },
                }
              : { attempt, point: fakePoint(attempt) };
          onProgress?.({ ...outcome, attempt: number, fraction, message: 'busy' });
          outcomes.push(outcome);
        }
        return { file: 'fake.mtx', seed, threads: 2, elapsedMs: 4000, outcomes };
      },
      sparseCompress: async (params, { signal, onProgress } = {}): Promise<SparseReport> => {
        const { attempt, withOrders, output, path } = noted('sparseCompress', params);
        if (attempt.options.hidden === 99) {
          onProgress?.({ fraction: 0.1, epochs: [fakeEpoch(7)] });
          await untilCancelled(signal);
        }
        return {
          source: path,
          output: output.path,
          attempt,
          label: 'rank 2',
          ...{ sourceBytes: 500, rawBytes: 1600, outputBytes: 400, parameters: 12 },
          withOrders,
          ...{ squaredError: 25, relativeError: 0.5 },
          check: { entries: 1000, largestDifference: 1e-7 },
          notes: ['A note.'],
          elapsedMs: 10,
        };
      },
      sparseModel: async (params) => {
        noted('sparseModel', params);
        return {
          path: params.path,
          name: 'fake.neukron',
          size: 400,
          method: 'neukron',
          dims: [40, 30],
          parameters: 12,
          hasOrders: false,
          details: { hidden: 5, ranks: [2, 3] },
          ...model,
        };
      },
      sparseDecode: async (params) => {
        const { output, path } = noted('sparseDecode', params);
        return {
          source: path,
          output: output.path,
          method: 'neukron',
          dims: [40, 30],
          ...{ entries: 9, smallest: 0.25, outputBytes: 70, elapsedMs: 5 },
        };
      },
      sparseEntries: async (params) => {
        const { indices } = noted('sparseEntries', params);
        return { values: indices.map(([row, column]) => 100 * row + column), microseconds: 1.5 };
      },
    },
  };
}
