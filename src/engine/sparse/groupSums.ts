import { unattended, type Job } from '../job';
import { kernels, operationKinds } from '../kernels';
import { describeShares, resident, type StencilShare } from '../kernels/stencils';
import { dot } from '../linalg/vectors';
import {
  compressedRows,
  squaredNorm,
  type CompressedRows,
  type SparseTensor,
} from './sparseTensor';
import { sizesOf, type Side, type Stencil, type TwoWay } from './stencil';

/** Lines whose sums a thread computes at a time. */
const linesPerItem = 64;
/** Lines whose sums are held at a time where not all are needed together. */
const linesAtOnce = 1024;
/** Operations between looks at the stop sign: some 20 ms on one thread. */
const workPerLook = 2 ** 25;

/** The lines of both sides where kernels reach them, until the arena's scope ends. */
export function residentLines({ X, lines }: TwoWay): TwoWay {
  return { X, lines: [residentRows(lines[0]), residentRows(lines[1])] };
}

function residentRows({ pointers, columns, values }: CompressedRows): CompressedRows {
  const { arena } = kernels();
  return {
    pointers: resident(arena, pointers),
    columns: resident(arena, columns),
    values: resident(arena, values),
  };
}

/**
 * Sums of the residual of `others` along the lines of one side, per group of the other side:
 * e_ib = sum of (X - sum of the others)[i, j] over j in group b. The residual itself is never formed:
 * what another stencil contributes depends on line i by its label alone, through the table that counts
 * how often its groups meet those of this one. The tables lie in the kernels' memory until the
 * arena's scope around the constructor ends.
 */
export class GroupSums {
  readonly groups: number;
  /** How many lines of the other side are in each group. */
  readonly groupSizes: Float64Array;
  private readonly lines: CompressedRows;
  private readonly grouping: Uint16Array;
  private readonly shares: Uint32Array;
  private readonly count: number;

  constructor(
    data: Pick<TwoWay, 'lines'>,
    private readonly side: Side,
    grouping: Uint16Array,
    groups: number,
    others: readonly Stencil[],
    private readonly job: Job = unattended,
  ) {
    const { arena } = kernels();
    this.groups = groups;
    this.groupSizes = new Float64Array(groups);
    for (let j = 0; j < grouping.length; j++) {
      this.groupSizes[grouping[j]]++;
    }
    this.lines = residentRows(data.lines[side]);
    this.grouping = resident(arena, grouping);
    this.count = others.length;
    const rows = others.reduce((sum, { clusters }) => sum + clusters[side], 0);
    let table = arena.doubles(rows * groups).byteOffset;
    const shares = others.map((other) => {
      const share = this.shareOf(other, table);
      table += share.own * groups * 8;
      return share;
    });
    this.shares = describeShares(arena, shares);
    this.fillTables(others);
  }

  /** Writes e_ib of lines `first` to `first + count` to `target`, count x groups. */
  read(first: number, count: number, target: Float64Array): void {
    const which = new Uint32Array(count);
    for (let t = 0; t < count; t++) {
      which[t] = first + t;
    }
    this.readLines(which, target);
  }

  /** Writes e_ib of some lines to `target`, lines x groups. */
  readLines(which: Uint32Array, target: Float64Array): void {
    const { arena } = kernels();
    arena.scope(() => {
      const isDirect = arena.holds(target);
      const sums = isDirect ? target : arena.doubles(which.length * this.groups);
      this.readInto(resident(arena, which), sums);
      if (!isDirect) {
        target.set(sums);
      }
    });
  }

  /** All lines, some at a time: `use` gets e_ib of lines `first` on, in the kernels' memory. */
  forEachPiece(use: (E: Float64Array, first: number, count: number) => void): void {
    const { groups } = this;
    const lines = this.lines.pointers.length - 1;
    const { arena } = kernels();
    arena.scope(() => {
      const E = arena.doubles(Math.min(lines, linesAtOnce) * groups);
      for (let first = 0; first < lines; first += linesAtOnce) {
        const count = Math.min(linesAtOnce, lines - first);
        this.read(first, count, E.subarray(0, count * groups));
        use(E, first, count);
      }
    });
  }

  /** Sums over blocks, clusters x groups, of all lines by their labels. */
  blocks(labels: Uint16Array, clusters: number): Float64Array {
    const blocks = new Float64Array(clusters * this.groups);
    this.forEachPiece((E, first, count) => {
      addByLabel(blocks, E, labels.subarray(first, first + count), this.groups, this.job);
    });
    return blocks;
  }

