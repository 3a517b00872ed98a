import type { BlockMap, BlockPattern, Pattern, PatternMap } from '../../protocol/patterns';
import { unattended, type Job } from '../job';
import { analyse, type BlockAnalysis } from './blockAnalysis';
import { patternCosts } from './costs';
import { loadMatrix, type LoadedMatrix } from './loadMatrix';
import { nmMap } from './nmMap';
import { ownBuffer } from './ownBuffer';

/**
 * Everything a page needs to show a pattern and to move its slider without asking again.
 * @throws as `loadMatrix`; UsageError when the pattern does not fit the matrix.
 */
export async function patternMap(
  { path, tensor, pattern }: { path: string; tensor: string; pattern: Pattern },
  job: Job = unattended,
): Promise<PatternMap> {
  const loaded = await loadMatrix({ path, tensor, scheme: pattern.scheme }, job);
  return pattern.kind === 'block' ? blockMap(loaded, pattern, job) : nmMap(loaded, pattern, job);
}

function blockMap(loaded: LoadedMatrix, pattern: BlockPattern, job: Job): BlockMap {
  const started = performance.now();
  const { entry, matrix, norm } = loaded;
  const analysis = analyse(loaded, pattern, job);
  const { grid, scores, order, energies } = analysis;
  return {
    tensor: entry.name,
    shape: entry.shape,
    dtype: entry.dtype,
    pattern,
    rows: matrix.rows,
    columns: matrix.columns,
    norm,
    grid: [grid.gridRows, grid.gridColumns],
    padding: grid.padding,
    scores: new Float32Array(scores).buffer,
    order: ownBuffer(order),
    errors: relativeErrors(analysis).buffer,
    zeroBlocks: countZeros(energies),
    costs: patternCosts(grid, entry.dtype),
    elapsedMs: performance.now() - started,
  };
}

function relativeErrors({ residuals }: BlockAnalysis): Float32Array<ArrayBuffer> {
  const errors = new Float32Array(residuals.length);
  // Nothing can be lost of a matrix of zeros.
  const scale = residuals[0] === 0 ? 0 : 1 / residuals[0];
  for (let q = 0; q < residuals.length; q++) {
    errors[q] = residuals[q] * scale;
  }
  return errors;
}

function countZeros(energies: Float64Array): number {
  let zeros = 0;
  for (let i = 0; i < energies.length; i++) {
    zeros += energies[i] === 0 ? 1 : 0;
  }
  return zeros;
}
