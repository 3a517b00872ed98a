import { basename, resolve } from 'node:path';
import { UsageError } from '../../../failures';
import type { Progress } from '../../../protocol/engine';
import type { SparseOffer } from '../../../protocol/sparse';
import { withProgress, type CliContext } from '../../context';
import { isModelFile } from './models';

/** Cells of the picture that comes along, of which a terminal has no use. */
const cells = 1;

/**
 * What can be done with the file at `path`.
 * @throws UsageError for one that is compressed already.
 */
export async function readOffer(
  context: CliContext,
  path: string,
  tensor: string | undefined,
): Promise<SparseOffer> {
  if (tensor === undefined && (await isModelFile(context, path))) {
    throw new UsageError(
      `"${basename(path)}" is a compressed matrix or tensor already; \`sparse info\` says what it holds, \`sparse decode\` writes it out.`,
      { file: path },
    );
  }
  return withProgress<SparseOffer, Progress>(context, 'Reading', (options) =>
    context.engine.sparseOffer(
      { path: resolve(path), ...(tensor !== undefined && { tensor }), cells },
      options,
    ),
  );
}
