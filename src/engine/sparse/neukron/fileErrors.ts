import type { Job } from '../../job';
import { squaredNorm, type SparseTensor } from '../sparseTensor';
import {
  readArtefact,
  writeArtefact,
  type Artefact,
  type Part,
  type TrainedPart,
} from './artefact';
import { ownPositions } from './decoder';
import { Evaluator } from './evaluator';
import { positionCode } from './positionCode';
import { generatedProduct, lossAt } from './scale';
import type { NumberType } from './storedNetwork';
import type { Trainer } from './trainer';

/** The best network of a run; a closed-form scale is that of its numbers as the file stores them. */
export function storedPart(
  X: SparseTensor,
  { layout, settings, progress }: Pick<Trainer, 'layout' | 'settings' | 'progress'>,
  type: NumberType,
  job: Job,
): TrainedPart {
  const { parameters, positions, scale } = progress.best;
  const trained = { layout, parameters, positions, scale };
  if (settings.scale === 'learned') {
    return trained;
  }
  const bytes = writeArtefact(X.dims, [trained], { type, withOrders: true });
  const [part] = readArtefact(bytes).parts;
  return { ...trained, scale: Math.max(0, unitProduct(X, part, job)) };
}

/** The sum of v y over the nonzeros of X, y generated at unit scale. */
function unitProduct(X: SparseTensor, part: Part, job: Job): number {
  const code = positionCode(X.dims);
  const evaluator = new Evaluator(code, X);
  const y = new Float32Array(X.values.length);
  const positions = part.positions ?? code.axes.map((axis) => ownPositions(X.dims[axis]));
  evaluator.evaluate(part.network, positions, y, job);
  return generatedProduct(X.values, y);
}

/**
 * ||X - X~||^2 over the padded grid of each part by itself, and a bound for the difference of two:
 * with X = P - N and X~ = A - B the error is that of both parts and 2 <P, B> + 2 <A, N> - 2 <A, B>, whose
 * last term, never positive, takes all elements to add up.
 */
export function fileErrors(
  halves: readonly SparseTensor[],
  { parts }: Artefact,
  job: Job,
): { readonly ofParts: readonly number[]; readonly bound: number } {
  const ofParts = halves.map((X, i) =>
    lossAt(parts[i].scale, unitProduct(X, parts[i], job), squaredNorm(X)),
  );
  let bound = ofParts.reduce((sum, error) => sum + error, 0);
  if (parts.length === 2) {
    for (const [i, X] of halves.entries()) {
      const other = parts[1 - i];
      bound += 2 * other.scale * unitProduct(X, other, job);
    }
  }
  return { ofParts, bound };
}
