import type { Choice, Skipped, TensorCost } from '../engine/selection/choice';
import type { Method, Rank } from '../engine/decompositions/decomposition';
import type {
  Plan,
  PlanBudget,
  PlanEntry,
  PlanOverride,
  PlanSummary,
} from '../engine/selection/plan';
import type { CompressReport, Progress } from './engine';
import type { FailureData } from '../failures';

/** The words of this contract, so that the page needs no other import. */
export type { Choice, Skipped, TensorCost, Method, Rank, CompressReport, Progress, FailureData };
export type { Plan, PlanBudget, PlanEntry, PlanOverride, PlanSummary };

export const choicesViewType = 'tensorpress.choices';

/** What the choices page may ask of the host. */
export interface ChoicesHost {
  /** First call of the page, with what it kept over a reload. The answer is all the host knows. */
  ready(params: { state: ChoicesState | undefined }): ChoicesModel;
  /** Budget or overrides changed: the best plan under them, from the choices known so far. */
  plan(params: { budget: PlanBudget; overrides: readonly PlanOverride[] }): PlanView;
  /** Asks for a name and writes the current plan; resolves to the path, or undefined if dismissed. */
  savePlan(params: Record<string, never>): string | undefined;
  /** Asks for a name and writes the pressed file. Its progress arrives as `compressProgress`. */
  compress(params: Record<string, never>): CompressReport | undefined;
  /** Stops the computation of choices or the compression in progress. */
  cancel(params: { what: 'choices' | 'compress' }): void;
  /** Computes the choices anew (after a cancel, a failure, or changed settings). */
  restart(params: Record<string, never>): void;
  reveal(params: { path: string }): void;
  open(params: { path: string }): void;
  copyLoader(params: Record<string, never>): void;
}

export interface PlanView {
  readonly plan: Plan;
  readonly summary: PlanSummary;
}

export interface ChoicesModel {
  /** Of the weights file; the page keeps it in its {@link ChoicesState}. */
  readonly uri: string;
  /** Path relative to the workspace, for the title line. */
  readonly file: string;
  readonly fileBytes: number;
  readonly methods: readonly Method[];
  readonly levels: readonly number[];
  readonly tensors: readonly TensorCost[];
  readonly choices: readonly Choice[];
  readonly skipped: readonly Skipped[];
  readonly progress: Progress | undefined;
  readonly failure: FailureData | undefined;
  readonly cancelled: boolean;
  readonly budget: PlanBudget;
  readonly overrides: readonly PlanOverride[];
  readonly planned: PlanView | undefined;
  /** A compression that is running, so that a reloaded page shows it. */
  readonly compressing?: Progress;
  /** What the last compression wrote. */
  readonly compressed?: CompressReport;
}

/** What the host tells the choices page. */
export interface ChoicesPageEvents {
  /** Replaces the model as a whole (start, end, restart). */
  model: ChoicesModel;
  /** More choices have arrived. */
  added: {
    readonly tensors: readonly TensorCost[];
    readonly choices: readonly Choice[];
    readonly skipped: readonly Skipped[];
    readonly progress: Progress;
  };
  /** The plan was computed anew because choices arrived. */
  planned: PlanView;
  compressProgress: Progress;
}

/** Kept by the page over a reload, and by the host's serializer. */
export interface ChoicesState {
  readonly uri: string;
  readonly budget: PlanBudget;
  readonly overrides: readonly PlanOverride[];
  readonly selected?: string;
}
