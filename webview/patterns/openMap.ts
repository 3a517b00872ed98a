import type { BlockMap, NmMap, PatternMap } from '../../src/protocol/patterns';

/** The blocks of a map as arrays, with the place of each in the order. */
export interface OpenBlockMap {
  readonly kind: 'block';
  readonly map: BlockMap;
  readonly count: number;
  readonly scores: Float32Array;
  /** Entry i is the block that is kept as the (i + 1)-th. */
  readonly order: Uint32Array;
  /** The inverse of the order: how many blocks are kept before this one. */
  readonly places: Uint32Array;
  readonly errors: Float32Array;
}

/** The tiles of an N:M map as arrays. */
export interface OpenNmMap {
  readonly kind: 'nm';
  readonly map: NmMap;
  /** Entries of a group: what can be kept is 0 to this. */
  readonly count: number;
  readonly scores: Float32Array;
  /** Entry n: the share of each tile's squared norm that is lost. */
  readonly losses: readonly Float32Array[];
}

export type OpenMap = OpenBlockMap | OpenNmMap;

export function openMap(map: PatternMap): OpenMap {
  const scores = new Float32Array(map.scores);
  if (!isBlockMap(map)) {
    const losses = map.losses.map((loss) => new Float32Array(loss));
    return { kind: 'nm', map, count: map.pattern.m, scores, losses };
  }
  const order = new Uint32Array(map.order);
  const errors = new Float32Array(map.errors);
  return { kind: 'block', map, count: order.length, scores, order, places: inverse(order), errors };
}

function isBlockMap(map: PatternMap): map is BlockMap {
  return map.pattern.kind === 'block';
}

function inverse(order: Uint32Array): Uint32Array {
  const places = new Uint32Array(order.length);
  for (let place = 0; place < order.length; place++) {
    places[order[place] ?? 0] = place;
  }
  return places;
}

/** Blocks (of N:M: entries of a group) for a fraction that is to be kept. */
export function countForKept({ count }: OpenMap, kept: number): number {
  return Math.min(count, Math.max(0, Math.round(kept * count)));
}

/** Share of the squared norm that is kept with the first `kept`. */
export function energyOf(map: OpenMap, kept: number): number {
  return 1 - Math.min(1, errorOf(map, kept) ** 2);
}

export function errorOf(map: OpenMap, kept: number): number {
  return (map.kind === 'block' ? map.errors[kept] : map.map.errors[kept]) ?? 0;
}

/** The fewest that keep a share of the squared norm. */
export function countForEnergy(map: OpenMap, energy: number): number {
  const most = Math.sqrt(Math.max(0, 1 - energy));
  let [low, high] = [0, map.count];
  while (low < high) {
    const middle = (low + high) >> 1;
    if (errorOf(map, middle) <= most) {
      high = middle;
    } else {
      low = middle + 1;
    }
  }
  return low;
}

/** The score of the last block that is kept; undefined where rows have thresholds of their own. */
export function thresholdOf(map: OpenBlockMap, kept: number): number | undefined {
  return map.map.pattern.scope === 'matrix' && kept > 0
    ? map.scores[map.order[kept - 1] ?? 0]
    : undefined;
}
