import type { BackendName } from '../../protocol/backends';

/** The backends that have a library or a device of their own; `wasm` is what works without. */
export type AcceleratorName = Exclude<BackendName, 'wasm'>;

/** A backend of TensorFlow.js that is registered, has computed a product right, and is usable. */
export interface Accelerator {
  readonly name: AcceleratorName;
  readonly version: string;
  /** What it computes on, in words. */
  readonly device?: string;
  /** Whether the device is only emulated by the processor: for tests, never for speed. */
  readonly isEmulated?: boolean;
  /** Multiply-adds per call of the backend, which cannot be interrupted: some 50 ms. */
  readonly workPerCall: number;
  /** Elements that one operand or result may have. */
  readonly maxElements: number;
  /** Runs `use`, and throws where the device reports that it did not compute what it was told. */
  guard(use: () => Promise<void>): Promise<void>;
  /** Called after each product, when none of its tensors is left. */
  afterProduct?(): void;
}

/** What looking for an optional backend came to. */
export type AcceleratorLoad =
  | {
      readonly loaded: true;
      readonly accelerator: Accelerator;
      /** Devices that could have been chosen, by name. */
      readonly devices?: readonly string[];
    }
  | {
      readonly loaded: false;
      /** Why, and what to do about it, in sentences. */
      readonly reason: string;
      /** Whether something of it is there. */
      readonly installed: boolean;
      /** Whether it is the machine that lacks something, and nothing needs a repair. */
      readonly isSound?: boolean;
      readonly devices?: readonly string[];
    };
