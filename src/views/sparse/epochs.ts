import type { SparseEpoch } from '../../protocol/sparse';

/** Of a training: enough for any curve on a screen, little enough to be sent ten times a second. */
const mostEpochs = 300;

/**
 * The epochs of a training with those that have come since, thinned out to at most `most`: the first,
 * the last, and every 2^n-th between. Epochs that a continued training goes through again replace
 * what was known of them.
 */
export function addEpochs(
  known: readonly SparseEpoch[],
  added: readonly SparseEpoch[],
  most = mostEpochs,
): readonly SparseEpoch[] {
  const from = added[0]?.epoch ?? Infinity;
  const all = [...known.filter(({ epoch }) => epoch < from), ...added];
  const first = all[0]?.epoch ?? 0;
  const last = all.at(-1)?.epoch ?? 0;
  let step = 1;
  // Besides every step-th there is the last.
  while (Math.floor((last - first) / step) + 2 > most) {
    step *= 2;
  }
  return step === 1
    ? all
    : all.filter(({ epoch }) => (epoch - first) % step === 0 || epoch === last);
}
