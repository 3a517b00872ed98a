/**
 * Figures of T. Kwon, J. Ko, J. Jung and K. Shin, "NeuKron: Constant-Size Lossy Compression of Sparse
 * Reorderable Matrices and Tensors" (WWW 2023): its supplementary document, Tables 1 and 2. They are
 * those of the publication and not of this machine.
 */
export const neukronSource =
  'Kwon, Ko, Jung and Shin, "NeuKron: Constant-Size Lossy Compression of Sparse Reorderable Matrices and Tensors" (WWW 2023), supplementary document';

/** A mean and its standard error. */
export interface PublishedMean {
  readonly mean: number;
  readonly standardError: number;
}

/** The data set email: addresses by e-mails, all nonzeros 1. */
export const email = { dims: [1005, 25919], nonzeros: 92159 } as const;

export const gammas = [1, 10, Infinity] as const;

/** Table 1: squared errors on email, in the order of {@link gammas}. */
export const emailErrors: readonly PublishedMean[] = [
  { mean: 90561.25, standardError: 467.996 },
  { mean: 58691.88, standardError: 335.143 },
  { mean: 59113.75, standardError: 891.544 },
];

/** Table 2: seconds an epoch takes on email with 30 hidden units, on a graphics processor. */
export const emailEpoch: PublishedMean & { readonly hidden: number } = {
  hidden: 30,
  mean: 0.19,
  standardError: 0.01,
};

/**
 * The example tensor of the reference implementation (github.com/kbrother/NeuKron), and the loss that
 * is stored in the checkpoint published with it.
 */
export const exampleTensor = {
  dims: [100, 150, 200],
  nonzeros: 45740,
  squaredNorm: 60240,
  checkpoint: { hidden: 59, parameters: 29995, loss: 84931.13431 },
} as const;

export const exampleSource =
  'the reference implementation of NeuKron (github.com/kbrother/NeuKron): its example tensor and the loss stored in the checkpoint beside it';

/** Whether data have the size of a published set, and as many nonzeros. */
export function isSizeOf(
  published: { readonly dims: readonly number[]; readonly nonzeros: number },
  data: { readonly dims: readonly number[]; readonly nonzeros: number },
): boolean {
  return (
    data.nonzeros === published.nonzeros &&
    data.dims.length === published.dims.length &&
    data.dims.every((size, mode) => size === published.dims[mode])
  );
}
