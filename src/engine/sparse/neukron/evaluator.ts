import type { Job } from '../../job';
import { kernelInfo, kernels, operationKinds, type Kernels } from '../../kernels';
import { triePassParameters, type TriePass } from '../../kernels/prefixTrie';
import type { Random } from '../../random';
import type { SparseTensor } from '../sparseTensor';
import { networkOf, type Network } from './network';
import type { ParameterLayout } from './parameters';
import { keyParts, type PositionCode } from './positionCode';
import {
  modelSizes,
  parameterGradient,
  placeModel,
  roundUp,
  type ModelSizes,
} from './residentModel';
import {
  batchesOf,
  placeSorted,
  sortKeys,
  type ItemSize,
  type SortedKeys,
  type SortedPositions,
} from './trie';

/** Multiply-adds between looks at the stop sign: some 50 ms on one thread. */
const workPerLook = 2 ** 29;
/** Bytes that the items of one run may fill with gradients. */
const slotBytesAtOnce = 2 ** 26;

/** Bytes of the rows of an item's nodes, with gradients: what a second-level cache holds. */
const itemBytes = 2 ** 21;

/**
 * Items small enough to stay in a cache, from the network alone. They decide in which portions
 * gradients are added up, so they must not depend on the number of threads.
 */
function itemSizeOf({ padded }: ModelSizes): ItemSize {
  const nodes = Math.floor(itemBytes / (7 * padded * 4));
  return { leaves: 512, nodes: Math.max(256, Math.min(2304, nodes)) };
}

/** Where the time of an evaluation goes, in milliseconds. */
export interface EvaluationTimes {
  sort: number;
  states: number;
  gradient: number;
}

/**
 * Evaluates networks at the nonzeros of one tensor. `y` is the generated value of unit scale of each
 * entry, in the tensor's order; a value depends on its own position and the network alone, bit by
 * bit, whatever else is evaluated and by how many threads.
 */
export class Evaluator {
  readonly times: EvaluationTimes = { sort: 0, states: 0, gradient: 0 };
  /** Distinct token prefixes of the last evaluation: how many states of the network it took. */
  prefixes = 0;
  private readonly indices: readonly Uint32Array[];
  private readonly values: Float64Array;

  constructor(
    readonly code: PositionCode,
    X: Pick<SparseTensor, 'indices' | 'values'>,
  ) {
    this.indices = code.axes.map((axis) => X.indices[axis]);
    this.values = X.values;
  }

  /** Fills `y`. `positions[mode][index]` of the coded modes. @throws CancelledError. */
  evaluate(network: Network, positions: readonly Uint32Array[], y: Float32Array, job: Job): void {
    this.prefixes = 0;
    if (y.length > 0) {
      const sorted = this.sort(positions, job);
      kernels().arena.scope(() => {
        const placed = this.place(sorted, network);
        this.prefixes = placed.sorted.prefixes;
        const started = performance.now();
        const { engine, sizes } = placed;
        runItems(placed, placed.pass, itemsPerLook(sizes, network, engine), job);
        this.times.states += performance.now() - started;
        handBack(placed, y);
      });
    }
  }

  /** Fills `y` and returns the gradient of g = sum of v_e y_e by every parameter. */
  gradient(
    layout: ParameterLayout,
    parameters: Float32Array,
    positions: readonly Uint32Array[],
    y: Float32Array,
    job: Job,
  ): Float64Array {
    this.prefixes = 0;
    return y.length === 0
      ? new Float64Array(layout.count)
      : this.gradientOf(this.sort(positions, job), layout, parameters, y, job);
  }

  /**
   * Shares the entries out among batches at random and calls `use` for each with its part of g times
   * the number of batches, which is g on average, and the gradient of that; `use` may change the
   * parameters. There are fewer batches where there are not enough entries.
   */
  gradientInBatches(
    layout: ParameterLayout,
    parameters: Float32Array,
    positions: readonly Uint32Array[],
    { batches, random }: { readonly batches: number; readonly random: Random },
    job: Job,
    use: (gradient: Float64Array, g: number) => void,
  ): void {
    this.prefixes = 0;
    if (this.values.length === 0) {
      return;
    }
    const y = new Float32Array(this.values.length);
    const shared = batchesOf(this.sort(positions, job), batches, random);
    for (const batch of shared) {
      const gradient = this.gradientOf(batch, layout, parameters, y, job);
      const g = batch.order.reduce((sum, e) => sum + this.values[e] * y[e], 0);
      use(
        gradient.map((d) => d * shared.length),
        g * shared.length,
      );
    }
  }

  private sort(positions: readonly Uint32Array[], job: Job): SortedKeys {
    job.throwIfCancelled();
    const started = performance.now();
    const { code } = this;
    const parts = positions.map((mode, m) => keyParts(code, m, mode, code.dims[code.axes[m]]));
    const sorted = sortKeys(code, parts, this.indices);
    this.times.sort += performance.now() - started;
    return sorted;
  }

