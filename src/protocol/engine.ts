import type { Choice, Skipped, TensorCost } from '../engine/selection/choice';
import type { Plan, PlanBudget, PlanOverride, PlanSummary } from '../engine/selection/plan';
import type { Method, Rank } from '../engine/decompositions/decomposition';
import type {
  BenchmarkInfo,
  BenchmarkProgress,
  BenchmarkReport,
  BenchmarkRequest,
} from './benchmarks';
import type { BackendSettings, BackendsReport } from './backends';
import type {
  BlockPattern,
  KpdFit,
  Pattern,
  PatternCurve,
  PatternInfo,
  PatternMap,
  PatternOutput,
  PatternReport,
  PatternSelection,
  PatternSpeed,
  Thumbnail,
} from './patterns';
import type { Progress } from './progress';
import type {
  SparseCompareProgress,
  SparseCompareRequest,
  SparseComparison,
  SparseCompressProgress,
  SparseCompressRequest,
  SparseDecodeReport,
  SparseDecodeRequest,
  SparseEntries,
  SparseInfo,
  SparseModelInfo,
  SparseOffer,
  SparseReport,
} from './sparse';

export type { Progress };

/**
 * What the host may ask of the engine's worker: one signature per call. A call with a second
 * argument streams values of that type while it runs. Every call can be cancelled and settles.
 * Tensors never cross this boundary; summaries do. Paths are absolute paths of local files.
 */
export interface EngineContract {
  inspect(params: { path: string }): FileSummary;
  statistics(
    params: { path: string; tensor: string; bins: number },
    progress: (part: TensorStatistics) => void,
  ): TensorStatistics;
  choices(params: ChoicesRequest, progress: (part: ChoicesProgress) => void): ChoicesResult;
  plan(params: PlanRequest): PlanResult;
  /** The plan in the text of a `*.press.json`, every field checked; `file` is its name. */
  readPlan(params: { text: string; file: string }): Plan;
  /** The text of a `*.press.json`. */
  formatPlan(params: { plan: Plan }): string;
  compress(params: CompressRequest, progress: (part: Progress) => void): CompressReport;
  reconstruct(
    params: { path: string; output: OutputTarget },
    progress: (part: Progress) => void,
  ): ReconstructReport;
  /** Which backends there are and which works, as chosen by the settings. */
  backends(params: Record<string, never>): BackendsReport;
  /** Other settings, from the next call on. */
  configure(params: BackendSettings): null;
  /** What can be run, in the order to be listed in. */
  benchmarks(params: Record<string, never>): BenchmarkInfo[];
  /** The tables arrive first, without rows, then every row as soon as it is known. */
  benchmark(params: BenchmarkRequest, progress: (part: BenchmarkProgress) => void): BenchmarkReport;
  /** What patterns a tensor can have; its values are not read. */
  patternInfo(params: { path: string; tensor: string }): PatternInfo;
  patternMap(params: { path: string; tensor: string; pattern: Pattern }): PatternMap;
  /** The curve of one size of block after the other; `pattern` says all but the block. */
  patternCurves(
    params: {
      path: string;
      tensor: string;
      pattern: BlockPattern;
      blocks: readonly (readonly [number, number])[];
    },
    progress: (part: PatternCurve) => void,
  ): PatternCurve[];
  /** Without a rank, the largest whose bytes do not exceed those of BSR with as many blocks, or 1. */
  patternKpd(params: { path: string; selection: PatternSelection; rank?: number }): KpdFit;
  /** One pattern in full, for the command line. */
  pattern(params: PatternRequest): PatternResult;
  patternSpeed(params: {
    rows: number;
    columns: number;
    block: readonly [number, number];
  }): PatternSpeed;
  /** Small pictures of tensors, one after the other. */
  thumbnails(
    params: { path: string; tensors: readonly string[]; size: number },
    progress: (part: Thumbnail) => void,
  ): Record<string, never>;
  /** What a file holds as a sparse matrix or tensor; `tensor` names one of a weights file. */
  sparseInfo(
    params: { path: string; tensor?: string },
    progress: (part: Progress) => void,
  ): SparseInfo;
  /** The same, with the methods that can be run on it and a picture of at most `cells` a side. */
  sparseOffer(
    params: { path: string; tensor?: string; cells: number },
    progress: (part: Progress) => void,
  ): SparseOffer;
  /** Runs methods one after the other; one that fails does not end the others. */
  sparseCompare(
    params: SparseCompareRequest,
    progress: (part: SparseCompareProgress) => void,
  ): SparseComparison;
  /** Writes one; a model that was made before is not made again. */
  sparseCompress(
    params: SparseCompressRequest,
    progress: (part: SparseCompressProgress) => void,
  ): SparseReport;
  /** What a `.neukron` or a file of factors holds. */
  sparseModel(params: { path: string }): SparseModelInfo;
  /** Writes the generated entries to MatrixMarket (`.mtx`) or FROSTT (`.tns`), by the extension. */
  sparseDecode(params: SparseDecodeRequest, progress: (part: Progress) => void): SparseDecodeReport;
  /** Generated entries at places counted from 0. */
  sparseEntries(params: { path: string; indices: readonly (readonly number[])[] }): SparseEntries;
  applyPattern(
    params: {
      path: string;
      selection: PatternSelection;
      as: PatternOutput;
      /** Of `kpd`; left out, as in {@link EngineContract.patternKpd}. */
      rank?: number;
      seed: number;
      output: OutputTarget;
    },
    progress: (part: Progress) => void,
  ): PatternReport;
}

