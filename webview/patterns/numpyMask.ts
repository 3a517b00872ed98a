import type { BlockMap, Scheme } from '../../src/protocol/patterns';
import { base64 } from '../base64';
import type { OpenBlockMap } from './openMap';

/** Longer lines are hard on editors. */
const LINE = 96;

/** A bit per block, row-major, the first block in the highest bit, as `numpy.packbits`. */
export function packKept({ count, order }: OpenBlockMap, kept: number): Uint8Array {
  const bits = new Uint8Array(Math.ceil(count / 8));
  for (let index = 0; index < Math.min(kept, count); index++) {
    const block = order[index] ?? 0;
    bits[block >> 3] = (bits[block >> 3] ?? 0) | (0x80 >> (block & 7));
  }
  return bits;
}

/**
 * Python that builds the mask: `blocks` with an entry per block, `mask` with one per value, in the
 * tensor's own shape.
 */
export function numpyMask(open: OpenBlockMap, kept: number): string {
  const { map } = open;
  const [height, width] = map.pattern.block;
  const [gridRows, gridColumns] = map.grid;
  const lines = base64(packKept(open, kept)).match(new RegExp(`.{1,${LINE}}`, 'g')) ?? [''];
  return [
    'import base64',
    '',
    'import numpy as np',
    '',
    // As JSON, because a name could hold a line break.
    `# ${JSON.stringify(map.tensor)}: ${kept} of ${open.count} blocks of ${height} x ${width} are kept.`,
    'bits = np.frombuffer(base64.b64decode(',
    ...lines.map((line) => `    '${line}'`),
    '), dtype=np.uint8)',
    `blocks = np.unpackbits(bits, count=${open.count}).reshape(${gridRows}, ${gridColumns})`,
    `mask = np.kron(blocks, np.ones((${height}, ${width}), dtype=np.uint8)).astype(bool)`,
    `mask = mask[:${map.rows}, :${map.columns}]`,
    ...inTensorShape(map),
    '',
  ].join('\n');
}

/** Undoes the matricisation. */
function inTensorShape({ pattern, shape }: Pick<BlockMap, 'pattern' | 'shape'>): string[] {
  const axes = axesOf(pattern.scheme, shape.length);
  const order = axes.map((_, axis) => axes.indexOf(axis));
  const sizes = axes.map((axis) => shape[axis] ?? 1);
  if (shape.length === 2) {
    return [];
  }
  const isInOrder = axes.every((axis, index) => axis === index);
  return [
    `mask = mask.reshape(${sizes.join(', ')})${isInOrder ? '' : `.transpose(${order.join(', ')})`}`,
  ];
}

/** The tensor's axes (T, C, spatial…) in the order in which rows, then columns take them. */
export function axesOf(scheme: Scheme, dimensions: number): readonly number[] {
  const all = Array.from({ length: dimensions }, (_, axis) => axis);
  const spatial = all.slice(2);
  const half = Math.ceil(spatial.length / 2);
  const orders: Readonly<Record<Scheme, readonly number[]>> = {
    matrix: all,
    'channel-out': all,
    'channel-in': [0, ...spatial, 1],
    spatial: [1, ...spatial.slice(0, half), 0, ...spatial.slice(half)],
  };
  return orders[scheme];
}
