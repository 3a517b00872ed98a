import type { Job } from '../../job';
import { kernels, operationKinds, type Kernels } from '../../kernels';
import { triePassParameters, type TriePass } from '../../kernels/prefixTrie';
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
import { sortPositions, type ItemSize, type SortedPositions } from './trie';

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
    this.pass(positions, network, y, job, (engine, sorted, pass, sizes) => {
      const started = performance.now();
      runItems(engine, sorted, pass, itemsPerLook(sizes, network, engine), job);
      this.times.states += performance.now() - started;
    });
  }

  /** Fills `y` and returns the gradient of g = sum of v_e y_e by every parameter. */
  gradient(
    layout: ParameterLayout,
    parameters: Float32Array,
    positions: readonly Uint32Array[],
    y: Float32Array,
    job: Job,
  ): Float64Array {
    const network = networkOf(layout, parameters);
    const total = new Float64Array(modelSizes(network, this.code).slot.length);
    this.pass(positions, network, y, job, (engine, sorted, pass, sizes) => {
      const started = performance.now();
      const { arena } = engine;
      const slotLength = sizes.slot.length;
      const most = Math.max(1, Math.floor(slotBytesAtOnce / (slotLength * 4)));
      const perRun = Math.min(most, itemsPerLook(sizes, network, engine), sorted.items);
      const values = arena.singles(this.values.length);
      for (let i = 0; i < values.length; i++) {
        values[i] = this.values[sorted.order[i]];
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
      runItems(engine, sorted, withGradient, perRun, job, (count) => {
        for (let item = 0; item < count; item++) {
          const from = item * slotLength;
          for (let i = 0; i < slotLength; i++) {
            total[i] += slots[from + i];
          }
        }
      });
      this.times.gradient += performance.now() - started;
    });
    return parameterGradient(layout, parameters, total, modelSizes(network, this.code));
  }

  private pass(
    positions: readonly Uint32Array[],
    network: Network,
    y: Float32Array,
    job: Job,
    use: (engine: Kernels, sorted: SortedPositions, pass: TriePass, sizes: ModelSizes) => void,
  ): void {
    this.prefixes = 0;
    if (y.length === 0) {
      return;
    }
    job.throwIfCancelled();
    const engine = kernels();
    engine.arena.scope(() => {
      const started = performance.now();
      const parts = positions.map((mode, m) =>
        keyParts(this.code, m, mode, this.code.dims[this.code.axes[m]]),
      );
      const sorted = sortPositions(
        engine.arena,
        this.code,
        parts,
        this.indices,
        itemSizeOf(modelSizes(network, this.code)),
      );
      this.prefixes = sorted.prefixes;
      this.times.sort += performance.now() - started;
      generate(engine, this.code, network, sorted, y, use);
    });
  }
}

/** Runs `use` over sorted positions with a network in place, and hands y back in the entries' order. */
function generate(
  engine: Kernels,
  code: PositionCode,
  network: Network,
  sorted: SortedPositions,
  y: Float32Array,
  use: (engine: Kernels, sorted: SortedPositions, pass: TriePass, sizes: ModelSizes) => void,
): void {
  const { arena } = engine;
  const sizes = modelSizes(network, code);
  const generated = arena.singles(y.length);
  const pass: TriePass = {
    model: placeModel(arena, network, code, sizes, y.length),
    keys: sorted.keys.byteOffset,
    prefix: sorted.prefix.byteOffset,
    values: 0,
    y: generated.byteOffset,
    bounds: sorted.bounds.byteOffset,
    ...workspace(arena, sizes, engine, false),
    gradient: 0,
    gradientBytes: 0,
  };
  use(engine, sorted, pass, sizes);
  for (let i = 0; i < y.length; i++) {
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
  const { padded, widest } = sizes;
  const { leaves: levelRows, nodes } = itemSizeOf(sizes);
  const rows = keeps ? nodes : 2 * levelRows;
  const size = padded * 4;
  const perNode = (keeps ? 7 : 2) * size + 32 + (keeps ? 2 : 1) * widest * 4;
  const perLevelNode = (keeps ? 8 : 4) * size;
  const workBytes = roundUp(rows * perNode + levelRows * perLevelNode + 32 * 8, 64);
  return { work: arena.reserve(workBytes * engine.team.size), workBytes, rows, levelRows };
}

/** Items that take some 50 ms on one thread. */
function itemsPerLook(sizes: ModelSizes, network: Network, engine: Kernels): number {
  const perItem = itemSizeOf(sizes).nodes * sizes.gates * network.hidden ** 2;
  return Math.max(4 * engine.team.size, Math.floor(workPerLook / perItem));
}

/** Runs all items, so many at a time. */
function runItems(
  engine: Kernels,
  sorted: SortedPositions,
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
