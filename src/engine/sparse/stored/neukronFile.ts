import { OutOfMemoryError, UsageError } from '../../../failures';
import type { Job } from '../../job';
import { elementCount, formatShape } from '../../tensor/tensor';
import { requireSameSizes } from '../fitting';
import { readArtefact, type Artefact } from '../neukron/artefact';
import { Decoder } from '../neukron/decoder';
import { fileErrors } from '../neukron/fileErrors';
import { parameterLayout } from '../neukron/parameters';
import { exactSquaredError, negativePart, positivePart } from '../neukron/signed';
import { numberTypes } from '../neukron/storedNetwork';
import { paddedSizes } from '../sizes';
import type { SparseTensor } from '../sparseTensor';
import type { StoredSparse } from './storedSparse';

/** Elements up to which the error of two networks is added up one by one. */
const enumerable = 2 ** 22;
/** Where the header says the type of the numbers. */
const typeAt = 9;

/**
 * @param file its name, for messages.
 * @throws FormatError, UnsupportedError as `readArtefact`.
 */
export function openNeuKron(bytes: Uint8Array, file: string): StoredSparse {
  const artefact = readArtefact(bytes, file);
  const { code, parts, signs } = artefact;
  const { cell, hidden } = parts[0].network;
  const hasOrders = parts[0].positions !== undefined;
  const dims = hasOrders ? artefact.dims : paddedSizes(artefact.dims);
  let made: Decoder | undefined;
  const decoder = (): Decoder => (made ??= decoderOf(artefact));
  return {
    method: 'neukron',
    dims,
    size: bytes.length,
    parameters: parts.reduce(
      (sum, { network }) => sum + parameterLayout({ ...network, modes: code.bits.length }).count,
      0,
    ),
    hasOrders,
    ...(signs && { nonzeros: signs.length }),
    details: {
      cell,
      hidden,
      type: numberTypes[bytes[typeAt]],
      signed: signs ? 'signs' : parts.length > 1 ? 'two-models' : 'reject',
      scale: parts.map(({ scale }) => scale),
      ...(!hasOrders && { sizes: artefact.dims }),
    },
    places: dims.map(() => undefined),
    entry: (index) => decoder().entry(index),
    forEachPiece: (use, job) => decoder().forEachPiece(use, job),
    forEachPossible: (use, job) => decoder().forEachPiece(use, job),
    squaredError: (X, job) => squaredErrorOf(X, { ...artefact, dims }, decoder, job),
  };
}

function decoderOf(artefact: Artefact): Decoder {
  try {
    return new Decoder(artefact);
  } catch (cause) {
    if (cause instanceof RangeError) {
      throw new OutOfMemoryError(
        `There is not enough memory for the orders of a tensor of ${formatShape(artefact.dims)}; close other programs or use a machine with more memory.`,
        {},
        { cause },
      );
    }
    throw cause;
  }
}

function squaredErrorOf(
  X: SparseTensor,
  artefact: Artefact,
  decoder: () => Decoder,
  job: Job,
): number {
  const { dims, parts, signs } = artefact;
  requireSameSizes(dims, X.dims);
  if (parts.length === 2) {
    const isExact = elementCount(X.dims) <= enumerable;
    return isExact
      ? Math.max(0, exactSquaredError(X, decoder(), job))
      : fileErrors([positivePart(X), negativePart(X)], artefact, job).bound;
  }
  if (signs && signs.length !== X.values.length) {
    throw new UsageError(
      `The file holds the signs of ${signs.length} nonzeros; this tensor has ${X.values.length} and is not the one it was made from.`,
      { value: X.values.length, limit: signs.length },
    );
  }
  // The sign belongs to the nonzero: turning both does not change the difference. In the grid of a
  // file without orders nonzeros are not in the order of the signs, which must fit all the same.
  const turned = !signs
    ? X
    : {
        ...X,
        values: X.values.map((value, e) =>
          parts[0].positions ? (signs[e] ? -value : value) : Math.abs(value),
        ),
      };
  return Math.max(0, fileErrors([turned], artefact, job).ofParts[0]);
}
