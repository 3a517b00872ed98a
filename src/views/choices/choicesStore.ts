import type { FailureData } from '../../failures';
import type {
  Choice,
  ChoicesModel,
  ChoicesPageEvents,
  ChoicesState,
  PlanBudget,
  PlanOverride,
  PlanView,
  Skipped,
  TensorCost,
} from '../../protocol/choices';
import type {
  ChoicesProgress,
  ChoicesResult,
  CompressReport,
  PlanRequest,
  Progress,
} from '../../protocol/engine';
import type { Settings } from '../../host/settings';

export interface ChoicesIdentity {
  readonly uri: string;
  /** As the page shows it. */
  readonly file: string;
}

type Added = ChoicesPageEvents['added'];

/** What is known of a file's choices; the page shows {@link ChoicesStore.model} of it. */
export class ChoicesStore {
  private fileBytes = 0;
  private settings: Pick<Settings, 'methods' | 'keptLevels'> = { methods: [], keptLevels: [] };
  private source: Pick<ChoicesResult, 'file' | 'seed' | 'sha256'> = { file: '', seed: 0 };
  private tensors: TensorCost[] = [];
  private choices: Choice[] = [];
  private skipped: Skipped[] = [];
  private progress: Progress | undefined;
  private failure: FailureData | undefined;
  private cancelled = false;
  private planned: PlanView | undefined;
  private compressing: Progress | undefined;
  private compressed: CompressReport | undefined;
  private unsent: Added | undefined;

  constructor(
    private readonly identity: ChoicesIdentity,
    private budget: PlanBudget,
    private overrides: readonly PlanOverride[],
  ) {}

  get model(): ChoicesModel {
    const { budget, cancelled, choices, failure, fileBytes, overrides } = this;
    const { compressed, compressing, planned, progress, skipped, tensors } = this;
    return {
      ...this.identity,
      fileBytes,
      methods: this.settings.methods,
      levels: this.settings.keptLevels,
      tensors: [...tensors],
      choices: [...choices],
      skipped: [...skipped],
      progress,
      failure,
      cancelled,
      budget,
      overrides,
      planned,
      compressing,
      compressed,
    };
  }

  /** Forgets the choices and expects new ones. */
  begin(fileBytes: number, settings: Settings, file: string): void {
    this.fileBytes = fileBytes;
    this.settings = settings;
    this.source = { file, seed: settings.seed };
    this.tensors = [];
    this.choices = [];
    this.skipped = [];
    this.progress = { fraction: 0 };
    this.failure = undefined;
    this.cancelled = false;
    this.planned = undefined;
    this.unsent = undefined;
  }

  add(part: ChoicesProgress): void {
    const { choices, fraction, message, skipped, tensors = [] } = part;
    this.progress = { fraction, message };
    this.tensors.push(...tensors);
    this.choices.push(...choices);
    this.skipped.push(...skipped);
    this.unsent = {
      tensors: [...(this.unsent?.tensors ?? []), ...tensors],
      choices: [...(this.unsent?.choices ?? []), ...choices],
      skipped: [...(this.unsent?.skipped ?? []), ...skipped],
      progress: this.progress,
    };
  }

  /** What has been added since the last call. */
  takeAdded(): Added | undefined {
    const added = this.unsent;
    this.unsent = undefined;
    return added;
  }

  finish(result: ChoicesResult): void {
    const { file, seed, sha256 } = result;
    this.source = { file, seed, sha256 };
    this.tensors = [...result.tensors];
    this.choices = [...result.choices];
    this.skipped = [...result.skipped];
    this.end();
  }

  fail(failure: FailureData): void {
    if (failure.kind === 'cancelled') {
      this.cancelled = true;
    } else {
      this.failure = failure;
    }
    this.end();
  }

  private end(): void {
    this.progress = undefined;
    this.unsent = undefined;
  }

  setBudget(budget: PlanBudget, overrides: readonly PlanOverride[]): void {
    this.budget = budget;
    this.overrides = overrides;
  }

  /** Takes over what the page kept. @returns whether that changes anything. */
  adopt({ budget, overrides, uri }: ChoicesState): boolean {
    const isNews =
      uri === this.identity.uri &&
      JSON.stringify([budget, overrides]) !== JSON.stringify([this.budget, this.overrides]);
    if (isNews) {
      this.setBudget(budget, overrides);
      this.planned = undefined;
    }
    return isNews;
  }

  /** Undefined as long as the tensors are not known. */
  get planRequest(): PlanRequest | undefined {
    const { budget, choices, overrides, skipped, tensors } = this;
    return tensors.length === 0
      ? undefined
      : {
          ...this.source,
          tensors: [...tensors],
          choices: [...choices],
          skipped: [...skipped],
          budget,
          overrides,
        };
  }

  /** Takes the answer to `request`, unless it has been overtaken by another budget. */
  setPlanned(request: PlanRequest, planned: PlanView): boolean {
    const isCurrent = request.budget === this.budget && request.overrides === this.overrides;
    if (isCurrent) {
      this.planned = planned;
    }
    return isCurrent;
  }

  setCompressing(progress: Progress | undefined): void {
    this.compressing = progress;
  }

  setCompressed(report: CompressReport): void {
    this.compressed = report;
  }
}
