import type { Scheme } from '../engine/ranks/matricisation';
import type { FailureData } from '../failures';
import type { Progress } from './progress';

/** The words of this contract, so that the page needs no other import. */
export type { FailureData, Progress, Scheme };

export const patternsViewType = 'tensorpress.patterns';

/**
 * What a block is judged by. Frobenius norm (the smallest squared error), sum of magnitudes, the
 * largest magnitude, mean of squares over the entries that are not padding (which is fair to the
 * ragged edge).
 */
export type Criterion = 'frobenius' | 'l1' | 'max' | 'meanSquare';

/** The best blocks of the whole matrix, or the same number of them in every row of blocks. */
export type Scope = 'matrix' | 'blockRow';

/** Blocks of `block` rows x columns of the matrix that `scheme` makes of the tensor. */
export interface BlockPattern {
  readonly kind: 'block';
  readonly scheme: Scheme;
  readonly block: readonly [rows: number, columns: number];
  readonly criterion: Criterion;
  readonly scope: Scope;
}

/** Of every `m` consecutive entries of a row the largest few in magnitude remain. */
export interface NmPattern {
  readonly kind: 'nm';
  readonly scheme: Scheme;
  readonly m: number;
}

export type Pattern = BlockPattern | NmPattern;

/** A tensor read as a matrix. */
export interface MatrixForm {
  readonly scheme: Scheme;
  readonly rows: number;
  readonly columns: number;
}

/** A block size worth offering for a matrix. */
export interface BlockOffer {
  readonly block: readonly [rows: number, columns: number];
  readonly grid: readonly [rows: number, columns: number];
  /** Rows and columns of zeros that are added so that the blocks fit. */
  readonly padding: readonly [rows: number, columns: number];
}

/** The block with the fewest parameters of a Kronecker sum of `rank` terms (seed 002, eq. 5). */
export interface BestKroneckerBlock {
  readonly rank: number;
  readonly block: readonly [rows: number, columns: number];
  readonly grid: readonly [rows: number, columns: number];
  /** m1 n1 (1 + rank) + rank m2 n2, the pattern's own m1 n1 included. */
  readonly parameters: number;
  /** Blocks with as few parameters, this one among them. */
  readonly ties: number;
}

/** What can be offered for a tensor before any of its values is read. */
export interface PatternInfo {
  readonly tensor: string;
  readonly shape: readonly number[];
  readonly dtype: string;
  readonly matrices: readonly (MatrixForm & {
    /** Small first; divisors and powers of two. */
    readonly blocks: readonly BlockOffer[];
    /** For ranks 1, 2 and 4. */
    readonly best: readonly BestKroneckerBlock[];
    /** Values of M for which M divides the columns: of 2, 4, 8, 16. */
    readonly nm: readonly number[];
  })[];
}

/** Bytes and multiply-adds, linear in the kept blocks q: everything a slider needs. */
export interface PatternCosts {
  /** Of the tensor's type. */
  readonly valueBytes: number;
  readonly denseBytes: number;
  /** BSR: row pointers, without any block. */
  readonly bsrFixedBytes: number;
  /** BSR: the values of one block and its column index. */
  readonly bsrBlockBytes: number;
  /** Per column of the input. */
  readonly denseMacs: number;
  readonly blockMacs: number;
}

interface MapHead {
  readonly tensor: string;
  readonly shape: readonly number[];
  readonly dtype: string;
  readonly rows: number;
  readonly columns: number;
  /** Frobenius norm of the tensor. */
  readonly norm: number;
  /** Cells of the picture. */
  readonly grid: readonly [rows: number, columns: number];
  readonly padding: readonly [rows: number, columns: number];
  /** Time from the values in memory to this answer. */
  readonly elapsedMs: number;
}

/** Blocks, the order in which they are kept, and what is lost by keeping only the first of them. */
export interface BlockMap extends MapHead {
  readonly pattern: BlockPattern;
  /** Float32Array of the cells, row-major: the criterion's value. */
  readonly scores: ArrayBuffer;
  /** Uint32Array of the cells: entry i is the block that is kept as the (i + 1)-th. */
  readonly order: ArrayBuffer;
  /** Float32Array of cells + 1: entry q is the relative error of keeping the first q. */
  readonly errors: ArrayBuffer;
  /** Blocks that hold nothing but zeros. */
  readonly zeroBlocks: number;
  readonly costs: PatternCosts;
}

/** N:M for every N; a cell is a tile of whole groups, so that there are at most a million. */
export interface NmMap extends MapHead {
  readonly pattern: NmPattern;
  /** Entries of the matrix in a cell. */
  readonly tile: readonly [rows: number, columns: number];
  /** Float32Array of the cells: Frobenius norm. */
  readonly scores: ArrayBuffer;
  /** Entry n, from 0 to m: the relative error of keeping n of m. */
  readonly errors: readonly number[];
  /** Entry n: Float32Array of the cells, the share of the cell's squared norm that is lost. */
  readonly losses: readonly ArrayBuffer[];
  /** Values kept and their positions of ceil(log2 m) bits each, for every n from 0 to m. */
  readonly bytes: readonly number[];
  readonly denseBytes: number;
  readonly denseMacs: number;
}

export type PatternMap = BlockMap | NmMap;

/** Error against the kept fraction of the blocks, for one size of block. */
export interface PatternCurve {
  readonly block: readonly [rows: number, columns: number];
  readonly grid: readonly [rows: number, columns: number];
  readonly padding: readonly [rows: number, columns: number];
  readonly costs: PatternCosts;
  /** Ascending, from 0 to 1. */
  readonly kept: readonly number[];
  readonly errors: readonly number[];
}

