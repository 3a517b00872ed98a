import { createRandom } from '../../engine/random';
import { Decoder, readArtefact, writeArtefact } from '../../engine/sparse/neukron';
import { initialParameters, parameterLayout } from '../../engine/sparse/neukron/parameters';
import { positionCode } from '../../engine/sparse/neukron/positionCode';
import { randomPermutation } from '../../engine/sparse/sampling';

/**
 * A decoder of a file with orders that holds a network as it is before any training, for a tensor of
 * size `dims` that nobody needs to have in memory.
 */
export function randomDecoder(dims: readonly number[], hidden: number, seed: number): Decoder {
  const code = positionCode(dims);
  const layout = parameterLayout({ cell: 'lstm', hidden, modes: code.bits.length });
  const random = createRandom(seed);
  const trained = {
    layout,
    parameters: initialParameters(layout, code, 1, seed),
    scale: 1,
    positions: code.bits.map((bits) => randomPermutation(2 ** bits, random)),
  };
  return new Decoder(readArtefact(writeArtefact(dims, [trained], { withOrders: true })));
}
