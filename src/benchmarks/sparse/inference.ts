import { part, type Job } from '../../engine/job';
import { createRandom } from '../../engine/random';
import type { BenchmarkInfo } from '../../protocol/benchmarks';
import {
  recordTables,
  type Benchmark,
  type BenchmarkResult,
  type TableDefinition,
} from '../benchmark';
import { fitLine, mean, standardError, type Line } from '../fit';
import { neukronSource } from './published';
import { randomDecoder } from './randomDecoder';

/** How entries are asked for. */
interface Series {
  readonly id: string;
  readonly title: string;
  readonly modes: number;
  readonly isBatch: boolean;
}

const series: readonly Series[] = [
  { id: 'matrices', title: 'Square matrices, one by one', modes: 2, isBatch: false },
  { id: 'tensors', title: 'Cubes of three modes, one by one', modes: 3, isBatch: false },
  { id: 'batches', title: 'Square matrices, all at once', modes: 2, isBatch: true },
];

const info: BenchmarkInfo = {
  id: 'neukron-inference',
  title: 'NeuKron: time of an entry',
  description:
    'Microseconds to approximate one entry against the logarithm of the number of rows, up to 2²⁰ of them, and the line that fits them.',
  duration: 'about half a minute',
  parts: series.map(({ id, title }) => ({ id, title })),
};

const timesTable: TableDefinition = {
  id: 'times',
  title: 'Time of an entry',
  caption:
    'Of entries at random places, decoded from a file with orders that holds a network of random weights; the time does not depend on what the weights are. The average of five experiments, as the publication has it, and the fastest hundred entries in a row (all at once: the fastest experiment).',
  columns: [
    { id: 'series', title: 'Data', kind: 'text' },
    { id: 'bits', title: 'log₂ of the side', kind: 'number' },
    { id: 'side', title: 'Side', kind: 'number' },
    { id: 'entries', title: 'Entries', kind: 'number' },
    { id: 'time', title: 'Time of an entry', unit: 'µs', kind: 'number' },
    { id: 'time-se', title: 'Standard error', unit: 'µs', kind: 'number', digits: 2 },
    { id: 'fastest', title: 'Fastest', unit: 'µs', kind: 'number' },
  ],
};

const linesTable: TableDefinition = {
  id: 'lines',
  title: 'Time as a line over the logarithm',
  caption: `Time = intercept + slope log₂(side), by least squares of the fastest times; it takes at least four sizes. R² near 1 says that the time grows with the logarithm of the size. Claim: ${neukronSource}; it has a figure and no numbers.`,
  columns: [
    { id: 'series', title: 'Data', kind: 'text' },
    { id: 'slope', title: 'Slope', unit: 'µs per doubling', kind: 'number' },
    { id: 'intercept', title: 'Intercept', unit: 'µs', kind: 'number' },
    { id: 'r-squared', title: 'R²', kind: 'number' },
    { id: 'claim', title: 'Growth', kind: 'text', published: true },
    { id: 'sizes', title: 'Sizes', kind: 'number' },
  ],
};

export interface InferenceOptions {
  readonly hidden: number;
  /** log2 of the sides. */
  readonly bits: readonly number[];
  /** Entries of an experiment, one by one and all at once. */
  readonly entries: number;
  readonly batch: number;
}

const defaults: InferenceOptions = {
  hidden: 30,
  bits: [4, 6, 8, 10, 12, 14, 16, 18, 20],
  entries: 1000,
  batch: 2 ** 15,
};

const experiments = 5;

interface Point {
  readonly bits: number;
  readonly fastest: number;
}