  /** Sorted entries and a network in the kernels' memory, for the arena's current scope. */
  private place(keys: SortedKeys, network: Network): Placed {
    const engine = kernels();
    const { arena } = engine;
    const sizes = modelSizes(network, this.code);
    const started = performance.now();
    const sorted = placeSorted(arena, this.code, keys, itemSizeOf(sizes));
    this.times.sort += performance.now() - started;
    const generated = arena.singles(keys.order.length);
    const pass: TriePass = {
      model: placeModel(arena, network, this.code, sizes, generated.length),
      keys: sorted.keys.byteOffset,
      prefix: sorted.prefix.byteOffset,
      values: 0,
      y: generated.byteOffset,
      bounds: sorted.bounds.byteOffset,
      ...workspace(arena, sizes, engine, false),
      gradient: 0,
      gradientBytes: 0,
    };
    return { engine, sizes, sorted, generated, pass };
  }

  private gradientOf(
    keys: SortedKeys,
    layout: ParameterLayout,
    parameters: Float32Array,
    y: Float32Array,
    job: Job,
  ): Float64Array {
    const network = networkOf(layout, parameters);
    return kernels().arena.scope(() => {
      const placed = this.place(keys, network);
      const { engine, sizes, sorted, pass } = placed;
      this.prefixes += sorted.prefixes;
      const started = performance.now();
      const { arena } = engine;
      const slotLength = sizes.slot.length;
      const total = new Float64Array(slotLength);
      const most = Math.max(1, Math.floor(slotBytesAtOnce / (slotLength * 4)));
      const perRun = Math.min(most, itemsPerLook(sizes, network, engine), sorted.items);
      const values = arena.singles(keys.order.length);
      for (let i = 0; i < values.length; i++) {
        values[i] = this.values[keys.order[i]];
      }
      const slots = arena.singles(perRun * slotLength);
      const withGradient = {
        ...pass,
        ...workspace(arena, sizes, engine, true),
        values: values.byteOffset,
        gradient: slots.byteOffset,
        gradientBytes: slotLength * 4,
      };
      // Items are added up in their order, so the sum does not depend on who computed which.
      runItems(placed, withGradient, perRun, job, (count) => {
        for (let item = 0; item < count; item++) {
          const from = item * slotLength;
          for (let i = 0; i < slotLength; i++) {
            total[i] += slots[from + i];
          }
        }
      });
      handBack(placed, y);
      this.times.gradient += performance.now() - started;
      return parameterGradient(layout, parameters, total, sizes);
    });
  }
}

interface Placed {
  readonly engine: Kernels;
  readonly sizes: ModelSizes;
  readonly sorted: SortedPositions;
  /** y of the sorted entries. */
  readonly generated: Float32Array;
  readonly pass: TriePass;
}

/** Hands generated values back in the entries' order. */
function handBack({ sorted, generated }: Placed, y: Float32Array): void {
  for (let i = 0; i < generated.length; i++) {
    y[sorted.order[i]] = generated[i];
  }
}

/** Room for the nodes of an item, for each thread; without gradients two levels take turns in it. */
function workspace(
  arena: Kernels['arena'],
  sizes: ModelSizes,
  engine: Kernels,
  keeps: boolean,
): Pick<TriePass, 'work' | 'workBytes' | 'rows' | 'levelRows'> {
  const room = roomOf(sizes, keeps);
  return { work: arena.reserve(room.workBytes * engine.team.size), ...room };
}

function roomOf(
  sizes: ModelSizes,
  keeps: boolean,
): Pick<TriePass, 'workBytes' | 'rows' | 'levelRows'> {
  const { padded, widest } = sizes;
  const { leaves: levelRows, nodes } = itemSizeOf(sizes);
  const rows = keeps ? nodes : 2 * levelRows;
  const size = padded * 4;
  const perNode = (keeps ? 7 : 2) * size + 32 + (keeps ? 2 : 1) * widest * 4;
  const perLevelNode = (keeps ? 8 : 4) * size;
  const workBytes = roundUp(rows * perNode + levelRows * perLevelNode + 32 * 8, 64);
  return { workBytes, rows, levelRows };
}

/**
 * About how many bytes an evaluation with gradients holds at a time: for each entry the keys, unsorted,
 * sorted, in a batch and in the kernels' memory, three orders, the value, y three times and shared
 * prefixes; the nodes of an item for each thread; gradients.
 */
export function evaluationBytes(
  code: PositionCode,
  layout: Pick<ParameterLayout, 'cell' | 'hidden'>,
  entries: number,
): number {
  const sizes = modelSizes(layout, code);
  const room = roomOf(sizes, true).workBytes + roomOf(sizes, false).workBytes;
  return (
    entries * (16 * code.words + 12 + 4 + 12 + 1) + room * kernelInfo().threads + slotBytes(sizes)
  );
}

/** Of the gradients that are held at a time. */
function slotBytes({ slot }: ModelSizes): number {
  return Math.max(slotBytesAtOnce, slot.length * 4);
}

/** Items that take some 50 ms on one thread. */
function itemsPerLook(sizes: ModelSizes, network: Network, engine: Kernels): number {
  const perItem = itemSizeOf(sizes).nodes * sizes.gates * network.hidden ** 2;
  return Math.max(4 * engine.team.size, Math.floor(workPerLook / perItem));
}

/** Runs all items, so many at a time. */
function runItems(
  { engine, sorted }: Placed,
  pass: TriePass,
  perRun: number,
  job: Job,
  after: (count: number) => void = () => {},
): void {
  for (let first = 0; first < sorted.items; first += perRun) {
    job.throwIfCancelled();
    const count = Math.min(perRun, sorted.items - first);
    engine.team.run(operationKinds.prefixTrie, triePassParameters(pass, first), count);
    after(count);
  }
}
