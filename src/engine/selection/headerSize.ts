import type { IndexDType, Method } from '../decompositions/decomposition';
import { isSvdOf } from '../ranks/rankForm';
import type { Choice } from './choice';

/** The parts of the `tensorpress` metadata that do not depend on the tensors, escaped. */
const fixedBytes = 330;

/** As `docs/format.md` names them. */
const factorNames: Readonly<Record<Method, (order: number) => string[]>> = {
  svd: () => ['left', 'right'],
  cp: (order) => Array.from({ length: order }, (_, i) => `factor${i}`),
  tucker: () => ['core', 'factor0', 'factor1'],
  tt: (order) => Array.from({ length: order }, (_, i) => `core${i}`),
  kronecker: () => ['a', 'b'],
  block: () => ['indptr', 'indices', 'values'],
  kpd: () => ['a', 'b', 'mask'],
};

/** Of the factors above that are no values. */
const indexFactors: Readonly<Record<string, IndexDType>> = {
  indptr: 'int32',
  indices: 'int32',
  mask: 'uint8',
};

/** What a method writes beside its factors, with numbers of the usual length. */
const typicalAttributes: Readonly<Record<Method, object>> = {
  svd: { scheme: 'matrix' },
  cp: { iterations: 100, converged: false, degenerate: false, ridge: 1e-5, precision: 'double' },
  tucker: { algorithm: 'hosvd', iterations: 0, converged: true },
  tt: { keepUnitModes: false },
  kronecker: { block: [10, 10] },
  block: { block: [16, 16] },
  kpd: { block: [16, 16], blocks: 1000 },
};

/**
 * About how many bytes the header of a pressed file has more than that of its source: the
 * description of every factorised tensor and an entry for each factor. Beside a small tensor that
 * is not nothing, so it belongs to the size a plan promises.
 */
export function addedHeaderBytes(choices: readonly Choice[]): number {
  return choices.length === 0
    ? 0
    : choices.reduce((sum, choice) => sum + describedBytes(choice), fixedBytes);
}

function describedBytes({ tensor, shape, rank, bytes, attributes, ...choice }: Choice): number {
  // A matrix is stored as its truncated SVD, whatever the method is called.
  const method = isSvdOf(choice.method, shape) ? 'svd' : choice.method;
  const names = factorNames[method](shape.length);
  const factors = names.map((name) => {
    const dtype = indexFactors[name];
    return { name, tensor: `${tensor}.${name}`, ...(dtype && { dtype }) };
  });
  const description = JSON.stringify({
    [tensor]: {
      ...{ method, shape, dtype: 'float32', rank, factors },
      attributes: attributes ?? typicalAttributes[method],
      relativeError: 0.1234567890123456,
    },
  });
  const entry = (name: string) =>
    JSON.stringify({ [name]: { dtype: 'F32', shape: [100, 100], data_offsets: [bytes, bytes] } })
      .length - 1;
  return (
    // JSON within JSON: the metadata's values are texts.
    JSON.stringify(description).length +
    factors.reduce((sum, factor) => sum + entry(factor.tensor), 0) -
    entry(tensor)
  );
}
