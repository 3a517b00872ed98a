import type { SparseMethod } from './sparseModel';

/** Data sets of the NeuKron paper for whose sizes the settings were chosen. */
export type PublishedData =
  | 'email'
  | 'nyc'
  | 'tky'
  | 'kasandr'
  | 'threads'
  | 'twitch'
  | 'nips'
  | 'enron'
  | '3-gram'
  | '4-gram';

/** Options of one method, by the names its `fit...` function takes. */
export type PublishedOptions = Readonly<Record<string, number>>;

export interface PublishedSetting {
  readonly method: Exclude<SparseMethod, 'neukron'>;
  readonly data: PublishedData;
  /** In ascending size; for methods published with a largest value only, that one. */
  readonly options: readonly PublishedOptions[];
  /** As the paper states it. */
  readonly label: string;
}

/** Kwon et al., NeuKron (WWW 2023), supplement: hyper-parameters of the competitors. */
export const publishedSource = 'NeuKron, WWW 2023, supplementary document, section 5';

/** Row and column counts that percentages refer to. */
const sizes: Partial<Record<PublishedData, readonly [number, number]>> = {
  email: [1005, 25919],
  nyc: [1083, 38333],
  tky: [2293, 61858],
};

const kronFitPowers: Partial<Record<PublishedData, readonly [number, string]>> = {
  email: [2, '32 x 161'],
  nyc: [2, '33 x 196'],
  tky: [3, '14 x 40'],
  kasandr: [3, '75 x 80'],
  threads: [3, '57 x 85'],
  twitch: [4, '30 x 63'],
};

const tsvdRanks: Partial<Record<PublishedData, number>> = {
  email: 50,
  nyc: 460,
  tky: 200,
  kasandr: 15,
  threads: 90,
  twitch: 50,
};

const curRanks = [10, 100, 1000];
const curShares: Partial<Record<PublishedData, readonly number[]>> = {
  email: [1, 1.25, 2.5, 5, 10],
  nyc: [3.3, 5, 10, 14.3, 20],
  tky: [1, 2, 4, 8.3, 11.1],
};

/** (rows, columns). */
const cmdSamples: Partial<Record<PublishedData, readonly (readonly [number, number])[]>> = {
  email: [
    [30, 150],
    [60, 350],
    [90, 700],
    [100, 1400],
    [150, 2500],
  ],
  nyc: [
    [65, 2125],
    [125, 4250],
    [250, 8500],
    [500, 17000],
    [1000, 34000],
  ],
  tky: [
    [45, 1315],
    [90, 2625],
    [175, 5250],
    [350, 10500],
    [700, 21000],
  ],
  threads: [
    [55, 184],
    [109, 368],
    [218, 736],
    [436, 1471],
    [871, 2941],
  ],
};

/** Stencils, and clusters of rows and of columns at most. */
const accamsSizes: Partial<Record<PublishedData, readonly [number, number]>> = {
  email: [5, 48],
  nyc: [50, 64],
  tky: [50, 40],
};
const baccamsSizes: Partial<Record<PublishedData, readonly [number, number]>> = {
  email: [50, 48],
  nyc: [50, 48],
  tky: [50, 24],
};

const cpRanks: Partial<Record<PublishedData, number>> = {
  nips: 40,
  enron: 8,
  '3-gram': 20,
  '4-gram': 4,
};
const tuckerSides: Partial<Record<PublishedData, number>> = {
  nips: 40,
  enron: 6,
  '3-gram': 20,
  '4-gram': 4,
};

function rowsOf<T>(
  method: PublishedSetting['method'],
  table: Partial<Record<PublishedData, T>>,
  describe: (value: T, data: PublishedData) => Pick<PublishedSetting, 'options' | 'label'>,
): PublishedSetting[] {
  return (Object.keys(table) as PublishedData[]).flatMap((data) => {
    const value = table[data];
    return value === undefined ? [] : [{ method, data, ...describe(value, data) }];
  });
}

/** The settings of the published comparison, as far as it states them. */
export const publishedSettings: readonly PublishedSetting[] = [
  ...rowsOf('kronfit', kronFitPowers, ([power, size]) => ({
    options: [{ power, gamma: 10 }],
    label: `seeds up to ${size}, gamma 10`,
  })),
  ...rowsOf('tsvd', tsvdRanks, (rank) => ({ options: [{ rank }], label: `ranks up to ${rank}` })),
  ...rowsOf('cur', curShares, (shares, data) => ({
    options: shares.flatMap((share) => curRanks.map((rank) => ({ ...counts(data, share), rank }))),
    label: `ranks ${curRanks.join(', ')}; ${shares.join(', ')} % of rows and columns`,
  })),
  ...rowsOf('cmd', cmdSamples, (pairs) => ({
    options: pairs.map(([rows, columns]) => ({ rows, columns })),
    label: `(rows, columns) ${pairs.map((pair) => `(${pair.join(', ')})`).join(', ')}`,
  })),
  ...rowsOf('accams', accamsSizes, ([stencils, clusters]) => ({
    options: [{ stencils, clusters }],
    label: `${stencils} stencils, up to ${clusters} clusters`,
  })),
  ...rowsOf('baccams', baccamsSizes, ([stencils, clusters]) => ({
    options: [{ stencils, clusters }],
    label: `${stencils} stencils, up to ${clusters} clusters`,
  })),
  ...rowsOf('cp', cpRanks, (rank) => ({ options: [{ rank }], label: `ranks up to ${rank}` })),
  ...rowsOf('tucker', tuckerSides, (side) => ({
    options: [{ ranks: side }],
    label: `cubic cores up to ${side}`,
  })),
];

/** Rows and columns that `share` percent of a data set are, rounded. */
function counts(data: PublishedData, share: number): { rows: number; columns: number } {
  const [rows, columns] = (sizes[data] ?? [0, 0]).map((size) => Math.round((share / 100) * size));
  return { rows, columns };
}
