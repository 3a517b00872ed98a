/**
 * Layers and published ranks of J. Schuurmans, K. Batselier and J. Kooij, "How informative is the
 * approximation error from tensor decomposition for neural network compression?" (ICLR 2023):
 * Tables 2 (GaripovNet) and 3 (ResNet-18), figures of the publication and not of this machine.
 */
export const studyReference =
  'Schuurmans, Batselier and Kooij, "How informative is the approximation error from tensor decomposition for neural network compression?" (ICLR 2023), Tables 2 and 3';

/** The levels of the study: fractions of the parameters that remain. Its tables call them compression. */
export const studyLevels: readonly number[] = [0.1, 0.25, 0.5, 0.75, 0.9];

export const studyMethods = ['tucker', 'tt', 'cp'] as const;
export type StudyMethod = (typeof studyMethods)[number];

type Kernel = readonly [T: number, C: number, H: number, W: number];

export interface StudyLayer {
  readonly network: 'ResNet-18' | 'GaripovNet';
  /** Number of the layer in the study: every child of the module tree counts, depth first. */
  readonly layer: number;
  readonly shape: Kernel;
  readonly published: PublishedRanks;
  /** What a reader must know of the published ranks. */
  readonly remark?: string;
}

/** One entry per level of {@link studyLevels}. */
export interface PublishedRanks {
  readonly cp: readonly number[];
  /** Ranks of the output and input channels; those of the kernel's sides are its sides. */
  readonly tucker: readonly (readonly [T: number, C: number])[];
  /** The inner ranks, of the train C, H, W, T; the outer two are 1. */
  readonly tt: readonly (readonly [number, number, number])[];
}

const small: PublishedRanks = {
  cp: [28, 69, 138, 206, 248],
  tucker: pairs([14, 26, 39, 49, 54]),
  tt: [
    [40, 4, 12],
    [64, 11, 33],
    [64, 26, 64],
    [64, 51, 64],
    [64, 65, 64],
  ],
};

const widening: PublishedRanks = {
  cp: [37, 93, 186, 279, 335],
  tucker: pairs([26, 49, 74, 94, 105], [13, 24, 37, 47, 52]),
  tt: [
    [63, 6, 18],
    [64, 19, 57],
    [64, 36, 108],
    [64, 61, 128],
    [64, 80, 128],
  ],
};

const medium: PublishedRanks = {
  cp: [56, 141, 281, 422, 507],
  tucker: pairs([29, 51, 77, 98, 108]),
  tt: [
    [94, 4, 12],
    [128, 21, 63],
    [128, 53, 128],
    [128, 101, 128],
    [128, 130, 128],
  ],
};

const large: PublishedRanks = {
  cp: [114, 285, 569, 854, 1025],
  tucker: pairs([57, 103, 155, 195, 216]),
  tt: [
    [207, 5, 15],
    [256, 43, 129],
    [256, 107, 256],
    [256, 203, 256],
    [256, 262, 256],
  ],
};

const pointwise: PublishedRanks = {
  cp: [8, 21, 42, 64, 76],
  tucker: pairs([10, 25, 48, 69, 82], [5, 12, 24, 35, 41]),
  tt: [
    [256, 11, 33],
    [256, 25, 75],
    [256, 43, 129],
    [256, 213, 256],
    [256, 280, 256],
  ],
};

const largest: PublishedRanks = {
  cp: [229, 573, 1145, 1718, 2062],
  tucker: pairs([115, 205, 310, 390, 432]),
  tt: [
    [425, 5, 15],
    [512, 85, 255],
    [512, 213, 512],
    [512, 401, 512],
    [512, 526, 512],
  ],
};

/** In the order of the study's tables, ResNet-18 first. */
export const studyLayers: readonly StudyLayer[] = [
  { network: 'ResNet-18', layer: 15, shape: [64, 64, 3, 3], published: small },
  { network: 'ResNet-18', layer: 19, shape: [128, 64, 3, 3], published: widening },
  { network: 'ResNet-18', layer: 28, shape: [128, 128, 3, 3], published: medium },
  { network: 'ResNet-18', layer: 38, shape: [256, 256, 3, 3], published: large },
  {
    network: 'ResNet-18',
    layer: 41,
    shape: [256, 128, 1, 1],
    published: pointwise,
    remark:
      'The Tensor Train ranks published for ResNet-18 layer 41, a 1×1 kernel, do not fit it; they are those of a 256×256×3×3 kernel.',
  },
  { network: 'ResNet-18', layer: 44, shape: [256, 256, 3, 3], published: large },
  { network: 'ResNet-18', layer: 60, shape: [512, 512, 3, 3], published: largest },
  { network: 'ResNet-18', layer: 63, shape: [512, 512, 3, 3], published: largest },
  {
    network: 'GaripovNet',
    layer: 2,
    shape: [64, 64, 3, 3],
    published: { ...small, tt: small.tt.with(2, [64, 27, 64]) },
  },
  {
    network: 'GaripovNet',
    layer: 4,
    shape: [128, 64, 3, 3],
    published: { ...widening, tt: widening.tt.with(3, [64, 60, 128]) },
  },
  { network: 'GaripovNet', layer: 6, shape: [128, 128, 3, 3], published: medium },
  { network: 'GaripovNet', layer: 8, shape: [128, 128, 3, 3], published: medium },
  { network: 'GaripovNet', layer: 10, shape: [128, 128, 3, 3], published: medium },
];

/** The rank published for a level, by its position in {@link studyLevels}, in the method's own form. */
export function publishedRank(
  { shape, published }: StudyLayer,
  method: StudyMethod,
  level: number,
): number | readonly number[] {
  switch (method) {
    case 'cp':
      return published.cp[level];
    case 'tucker':
      return [...published.tucker[level], shape[2], shape[3]];
    case 'tt':
      return [1, ...published.tt[level], 1];
  }
}

function pairs(T: readonly number[], C: readonly number[] = T): [number, number][] {
  return T.map((rank, level) => [rank, C[level]]);
}
