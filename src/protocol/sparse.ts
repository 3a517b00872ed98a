import type { FailureData } from '../failures';
import type { SparseMethod } from '../engine/sparse/sparseModel';
import type { Progress } from './progress';

/** The words of this contract, so that the page needs no other import. */
export type { FailureData, Progress, SparseMethod };

export const sparseViewType = 'tensorpress.sparse';

/** How the nonzeros are spread over the indices of one mode. */
export interface SparseMode {
  readonly size: number;
  /** Indices without a nonzero. */
  readonly empty: number;
  /** Nonzeros of an index, over all indices, empty ones included. */
  readonly degrees: {
    readonly min: number;
    readonly median: number;
    readonly mean: number;
    readonly max: number;
  };
}

/** A sparse matrix or tensor in figures. */
export interface SparseInfo {
  readonly name: string;
  /** `mtx`, `tns`, `scipy`, `neukron`, or the format of a weights file whose tensor is dense. */
  readonly format: string;
  /** Bytes of the file. */
  readonly size: number;
  readonly dims: readonly number[];
  readonly nonzeros: number;
  /** nonzeros / product of the sizes. */
  readonly density: number;
  /** ||X||^2, the sum of the squared values. */
  readonly squaredNorm: number;
  /** Of the nonzeros; undefined when there are none. */
  readonly min?: number;
  readonly max?: number;
  /** Nonzeros below 0, which some methods cannot represent. */
  readonly negative: number;
  /** Entries that the file stores. */
  readonly stored: number;
  /** Stored entries that were added to another one at the same place. */
  readonly duplicates: number;
  /** Places whose stored value, or sum of values, is 0, and which were left out. */
  readonly zeros: number;
  readonly modes: readonly SparseMode[];
  readonly bytes: {
    /** As coordinates: a 4-byte index per mode and an 8-byte value for each nonzero. */
    readonly raw: number;
    /** In full, 8 bytes an element. */
    readonly dense: number;
    /** Of one order of each mode: what methods that reorder need on top to keep positions. */
    readonly orders: number;
  };
  /** What was done on reading, in sentences. */
  readonly notes: readonly string[];
}

/** The value of a method's setting; several numbers where a setting has one for each mode. */
export type SparseOptionValue = number | string | boolean | readonly number[];

/** A method with its settings; those left out have their defaults. */
export interface SparseAttempt {
  readonly method: SparseMethod;
  readonly options: Readonly<Record<string, SparseOptionValue>>;
}

/** A setting of a method, as forms and the command line offer it. */
export interface SparseOptionInfo {
  /** What the engine and the command line call it, e.g. `hidden`. */
  readonly name: string;
  /** e.g. `Hidden units`. */
  readonly title: string;
  /** One sentence. */
  readonly description: string;
  /** `sizes`: one whole number for all modes, or one for each. */
  readonly kind: 'whole' | 'number' | 'choice' | 'boolean' | 'sizes';
  readonly default: SparseOptionValue;
  readonly least?: number;
  readonly most?: number;
  /** Of a `choice`. */
  readonly choices?: readonly { readonly value: string; readonly title: string }[];
  /** Whether it decides on the size: what a form shows first and a label names. */
  readonly isMain: boolean;
}

/** What one method can do with a tensor. */
export interface SparseMethodOffer {
  readonly method: SparseMethod;
  /** e.g. `Truncated SVD`. */
  readonly title: string;
  /** One sentence: what it stores. */
  readonly description: string;
  readonly options: readonly SparseOptionInfo[];
  /** Why it cannot be used for this tensor, a sentence. */
  readonly unavailable?: string;
  /** Settings to begin with, from small to large; none where it is unavailable. */
  readonly suggested: readonly SparseAttempt[];
  /** Extension of what it is written to. */
  readonly writes: 'neukron' | 'safetensors';
  /** Whether its training goes on in epochs and can be stopped and continued. */
  readonly isTrained: boolean;
}

/** Nonzeros counted in a grid of cells: the matrix as a small picture. */
export interface SpyPicture {
  /** The modes that are rows and columns; over all others it is summed. */
  readonly modes: readonly [row: number, column: number];
  /** Cells. */
  readonly rows: number;
  readonly columns: number;
  /** Indices of rows and of columns in a cell; the last ones may have fewer. */
  readonly tile: readonly [rows: number, columns: number];
  /** Float32Array of the cells, row-major: nonzeros. */
  readonly counts: ArrayBuffer;
}

