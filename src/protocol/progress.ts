/** How far a long call is. */
export interface Progress {
  /** 0 to 1. */
  readonly fraction: number;
  readonly message?: string;
}
