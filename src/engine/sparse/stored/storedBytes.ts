import { FormatError, UsageError } from '../../../failures';
import { unattended, type Job } from '../../job';
import type { CrossModel } from '../columnRowSampling';
import type { SparseCpModel } from '../cp';
import type { KronFitModel } from '../kronFit';
import type { NeuKronModel } from '../neukron';
import type { SparseMethod, SparseModel } from '../sparseModel';
import { squaredNorm, type SparseTensor } from '../sparseTensor';
import type { StencilModel } from '../stencilModel';
import type { TsvdModel } from '../tsvd';
import type { SparseTuckerModel } from '../tucker';
import { cpFactors } from './cpFile';
import { crossFactors } from './crossFile';
import { factorFileBytes, type Factor } from './factorFile';
import type { FactorMethod } from './header';
import { kronFitFactors } from './kronFitFile';
import { stencilFactors } from './stencilFile';
import { tsvdFactors } from './tsvdFile';
import { tuckerFactors } from './tuckerFile';

/** Each method's fit returns the model named here. */
const writers: Readonly<
  Record<FactorMethod, (model: SparseModel, withOrders: boolean) => readonly Factor[]>
> = {
  tsvd: (model) => tsvdFactors(model as TsvdModel),
  cur: (model) => crossFactors(model as CrossModel),
  cmd: (model) => crossFactors(model as CrossModel),
  accams: (model) => stencilFactors(model as StencilModel),
  baccams: (model) => stencilFactors(model as StencilModel),
  cp: (model) => cpFactors(model as SparseCpModel),
  tucker: (model) => tuckerFactors(model as SparseTuckerModel),
  kronfit: (model, withOrders) => kronFitFactors(model as KronFitModel, withOrders),
};

/**
 * Bytes of the file for a model as its fit returned it: `.neukron`, or the factors in safetensors. The
 * same model gives the same bytes. Orders concern NeuKron and KronFit; factors of the other methods
 * keep positions in any case.
 * @throws UsageError for float16 with another method than NeuKron, and for numbers that the type cannot
 * hold; CancelledError.
 */
export async function storedBytes(
  model: SparseModel,
  X: SparseTensor,
  options: { readonly withOrders: boolean; readonly type: 'float32' | 'float16' },
  job: Job = unattended,
): Promise<Uint8Array> {
  const { method, dims } = model;
  if (method === 'neukron') {
    return neukronBytes(model as NeuKronModel, options, job);
  }
  if (options.type === 'float16') {
    throw new UsageError(
      'Only NeuKron stores its numbers as float16; factors of other methods are written as published.',
      { value: method },
    );
  }
  const factors = writers[method](model, options.withOrders);
  const { details: settings } = model;
  const isPower = method === 'kronfit';
  // Without orders the file holds the padded grid.
  const squaredError =
    isPower && !options.withOrders && typeof settings.paddedSquaredError === 'number'
      ? settings.paddedSquaredError
      : model.squaredError;
  const header = {
    method,
    dims,
    nonzeros: X.values.length,
    squaredNorm: squaredNorm(X),
    squaredError,
    ...(isPower && { power: (model as KronFitModel).seed.power }),
    settings,
  };
  return factorFileBytes(header, factors, job);
}

function neukronBytes(
  model: NeuKronModel,
  options: { readonly withOrders: boolean; readonly type: 'float32' | 'float16' },
  job: Job,
): Uint8Array {
  try {
    return model.artefact(options, job);
  } catch (cause) {
    if (cause instanceof FormatError && options.type === 'float16') {
      throw new UsageError(
        'The network has numbers beyond 65504, which float16 does not hold; write float32.',
        { limit: 65504 },
        { cause },
      );
    }
    throw cause;
  }
}

/** Extension, without the dot, of the file a model of this method is written to. */
export function storedExtension(method: SparseMethod): 'neukron' | 'safetensors' {
  return method === 'neukron' ? 'neukron' : 'safetensors';
}
