/** What multiplies large matrices; each is a backend of TensorFlow.js. */
export type BackendName = 'wasm' | 'tensorflow' | 'webgpu';

/** `auto`: whichever is fastest here for the work at hand, by measurement. */
export type BackendChoice = 'auto' | BackendName;

/** How a worker finds and chooses its backends. Paths are absolute. */
export interface BackendSettings {
  readonly choice: BackendChoice;
  /** Whether a backend that was chosen and cannot start is an error; `wasm` takes over otherwise. */
  readonly isStrict?: boolean;
  /** A folder with optional packages that the user names; looked into first. */
  readonly nativeFolder?: string;
  /** Where TensorPress installs optional packages. */
  readonly installedFolder?: string;
  /** Counts what was installed and removed meanwhile: after a change, all is looked for again. */
  readonly installations?: number;
  /** A part of the name of the graphics adapter to use; the fastest one when left out. */
  readonly webgpuAdapter?: string;
  /** Where measurements are kept; without it each worker measures for itself. */
  readonly calibrationFile?: string;
}

export interface BackendStatus {
  readonly name: BackendName;
  /** Whether it can be used here. */
  readonly available: boolean;
  /** Whether large products are computed on it. */
  readonly active: boolean;
  /** Version when available, otherwise the exact reason and what to do. */
  readonly detail: string;
  /** What it computes on, e.g. the graphics adapter. */
  readonly device?: string;
  /** Whether something of it is installed: what is installed and cannot be used needs a repair. */
  readonly installed: boolean;
}

/** Time of a product of (m × k) by (k × n) in f32: `overheadMs` + mnk + (mk + kn + mn) of these. */
export interface ProductSpeed {
  readonly backend: BackendName;
  readonly overheadMs: number;
  readonly msPerMultiplyAdd: number;
  /** Bringing operands there and the result back. */
  readonly msPerElement: number;
}

/** What was measured on this machine, for `auto` to choose by. */
export interface Calibration {
  /** Versions, processor, device and threads it holds for; it is measured anew when they change. */
  readonly subject: string;
  /** ISO 8601, UTC. */
  readonly measuredAt: string;
  readonly elapsedMs: number;
  readonly speeds: readonly ProductSpeed[];
}

export interface BackendsReport {
  readonly choice: BackendChoice;
  readonly backends: readonly BackendStatus[];
  /** Only where there is a choice, and `auto` makes it. */
  readonly calibration?: Calibration;
  /** Which backend `auto` gives a square product in f32, from which size on, ascending. */
  readonly route: readonly { readonly from: number; readonly backend: BackendName }[];
  /** Names of the graphics adapters found. */
  readonly adapters: readonly string[];
  /** Why another backend works than the one chosen or used so far, in a sentence. */
  readonly problem?: string;
}