/** What can be done with a file, known before any method runs. */
export interface SparseOffer {
  readonly info: SparseInfo;
  readonly methods: readonly SparseMethodOffer[];
  /** In the order of the file. */
  readonly spy: SpyPicture;
}

/** One epoch of a training. */
export interface SparseEpoch {
  readonly epoch: number;
  /** ||X - X~||^2 after it, and the least so far. */
  readonly loss: number;
  readonly bestLoss: number;
  /** Distinct token prefixes: the fewer, the better the orders. */
  readonly prefixes: number;
  readonly proposed: number;
  readonly accepted: number;
  /** Since the training began, pauses left out. */
  readonly elapsedMs: number;
}

/** An entry as it is, and as a method gives it back. */
export interface SparseSample {
  readonly index: readonly number[];
  readonly value: number;
  readonly approximation: number;
}

/** What a method made of a tensor, as a point of the plot. */
export interface SparsePoint {
  readonly attempt: SparseAttempt;
  /** Its main settings, e.g. `rank 50`. */
  readonly label: string;
  readonly parameters: number;
  /** By the convention of the method's publication. */
  readonly bytes: number;
  /** On top, where positions must keep their identity. */
  readonly orderBytes: number;
  /** ||X - X~||^2 over all entries, zeros included. */
  readonly squaredError: number;
  readonly relativeError: number;
  /** Settings as used. */
  readonly details: Readonly<Record<string, string | number | boolean | readonly number[]>>;
  readonly elapsedMs: number;
  /** Mean over many entries. */
  readonly entryMicroseconds: number;
  /** Some nonzeros and some zeros, decoded. */
  readonly sample: readonly SparseSample[];
  /** A training that was stopped and can be continued; how far it came. */
  readonly paused?: { readonly epoch: number; readonly epochs: number };
  /** What a reader must know, in sentences: clipped settings, worse than storing nothing. */
  readonly notes: readonly string[];
}

export interface SparseCompareRequest {
  readonly path: string;
  readonly tensor?: string;
  readonly attempts: readonly SparseAttempt[];
  readonly seed: number;
  /** A folder in which trainings keep where they stand, so that they can be continued later. */
  readonly checkpoints?: string;
}

/** Everything but `fraction` is about the attempt of that number. */
export interface SparseCompareProgress extends Progress {
  readonly attempt: number;
  readonly point?: SparsePoint;
  /** Since the last part. */
  readonly epochs?: readonly SparseEpoch[];
  /** Rows and columns as the method has reordered them so far. */
  readonly spy?: SpyPicture;
  /** Why it gave no point; the others go on. */
  readonly failure?: FailureData;
}

export interface SparseComparison {
  readonly file: string;
  readonly seed: number;
  readonly threads: number;
  readonly elapsedMs: number;
  /** One for each attempt, in their order. */
  readonly outcomes: readonly {
    readonly attempt: SparseAttempt;
    readonly point?: SparsePoint;
    readonly failure?: FailureData;
  }[];
}

export interface SparseCompressRequest {
  readonly path: string;
  readonly tensor?: string;
  readonly attempt: SparseAttempt;
  readonly seed: number;
  /** Stores orders, so that rows and columns keep their identity. */
  readonly withOrders: boolean;
  /** Of the numbers of a network. */
  readonly type?: 'float32' | 'float16';
  /** Takes a training as far as it has come, without further epochs. */
  readonly asItStands?: boolean;
  readonly checkpoints?: string;
  readonly output: { readonly path: string; readonly temporary: string };
}

export interface SparseCompressProgress extends Progress {
  readonly epochs?: readonly SparseEpoch[];
}

/** What was written; errors are measured from the file, opened again. */
export interface SparseReport {
  readonly source: string;
  readonly output: string;
  readonly attempt: SparseAttempt;
  readonly label: string;
  readonly sourceBytes: number;
  /** As coordinates (`SparseInfo.bytes.raw`). */
  readonly rawBytes: number;
  readonly outputBytes: number;
  readonly parameters: number;
  readonly withOrders: boolean;
  readonly squaredError: number;
  readonly relativeError: number;
  /** Entries of the file compared with those of the model it was written from. */
  readonly check: { readonly entries: number; readonly largestDifference: number };
  readonly notes: readonly string[];
  readonly elapsedMs: number;
}

