import { openWeights } from '../../formats/registry';
import { openLocalFile } from '../../io/localFile';
import type { PatternInfo } from '../../protocol/patterns';
import { matricisations } from '../ranks/matricisation';
import { bestKroneckerBlock, blockOffers } from '../sparsity/blockSize';
import { elementCount } from '../tensor/tensor';
import { requirePatternEntry } from './eligibility';

/** Terms of the Kronecker sums for which the best block is told. */
const ranks: readonly number[] = [1, 2, 4];

/** Sizes of a group that are offered: what hardware knows (2:4), and its relatives. */
const groupSizes: readonly number[] = [2, 4, 8, 16];

/**
 * What patterns a tensor can have, from the file's header alone.
 * @throws UsageError when there is no such tensor; UnsupportedError when it has no pattern.
 */
export async function patternInfo({
  path,
  tensor,
}: {
  path: string;
  tensor: string;
}): Promise<PatternInfo> {
  const file = await openWeights(await openLocalFile(path));
  try {
    const { shape, dtype } = requirePatternEntry(file, tensor);
    const matrices = matricisations(shape).map(({ scheme, rows, columns }) => ({
      scheme,
      rows,
      columns,
      blocks: blockOffers(
        rows,
        columns,
        scheme === 'channel-out' ? elementCount(shape.slice(2)) : 1,
      ),
      best: ranks.map((rank) => bestKroneckerBlock(rows, columns, rank)),
      nm: groupSizes.filter((m) => columns % m === 0),
    }));
    return { tensor, shape, dtype, matrices };
  } finally {
    await file.close();
  }
}
