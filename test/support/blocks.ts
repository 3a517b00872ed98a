/** A matrix in rows, cut into square blocks that fit without rest: what tests compare with. */
export interface BlockedMatrix {
  readonly values: Float32Array;
  readonly rows: number;
  readonly columns: number;
  /** Rows and columns of a block. */
  readonly edge: number;
}

/** Numbers of the `kept` blocks of the largest norms, row by row, entry by entry. */
export function heaviestBlocks(matrix: BlockedMatrix, kept: number): ReadonlySet<number> {
  const { columns, edge, rows, values } = matrix;
  const energies = new Array<number>((rows * columns) / edge ** 2).fill(0);
  values.forEach((value, at) => (energies[blockOf(matrix, at)] += value ** 2));
  const order = energies.map((_, block) => block).sort((a, b) => energies[b] - energies[a]);
  return new Set(order.slice(0, kept));
}

/** The values with zeros in all other blocks. */
export function keepBlocks(matrix: BlockedMatrix, kept: ReadonlySet<number>): Float32Array {
  return matrix.values.map((value, at) => (kept.has(blockOf(matrix, at)) ? value : 0));
}

function blockOf({ columns, edge }: BlockedMatrix, at: number): number {
  const [row, column] = [Math.floor(at / columns), at % columns];
  return Math.floor(row / edge) * (columns / edge) + Math.floor(column / edge);
}