/** A file that stands for a sparse matrix or tensor: `.neukron`, or factors in safetensors. */
export interface SparseModelInfo {
  readonly path: string;
  readonly name: string;
  readonly size: number;
  readonly method: SparseMethod;
  /** Without orders those of the padded grid; `details.sizes` are those of the source. */
  readonly dims: readonly number[];
  readonly parameters: number;
  /** Without orders rows and columns come in an order of the model's own. */
  readonly hasOrders: boolean;
  /** Nonzeros of the source, where the file says. */
  readonly nonzeros?: number;
  readonly details: Readonly<Record<string, string | number | boolean | readonly number[]>>;
}

export interface SparseDecodeRequest {
  readonly path: string;
  /** Entries to keep: those of at least this magnitude, or so many of the largest. */
  readonly keep: { readonly threshold: number } | { readonly largest: number };
  /** Rounds values to whole numbers first. */
  readonly round?: boolean;
  readonly output: { readonly path: string; readonly temporary: string };
}

export interface SparseDecodeReport {
  readonly source: string;
  readonly output: string;
  readonly method: SparseMethod;
  readonly dims: readonly number[];
  readonly entries: number;
  /** The smallest magnitude that was kept; undefined when nothing was. */
  readonly smallest?: number;
  readonly outputBytes: number;
  readonly elapsedMs: number;
}

/** What the page of sparse compression may ask of the host. */
export interface SparseHost {
  /** First call of the page, with what it kept over a reload. The answer is all the host knows. */
  ready(params: { state: SparseState | undefined }): SparseModelView;
  /** Runs attempts, after those under way; points that are there already are not computed again. */
  run(params: { attempts: readonly SparseAttempt[] }): void;
  /** Stops the run under way; a training can be continued by running its attempt again. */
  cancel(params: Record<string, never>): void;
  /** Takes a point off the plot. */
  remove(params: { attempt: SparseAttempt }): void;
  /** Reads the file anew, after a failure. */
  restart(params: Record<string, never>): void;
  /** Asks for a name and writes the file; undefined if dismissed. Its progress: `writeProgress`. */
  compress(params: {
    attempt: SparseAttempt;
    withOrders: boolean;
    type: 'float32' | 'float16';
  }): SparseReport | undefined;
  cancelWrite(params: Record<string, never>): void;
  /** Entries of the file that was written last, or of another one. */
  entries(params: { path: string; indices: readonly (readonly number[])[] }): SparseEntries;
  /** Asks for a name and writes text or a picture (`data:` of it); undefined if dismissed. */
  save(params: {
    name: string;
    content: { readonly text: string } | { readonly base64: string };
  }): string | undefined;
  open(params: { path: string }): void;
  reveal(params: { path: string }): void;
}

export interface SparseEntries {
  readonly values: readonly number[];
  /** Mean time of one. */
  readonly microseconds: number;
}

/** An attempt and how it stands. */
export interface SparseOutcome {
  readonly attempt: SparseAttempt;
  readonly state: 'waiting' | 'running' | 'done' | 'paused' | 'failed';
  readonly point?: SparsePoint;
  readonly failure?: FailureData;
  /** Of a training, thinned out to some hundreds. */
  readonly epochs: readonly SparseEpoch[];
  /** Rows and columns as reordered. */
  readonly spy?: SpyPicture;
}

export interface SparseModelView {
  /** Of the file; the page keeps it in its {@link SparseState}. */
  readonly uri: string;
  /** Path relative to the workspace, for the title line. */
  readonly file: string;
  readonly tensor?: string;
  /** Undefined until the file is read. */
  readonly offer?: SparseOffer;
  /** Of reading the file, or of the run under way. */
  readonly progress?: Progress;
  readonly failure?: FailureData;
  readonly outcomes: readonly SparseOutcome[];
  readonly writing?: Progress;
  readonly written?: SparseReport;
}

/** What the host tells the page of sparse compression. */
export interface SparsePageEvents {
  /** Replaces the model: the file was read, a run began or ended, something was written. */
  model: SparseModelView;
  /** One outcome has changed, or is new. At most ten times a second. */
  outcome: SparseOutcome;
  progress: Progress;
  writeProgress: Progress;
}

/** Kept by the page over a reload, and by the host's serializer. */
export interface SparseState {
  readonly uri: string;
  readonly tensor?: string;
  readonly selected?: SparseAttempt;
  readonly outcomes: readonly SparseAttempt[];
  /** Whether sizes are shown with orders. */
  readonly withOrders?: boolean;
}
