import type { Job } from '../../engine/job';
import { fitAccams } from '../../engine/sparse/accams';
import { fitBaccams } from '../../engine/sparse/baccams';
import { fitCmd } from '../../engine/sparse/cmd';
import { fitCp } from '../../engine/sparse/cp';
import { fitCur } from '../../engine/sparse/cur';
import { fitKronFit } from '../../engine/sparse/kronFit';
import { baseFor } from '../../engine/sparse/kroneckerPower';
import { publishedSettings, type PublishedOptions } from '../../engine/sparse/publishedSettings';
import type { SparseMethod, SparseModel } from '../../engine/sparse/sparseModel';
import type { SparseTensor } from '../../engine/sparse/sparseTensor';
import { fitTsvd } from '../../engine/sparse/tsvd';
import { fitTucker } from '../../engine/sparse/tucker';
import { hiddenSizes } from './hidden';
import { email } from './published';

export const methodTitles: Readonly<Record<SparseMethod, string>> = {
  neukron: 'NeuKron',
  kronfit: 'KronFit',
  tsvd: 'Truncated SVD',
  cur: 'CUR',
  cmd: 'CMD',
  accams: 'ACCAMS',
  baccams: 'bACCAMS',
  cp: 'CP',
  tucker: 'Tucker',
};

/** A method at one size. */
export interface TradeOffSetting {
  readonly method: SparseMethod;
  readonly label: string;
  readonly options: PublishedOptions;
  /** Whether the publication states it for email, exactly or as a share of rows and columns. */
  readonly isPublished: boolean;
}

type Rival = Exclude<SparseMethod, 'neukron'>;
type Fit = (X: SparseTensor, options: PublishedOptions, job: Job) => Promise<SparseModel>;

/** The published names of options are those of the functions. */
const fits = {
  kronfit: fitKronFit,
  tsvd: fitTsvd,
  cur: fitCur,
  cmd: fitCmd,
  accams: fitAccams,
  baccams: fitBaccams,
  cp: fitCp,
  tucker: fitTucker,
} as unknown as Readonly<Record<Rival, Fit>>;

export function fitRival(
  X: SparseTensor,
  method: Rival,
  options: PublishedOptions,
  job: Job,
): Promise<SparseModel> {
  return fits[method](X, options, job);
}

/** Of truncated SVD, CP and Tucker; 50 is the rank published for email. */
const ranks = [1, 2, 5, 10, 20, 50];
/** A core has at most so many numbers. */
const largestCore = 2 ** 18;
const powers = [4, 3, 2];

/**
 * What each method of `methods` is run with on a tensor of size `dims`, from small to large: the
 * published settings of email, with rows and columns as the same share of those there are, and smaller
 * ones where only the largest is published. None for a method that takes matrices only, when this is
 * a tensor.
 */
export function tradeOffSettings(
  dims: readonly number[],
  methods: readonly SparseMethod[],
): TradeOffSetting[] {
  return methods.flatMap((method) => (isFor(method, dims) ? settingsOf(method, dims) : []));
}

/** Whether a method takes tensors of that many modes. */
export function isFor(method: SparseMethod, dims: readonly number[]): boolean {
  return dims.length === 2 || ['neukron', 'cp', 'tucker'].includes(method);
}

function settingsOf(method: SparseMethod, dims: readonly number[]): TradeOffSetting[] {
  const shortest = Math.min(...dims);
  const make = (label: string, options: PublishedOptions, isPublished: boolean) => ({
    method,
    label,
    options,
    isPublished,
  });
  const published = publishedSettings
    .filter((setting) => setting.method === method && setting.data === 'email')
    .flatMap(({ options }) => options);
  switch (method) {
    case 'neukron':
      return hiddenSizes.map((hidden) => make(`${hidden} hidden units`, { hidden }, false));
    case 'kronfit':
      return powers.map((power) =>
        make(
          `seed ${dims.map((size) => baseFor(size, power)).join(' × ')}`,
          { power, gamma: 10 },
          published.some((one) => one.power === power),
        ),
      );
    case 'tsvd':
      return ranks
        .filter((rank) => rank <= shortest)
        .map((rank) => make(`rank ${rank}`, { rank }, isIn(published, { rank })));
    case 'cur':
      return oncePerRank(published.map((one) => ({ ...one, ...scaled(one, dims) }))).map(
        (options) =>
          make(
            `${options.rows} rows, ${options.columns} columns, rank ${options.rank}`,
            options,
            true,
          ),
      );
    case 'cmd':
      return published
        .map((one) => scaled(one, dims))
        .map((options) => make(`${options.rows} rows, ${options.columns} columns`, options, true));
    case 'accams':
      return [1, 2, 5].map((stencils) => stencil(stencils, published, make));
    case 'baccams':
      return [5, 50].map((stencils) => stencil(stencils, published, make));
    case 'cp':
      return ranks.map((rank) => make(`rank ${rank}`, { rank }, false));
    case 'tucker':
      return ranks
        .filter((side) => side <= shortest && side ** dims.length <= largestCore)
        .map((side) => make(`core of side ${side}`, { ranks: side }, false));
  }
}

function stencil(
  stencils: number,
  published: readonly PublishedOptions[],
  make: (label: string, options: PublishedOptions, isPublished: boolean) => TradeOffSetting,
): TradeOffSetting {
  const clusters = published[0]?.clusters ?? 48;
  const options = { stencils, clusters };
  const label = `${stencils} ${stencils === 1 ? 'stencil' : 'stencils'}, up to ${clusters} clusters`;
  return make(label, options, isIn(published, options));
}

/** Rows and columns as the share of `dims` that they are of email. */
function scaled({ rows, columns }: PublishedOptions, dims: readonly number[]): PublishedOptions {
  const share = (count: number, mode: number): number =>
    Math.max(1, Math.round((count * dims[mode]) / email.dims[mode]));
  return { rows: share(rows, 0), columns: share(columns, 1) };
}

/** Of ranks that are cut down to the same number of rows or columns, only the first. */
function oncePerRank(all: readonly PublishedOptions[]): PublishedOptions[] {
  const seen = new Set<string>();
  return all.filter(({ rows, columns, rank }) => {
    const key = [rows, columns, Math.min(rank, rows, columns)].join();
    return !seen.has(key) && seen.add(key);
  });
}

function isIn(published: readonly PublishedOptions[], options: PublishedOptions): boolean {
  return published.some((one) =>
    Object.entries(options).every(([name, value]) => one[name] === value),
  );
}