/** Decoding of single entries from ever larger matrices and tensors. */
export function createInference(options: InferenceOptions = defaults): Benchmark {
  return {
    info,
    async run(context): Promise<BenchmarkResult> {
      const { job, seed, parts } = context;
      const recorder = recordTables(context, [timesTable, linesTable]);
      const selected = series.filter(({ id }) => parts.includes(id));
      const found: {
        readonly one: Series;
        readonly points: readonly Point[];
        readonly line?: Line;
      }[] = [];
      for (const [i, one] of selected.entries()) {
        const share = part(job, i / selected.length, (i + 1) / selected.length);
        const times = timesOf(one, options, seed, share);
        const points = times.map(({ bits, fastest }) => ({ bits, fastest }));
        for (const { bits, entries, means, fastest } of times) {
          const error = standardError(means) ?? null;
          const row = [one.title, bits, 2 ** bits, entries, mean(means), error, fastest];
          recorder.add(timesTable.id, row);
        }
        const line = fitLine(points.map(({ bits, fastest }) => [bits, fastest] as const));
        recorder.add(linesTable.id, [
          one.title,
          line?.slope ?? null,
          line?.intercept ?? null,
          line?.rSquared ?? null,
          'with the logarithm of the size',
          points.length,
        ]);
        found.push({ one, points, ...(line && { line }) });
      }
      return {
        tables: recorder.tables(),
        plots: [
          {
            id: 'time-by-side',
            title: 'Time of an entry by side',
            x: { title: 'log₂ of the side', scale: 'linear' },
            y: { title: 'Time of an entry', unit: 'µs', scale: 'linear' },
            series: found.flatMap(({ one, points, line }) => [
              {
                title: one.title,
                points: points.map(({ bits, fastest }) => [bits, fastest] as const),
              },
              ...(line && !one.isBatch ? [lineSeries(one, points, line)] : []),
            ]),
          },
        ],
        notes: [
          `The networks have ${options.hidden} hidden units and take one step for every doubling of the side.`,
          ...(selected.some(({ isBatch }) => isBatch)
            ? [
                'All at once, entries share the steps of the positions that begin alike and are computed by the kernels, on all threads: the larger the matrix, the fewer steps are shared.',
              ]
            : []),
        ],
      };
    },
  };
}

function lineSeries({ title }: Series, points: readonly Point[], { slope, intercept }: Line) {
  const ends = [points[0].bits, points[points.length - 1].bits];
  return {
    title: `${title}: line`,
    points: ends.map((bits) => [bits, intercept + slope * bits] as const),
  };
}

/** Entries timed together: the less time a measurement takes, the less else happens meanwhile. */
const sliceSize = 100;

interface SideTimes {
  readonly bits: number;
  readonly entries: number;
  /** Microseconds of an entry in each experiment, and in the fastest slice of them all. */
  readonly means: readonly number[];
  readonly fastest: number;
}

/**
 * Times of all sides. Each experiment visits every side once, so that a machine that becomes slower or
 * faster meanwhile changes the times of all sides, and not the line through them.
 */
function timesOf(
  { modes, isBatch, title }: Series,
  options: InferenceOptions,
  seed: number,
  job: Job,
): SideTimes[] {
  const entries = isBatch ? options.batch : options.entries;
  const slice = isBatch ? entries : Math.min(sliceSize, entries);
  const slices = Math.ceil(entries / slice);
  const rounds = 1 + experiments;
  const sides = options.bits.map((bits, i) => {
    job.report(i / options.bits.length / rounds, `${title}, side ${sideOf(bits)}`);
    job.throwIfCancelled();
    const timeSlice = slicesOf(bits, modes, isBatch, slice, options.hidden, seed);
    for (let s = 0; s < slices; s++) {
      job.throwIfCancelled();
      timeSlice();
    }
    return { bits, timeSlice, timed: [] as number[][] };
  });
  for (let experiment = 0; experiment < experiments; experiment++) {
    job.report((1 + experiment) / rounds, `${title}, experiment ${experiment + 1}`);
    for (const { timeSlice, timed } of sides) {
      timed.push(
        Array.from({ length: slices }, () => {
          job.throwIfCancelled();
          return timeSlice();
        }),
      );
    }
  }
  return sides.map(({ bits, timed }) => ({
    bits,
    entries,
    means: timed.map(mean),
    fastest: Math.min(...timed.flat()),
  }));
}

/** Decodes `count` entries at random places; microseconds of one. */
function slicesOf(
  bits: number,
  modes: number,
  isBatch: boolean,
  count: number,
  hidden: number,
  seed: number,
): () => number {
  const side = 2 ** bits;
  const dims = Array.from({ length: modes }, () => side);
  const decoder = randomDecoder(dims, hidden, seed);
  const random = createRandom(seed + bits);
  return () => {
    const places = dims.map(() =>
      Uint32Array.from({ length: count }, () => Math.floor(random.next() * side)),
    );
    const indices = Array.from({ length: isBatch ? 0 : count }, (_, e) =>
      places.map((keys) => keys[e]),
    );
    const started = performance.now();
    if (isBatch) {
      decoder.values(places);
    } else {
      indices.forEach((index) => decoder.entry(index));
    }
    return (1000 * (performance.now() - started)) / count;
  };
}

function sideOf(bits: number): string {
  return (2 ** bits).toLocaleString('en-US');
}
