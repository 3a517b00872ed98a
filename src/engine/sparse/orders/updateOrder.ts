import type { Job } from '../../job';
import type { Random } from '../../random';
import { kernels, operationKinds } from '../../kernels';
import { resident } from '../../kernels/stencils';
import { digitsByIndex, type Seed, type SeedDigits } from '../kroneckerPower';
import type { TwoWay } from '../stencils';
import { pairByHash, type Swaps } from './digitPairing';
import { swapPositions, type Positions } from './positions';

/**
 * One update of the order of one mode of a Kronecker power: swaps proposed by {@link pairByHash} are
 * accepted when they lower the loss, else with probability exp(gamma gain) (Metropolis). The swaps
 * touch disjoint rows, so that the loss falls by exactly the sum of the accepted gains.
 */
export function updateOrder(
  data: TwoWay,
  seed: Seed,
  digits: SeedDigits,
  orders: readonly [Positions, Positions],
  side: 0 | 1,
  gamma: number,
  random: Random,
  job: Job,
): { readonly gain: number; readonly accepted: number } {
  const lines = data.lines[side];
  const own = orders[side];
  const others = data.X.dims[side === 0 ? 1 : 0];
  const base = side === 0 ? seed.rows : seed.columns;
  const grid = { base, digits: seed.power };
  const { first, second } = pairByHash(lines, others, own, grid, random);
  // No line is in two swaps, so that what a move gains does not depend on the others.
  const gains = gainsOfSwaps(data, seed, digits, orders, side, { first, second }, job);
  let total = 0;
  let accepted = 0;
  for (let s = 0; s < first.length; s++) {
    const gain = gains[2 * s] + gains[2 * s + 1];
    if (gain >= 0 || random.next() < Math.exp(gamma * gain)) {
      swapPositions(own, first[s], second[s]);
      total += gain;
      accepted++;
    }
  }
  return { gain: total, accepted };
}

/** Moves that a thread looks at at a time. */
const movesPerItem = 128;
/** Factors of entries between looks at the stop sign: some 20 ms on one thread. */
const workPerLook = 2 ** 23;

/** What the moves of the first and the second line of every swap take off the loss, one by one. */
function gainsOfSwaps(
  data: TwoWay,
  seed: Seed,
  digits: SeedDigits,
  orders: readonly [Positions, Positions],
  side: 0 | 1,
  { first, second }: Swaps,
  job: Job,
): Float64Array {
  const { arena, team } = kernels();
  const { power } = seed;
  const opposite = side === 0 ? 1 : 0;
  const { pointers, columns, values } = data.lines[side];
  const known = pointers.length - 1;
  const own = orders[side];
  const [ownDigits, otherDigits] =
    side === 0 ? [digits.row, digits.column] : [digits.column, digits.row];
  const moves = 2 * first.length;
  return arena.scope(() => {
    const lines = arena.words(moves);
    const targets = arena.words(moves);
    for (let s = 0; s < first.length; s++) {
      lines[2 * s] = first[s];
      targets[2 * s] = own.of[second[s]];
      lines[2 * s + 1] = second[s];
      targets[2 * s + 1] = own.of[first[s]];
    }
    const gains = arena.doubles(moves);
    const at = (held: Uint32Array | Float64Array): number => resident(arena, held).byteOffset;
    const shared = [
      ...[power, at(seed.data), at(ownDigits)],
      digitsByIndex(otherDigits, orders[opposite].of, data.X.dims[opposite], power),
      ...[at(pointers), at(columns), at(values), known, at(own.of)],
    ];
    const average = (2 * power * (values.length + known)) / (known + 1);
    const atOnce = Math.max(1, Math.floor(workPerLook / (average * movesPerItem))) * movesPerItem;
    for (let from = 0; from < moves; from += atOnce) {
      job.throwIfCancelled();
      const count = Math.min(atOnce, moves - from);
      const places = [lines.byteOffset + 4 * from, targets.byteOffset + 4 * from];
      team.run(
        operationKinds.kroneckerGains,
        [...shared, ...places, count, movesPerItem, gains.byteOffset + 8 * from],
        Math.ceil(count / movesPerItem),
      );
    }
    return gains.slice();
  });
}