/** The block-sparse Kronecker form W ~ sum over i of (S o A_i) (x) B_i, fitted to a tensor. */
export interface KpdFit {
  readonly block: readonly [rows: number, columns: number];
  readonly rank: number;
  /** Kept blocks, ones of S. */
  readonly blocks: number;
  readonly relativeError: number;
  /** rank (blocks + m2 n2). */
  readonly parameters: number;
  readonly bytes: number;
  readonly macs: number;
  /** Rounds of the alternation between the mask and the factors. */
  readonly rounds: number;
  /** S, a bit per block, row-major, the first block in the highest bit (as `numpy.packbits`). */
  readonly mask: ArrayBuffer;
  /** Blocks that plain pruning by norm keeps with as many parameters, and its error. */
  readonly pruned: { readonly blocks: number; readonly relativeError: number };
}

/** How long a block-sparse product takes here beside a dense one, as measured. */
export interface PatternSpeed {
  readonly block: readonly [rows: number, columns: number];
  readonly rows: number;
  readonly columns: number;
  /** Columns of the right-hand side. */
  readonly batch: number;
  readonly threads: number;
  readonly denseMs: number;
  /** `tf.matMul` of the backend in use, f32. */
  readonly backend: { readonly name: string; readonly ms: number };
  /** Ascending in the kept fraction of the blocks. */
  readonly samples: readonly { readonly kept: number; readonly ms: number }[];
}

/** A small picture of a tensor: root mean squares of the tiles of T x (the rest), row-major. */
export interface Thumbnail {
  readonly tensor: string;
  readonly rows: number;
  readonly columns: number;
  /** Uint8Array: 0 for a tile of zeros to 255 for the largest root mean square. */
  readonly values: ArrayBuffer;
  /** Why there is no picture (rows and columns are then 0), in a sentence. */
  readonly reason?: string;
}

/** What of a pattern is kept: blocks (by number), or entries of every group. */
export interface PatternSelection {
  readonly tensor: string;
  readonly pattern: Pattern;
  /** Blocks kept, or N of N:M. */
  readonly kept: number;
}

/**
 * `bsr` and `kpd` write a pressed file, `zeros` a dense copy of the file in its own format with
 * zeros in the blocks that are dropped, `mask` a NumPy array of booleans in the tensor's shape.
 */
export type PatternOutput = 'bsr' | 'kpd' | 'zeros' | 'mask';

export interface PatternReport {
  readonly output: string;
  readonly as: PatternOutput;
  readonly sourceBytes: number;
  readonly outputBytes: number;
  readonly relativeError: number;
  /** Entries that are dropped. */
  readonly dropped: number;
  readonly elements: number;
  readonly elapsedMs: number;
}

/** What the patterns page may ask of the host. */
export interface PatternsHost {
  /** First call of the page, with what it kept over a reload. */
  ready(params: { state: PatternsState | undefined }): PatternsModel;
  info(params: { tensor: string }): PatternInfo;
  map(params: { tensor: string; pattern: Pattern }): PatternMap;
  /** Streams the curve of one block size after the other. */
  curves(
    params: {
      tensor: string;
      pattern: BlockPattern;
      blocks: readonly (readonly [number, number])[];
    },
    progress: (part: PatternCurve) => void,
  ): PatternCurve[];
  /** Without a rank, the largest whose bytes do not exceed those of BSR with as many blocks, or 1. */
  kpd(params: { selection: PatternSelection; rank?: number }): KpdFit;
  speed(params: { rows: number; columns: number; block: readonly [number, number] }): PatternSpeed;
  /** Asks for a name and writes; undefined when dismissed. Progress arrives as `applyProgress`. */
  apply(params: {
    selection: PatternSelection;
    as: PatternOutput;
    rank?: number;
  }): PatternReport | undefined;
  cancelApply(params: Record<string, never>): void;
  /** Asks for a name and writes the bytes; resolves to the path, or undefined when dismissed. */
  save(params: { name: string; bytes: ArrayBuffer }): string | undefined;
  copy(params: { text: string; what: string }): void;
  open(params: { path: string }): void;
  reveal(params: { path: string }): void;
}

export interface PatternsTensor {
  readonly name: string;
  readonly shape: readonly number[];
  readonly dtype: string;
  /** Why it has no pattern, in words that follow "cannot be shown: ". */
  readonly reason?: string;
}

export interface PatternsModel {
  /** Of the weights file; the page keeps it in its {@link PatternsState}. */
  readonly uri: string;
  /** Path relative to the workspace, for the title line. */
  readonly file: string;
  readonly tensors: readonly PatternsTensor[];
  /** The tensor to show first. */
  readonly selected: string | undefined;
  readonly failure: FailureData | undefined;
  /** What was written last. */
  readonly written?: PatternReport;
}

/** What the host tells the patterns page. */
export interface PatternsPageEvents {
  /** Replaces the model: the file changed, or another tensor was chosen in the inspector. */
  model: PatternsModel;
  applyProgress: Progress;
}

/** Kept by the page over a reload, and by the host's serializer. */
export interface PatternsState {
  readonly uri: string;
  readonly tensor?: string;
  readonly pattern?: Pattern;
  /** What the slider is moved by; without it, blocks. */
  readonly mode?: 'blocks' | 'energy';
  /** Fraction of the blocks, or n / m. */
  readonly kept?: number;
  /** Fraction of the squared norm that was asked for, with the mode `energy`. */
  readonly energy?: number;
}
