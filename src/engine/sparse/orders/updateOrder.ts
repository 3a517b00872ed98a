import type { Job } from '../../job';
import type { Random } from '../../random';
import { powerEntry, type Seed, type SeedDigits } from '../kroneckerPower';
import { lookingEvery } from '../sparseProducts';
import type { TwoWay } from '../stencils';
import { pairByHash } from './digitPairing';
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
  const count = lines.pointers.length - 1;
  const own = orders[side];
  const other = orders[side === 0 ? 1 : 0].of;
  const others = data.X.dims[side === 0 ? 1 : 0];
  const base = side === 0 ? seed.rows : seed.columns;
  const grid = { base, digits: seed.power };
  const { first, second } = pairByHash(lines, others, own, grid, random);
  const look = lookingEvery(job, 2 ** 22);

  /** 2 sum v (x~ at `to` - x~ at `from`) over the entries of a line: what its move takes off the loss. */
  const gainOfMove = (line: number, to: number): number => {
    if (line >= count) {
      return 0;
    }
    const from = own.of[line];
    let sum = 0;
    for (let e = lines.pointers[line]; e < lines.pointers[line + 1]; e++) {
      const q = other[lines.columns[e]];
      const change =
        side === 0
          ? powerEntry(seed, digits, to, q) - powerEntry(seed, digits, from, q)
          : powerEntry(seed, digits, q, to) - powerEntry(seed, digits, q, from);
      sum += lines.values[e] * change;
    }
    look((lines.pointers[line + 1] - lines.pointers[line]) * seed.power);
    return 2 * sum;
  };

  let total = 0;
  let accepted = 0;
  for (let s = 0; s < first.length; s++) {
    const [a, b] = [first[s], second[s]];
    const gain = gainOfMove(a, own.of[b]) + gainOfMove(b, own.of[a]);
    if (gain >= 0 || random.next() < Math.exp(gamma * gain)) {
      swapPositions(own, a, b);
      total += gain;
      accepted++;
    }
  }
  return { gain: total, accepted };
}