export interface PatternRequest {
  readonly path: string;
  readonly tensor: string;
  readonly pattern: Pattern;
  /** Share of the blocks that is kept; with `nm`, `n` says it. Exactly one of the three. */
  readonly kept?: number;
  /** Share of the squared norm that the kept blocks have at least. */
  readonly energy?: number;
  /** Of N:M. */
  readonly n?: number;
  /** Fits the Kronecker form as well, of this rank or of the largest within the bytes of BSR. */
  readonly kpd?: { readonly rank?: number };
  readonly seed: number;
}

export interface PatternResult {
  readonly tensor: string;
  readonly shape: readonly number[];
  readonly dtype: string;
  readonly pattern: Pattern;
  readonly rows: number;
  readonly columns: number;
  /** Of blocks; with N:M, of groups of M entries. */
  readonly grid: readonly [rows: number, columns: number];
  readonly padding: readonly [rows: number, columns: number];
  /** Share of the blocks that is kept, or N / M. */
  readonly kept: number;
  /** Blocks kept; left out with N:M. */
  readonly blocks?: number;
  readonly n?: number;
  readonly error: {
    readonly absolute: number;
    readonly relative: number;
    readonly scaled: number;
  };
  readonly energy: number;
  readonly bytes: {
    readonly dense: number;
    readonly bsr?: number;
    readonly nm?: number;
    readonly kpd?: number;
  };
  readonly macs: { readonly dense: number; readonly kept: number; readonly kpd?: number };
  readonly kpd?: Omit<KpdFit, 'mask'>;
  /**
   * A bit per block (N:M: per entry of the matrix), row-major, the first in the highest bit of the
   * first byte (as `numpy.packbits`).
   */
  readonly mask: Uint8Array<ArrayBuffer>;
}

/** A line of the inspector's table. */
export interface TensorRow {
  readonly name: string;
  readonly shape: readonly number[];
  readonly dtype: string;
  readonly parameters: number;
  readonly bytes: number;
  readonly problem?: string;
}

/** How one tensor of a pressed file is stored. */
export interface PressedTensorSummary {
  readonly tensor: string;
  readonly method: Method;
  readonly rank: Rank;
  readonly shape: readonly number[];
  readonly dtype: string;
  readonly relativeError: number;
  /** Names of the file's tensors that hold the factors. */
  readonly factors: readonly string[];
}

export interface FileSummary {
  readonly path: string;
  readonly name: string;
  readonly format: string;
  readonly size: number;
  readonly modified: number;
  readonly tensors: readonly TensorRow[];
  readonly parameters: number;
  readonly metadata: Readonly<Record<string, string>>;
  /** Present when the file was written by TensorPress. */
  readonly pressed?: {
    readonly source: string;
    /** `safetensors`, `npy` or `npz`: what reconstruct writes by default. */
    readonly sourceFormat: string;
    readonly toolVersion: string;
    readonly tensors: readonly PressedTensorSummary[];
  };
  /** Why a file that claims to be pressed cannot be read as one, in a sentence. */
  readonly pressedProblem?: string;
}