  private readInto(which: Uint32Array, target: Float64Array): void {
    const { arena, team } = kernels();
    const { groups, grouping, lines, shares, job } = this;
    const room = arena.reserve(4 * this.count * team.size);
    const rowWork = (this.count + 1) * groups + lines.values.length / (lines.pointers.length - 1);
    const items = Math.max(team.size, Math.floor(workPerLook / (linesPerItem * rowWork)));
    for (let from = 0; from < which.length; from += items * linesPerItem) {
      job.throwIfCancelled();
      const count = Math.min(which.length - from, items * linesPerItem);
      const to = target.byteOffset + from * groups * 8;
      team.run(
        operationKinds.stencilLines,
        [
          ...[lines.pointers, lines.columns, lines.values, grouping].map((data) => data.byteOffset),
          ...[groups, shares.byteOffset, this.count],
          ...[which.byteOffset + from * 4, count, linesPerItem, to, room],
        ],
        Math.ceil(count / linesPerItem),
      );
    }
  }

  private shareOf(stencil: Stencil, table: number): StencilShare {
    const { arena } = kernels();
    const { clusters, labels, templates } = stencil;
    const opposite: Side = this.side === 0 ? 1 : 0;
    const strides = [8 * clusters[1], 8];
    return {
      ownLabels: resident(arena, labels[this.side]).byteOffset,
      otherLabels: resident(arena, labels[opposite]).byteOffset,
      templates: resident(arena, templates).byteOffset,
      ownStride: strides[this.side],
      otherStride: strides[opposite],
      own: clusters[this.side],
      other: clusters[opposite],
      table,
    };
  }

  private fillTables(others: readonly Stencil[]): void {
    const { arena, team } = kernels();
    const { groups, grouping, shares, job } = this;
    const opposite: Side = this.side === 0 ? 1 : 0;
    const widest = Math.max(0, ...others.map(({ clusters }) => clusters[opposite]));
    const largest = Math.max(1, ...others.map(({ templates }) => templates.length));
    // A count takes as long as some four multiply-adds.
    const perLook = Math.floor(workPerLook / (largest * groups + 4 * grouping.length));
    const items = Math.max(team.size, perLook);
    arena.scope(() => {
      const workBytes = widest * groups * 8;
      const work = arena.reserve(workBytes * team.size);
      for (let first = 0; first < others.length; first += items) {
        job.throwIfCancelled();
        const at = [shares.byteOffset, grouping.byteOffset];
        team.run(
          operationKinds.stencilTable,
          [...at, grouping.length, groups, work, workBytes, first],
          Math.min(items, others.length - first),
        );
      }
    });
  }
}

/** Adds rows (labels x groups, in the kernels' memory) to the rows of `blocks` of their labels. */
export function addByLabel(
  blocks: Float64Array,
  rows: Float64Array,
  labels: Uint16Array,
  groups: number,
  job: Job,
): void {
  const { arena, exports } = kernels();
  arena.scope(() => {
    const sums = resident(arena, blocks);
    const own = resident(arena, labels);
    const atOnce = Math.max(1, Math.floor(workPerLook / groups));
    for (let from = 0; from < labels.length; from += atOnce) {
      job.throwIfCancelled();
      exports.addByLabel(
        own.byteOffset + 2 * from,
        rows.byteOffset + 8 * from * groups,
        Math.min(atOnce, labels.length - from),
        groups,
        sums.byteOffset,
      );
    }
    if (sums !== blocks) {
      blocks.set(sums);
    }
  });
}

/**
 * ||X - sum of stencils||^2, anew from the stencils alone: every one takes 2 <E, S> - ||S||^2 off the
 * squared norm of what those before it leave, E.
 */
export function squaredErrorOf(X: SparseTensor, stencils: readonly Stencil[], job: Job): number {
  const { arena } = kernels();
  return arena.scope(() => {
    const none = {
      pointers: Uint32Array.of(0),
      columns: Uint32Array.of(),
      values: Float64Array.of(),
    };
    const data = { lines: [residentRows(compressedRows(X)), none] as const };
    let error = squaredNorm(X);
    stencils.forEach((stencil, s) => {
      arena.scope(() => {
        const { clusters, labels } = stencil;
        const before = stencils.slice(0, s);
        const sums = new GroupSums(data, 0, labels[1], clusters[1], before, job);
        error -= gainFrom(stencil, sums.blocks(labels[0], clusters[0]));
      });
    });
    return error;
  });
}

/**
 * What a stencil takes off the error of the others: ||E + S||^2 - ||E||^2 = 2 <E + S, S> - ||S||^2,
 * where E + S is what they leave, given by its sums over the stencil's blocks.
 */
export function gainFrom(stencil: Stencil, blocks: Float64Array): number {
  return 2 * dot(blocks, 0, stencil.templates, 0, blocks.length) - squareOf(stencil);
}

/** ||S||^2 = sum of n_ab T_ab^2. */
function squareOf(stencil: Stencil): number {
  const [rows, columns] = [sizesOf(stencil, 0), sizesOf(stencil, 1)];
  let sum = 0;
  for (let a = 0; a < rows.length; a++) {
    for (let b = 0; b < columns.length; b++) {
      sum += rows[a] * columns[b] * stencil.templates[a * columns.length + b] ** 2;
    }
  }
  return sum;
}