/** Arrives in growing parts: moments and histogram first, the spectrum when it is ready. */
export interface TensorStatistics {
  readonly tensor: string;
  readonly count: number;
  readonly nonFinite: number;
  readonly zeros: number;
  /** Of the finite values; undefined when there are none. */
  readonly min?: number;
  readonly max?: number;
  readonly mean?: number;
  readonly std?: number;
  readonly histogram?: {
    readonly low: number;
    readonly high: number;
    readonly counts: readonly number[];
  };
  readonly spectrum?: {
    /** The matrix whose singular values these are, e.g. [64, 576] for a convolution as T x CHW. */
    readonly matrix: readonly [rows: number, columns: number];
    readonly singularValues: readonly number[];
    /** Smallest ranks that keep 90, 95 and 99 % of the squared norm. */
    readonly ranks: {
      readonly energy90: number;
      readonly energy95: number;
      readonly energy99: number;
    };
  };
  /** Why there is no spectrum, in a sentence. */
  readonly spectrumUnavailable?: string;
}

export interface ChoicesRequest {
  readonly path: string;
  /** Globs (`*`, `?`) on tensor names; all tensors when left out. */
  readonly tensors?: readonly string[];
  readonly methods: readonly Method[];
  /** Fractions of a tensor's parameters that remain. Exactly one of the four is given. */
  readonly kept?: readonly number[];
  /** Relative errors: the smallest choice of every method that does not exceed each. */
  readonly error?: readonly number[];
  /** Shares of a tensor's squared norm: the smallest choice of every method that keeps each. */
  readonly energy?: readonly number[];
  /** An explicit rank, for exactly one method. */
  readonly rank?: Rank;
  readonly seed: number;
}

export interface ChoicesProgress extends Progress {
  /** Choices finished since the last part. */
  readonly choices: readonly Choice[];
  readonly skipped: readonly Skipped[];
  /** Costs of tensors not sent before; with all of them known, a plan can be made meanwhile. */
  readonly tensors?: readonly TensorCost[];
}

export interface ChoicesResult {
  readonly file: string;
  /** Of the whole file, so that a plan can say which file it was made for. */
  readonly sha256?: string;
  readonly backend: string;
  readonly seed: number;
  readonly elapsedMs: number;
  readonly choices: readonly Choice[];
  readonly skipped: readonly Skipped[];
  readonly tensors: readonly TensorCost[];
}

export interface PlanRequest {
  readonly file: string;
  /** Goes into the plan; compressing another file with that plan is then refused. */
  readonly sha256?: string;
  readonly seed: number;
  readonly tensors: readonly TensorCost[];
  readonly choices: readonly Choice[];
  readonly skipped: readonly Skipped[];
  readonly budget: PlanBudget;
  readonly overrides: readonly PlanOverride[];
}

export interface PlanResult {
  readonly plan: Plan;
  readonly summary: PlanSummary;
}

/** `temporary` is chosen by the caller so that it can clean up after a worker that died. */
export interface OutputTarget {
  readonly path: string;
  readonly temporary: string;
}

export interface CompressRequest {
  readonly path: string;
  readonly plan: Plan;
  readonly output: OutputTarget;
}

export interface CompressedTensor {
  readonly tensor: string;
  readonly method: Method | 'dense';
  readonly rank?: Rank;
  readonly parameters: number;
  readonly denseParameters: number;
  readonly bytes: number;
  readonly denseBytes: number;
  /** Measured from the written file against the source: 0 for a dense tensor. */
  readonly relativeError: number;
  readonly reason: string;
}

export interface CompressReport {
  readonly source: string;
  readonly output: string;
  readonly sourceBytes: number;
  readonly outputBytes: number;
  /** Of the source. */
  readonly sha256: string;
  readonly parameters: number;
  readonly denseParameters: number;
  readonly macs: number;
  readonly denseMacs: number;
  readonly error: { readonly absolute: number; readonly relative: number };
  readonly tensors: readonly CompressedTensor[];
  readonly backend: string;
  readonly elapsedMs: number;
}

export interface ReconstructReport {
  readonly source: string;
  readonly output: string;
  readonly sourceBytes: number;
  readonly outputBytes: number;
  readonly reconstructed: readonly string[];
  readonly elapsedMs: number;
}
