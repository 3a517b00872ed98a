import type { FailureData } from '../../failures';
import type { FileSummary } from '../../protocol/engine';
import { firstPatternTensor, patternProblem } from '../../protocol/patternTensors';
import type {
  PatternReport,
  PatternsModel,
  PatternsState,
  PatternsTensor,
} from '../../protocol/patterns';

export interface PatternsIdentity {
  readonly uri: string;
  /** As the page shows it. */
  readonly file: string;
}

/** What is known of a file whose patterns are looked at; the page shows the model of it. */
export class PatternsStore {
  private rows: FileSummary['tensors'] = [];
  private tensors: readonly PatternsTensor[] = [];
  private chosen: string | undefined;
  private failure: FailureData | undefined;
  private written: PatternReport | undefined;

  constructor(private readonly identity: PatternsIdentity) {}

  get model(): PatternsModel {
    const { failure, identity, tensors, written } = this;
    return { ...identity, tensors, selected: this.selected, failure, written };
  }

  get failed(): boolean {
    return this.failure !== undefined;
  }

  /** A tensor that was chosen and has gone from the file gives way to the first to show. */
  private get selected(): string | undefined {
    const isKnown = this.tensors.some(({ name }) => name === this.chosen);
    return isKnown ? this.chosen : firstPatternTensor(this.rows)?.name;
  }

  setFile({ tensors }: Pick<FileSummary, 'tensors'>): void {
    this.rows = tensors;
    this.tensors = tensors.map((row) => {
      const { dtype, name, shape } = row;
      const reason = patternProblem(row);
      return { name, shape, dtype, ...(reason === undefined ? {} : { reason }) };
    });
    this.failure = undefined;
  }

  fail(failure: FailureData): void {
    this.rows = [];
    this.tensors = [];
    this.failure = failure;
  }

  choose(tensor: string): void {
    this.chosen = tensor;
  }

  /** Takes over what the page kept, unless a tensor was chosen meanwhile. */
  adopt({ tensor, uri }: PatternsState): void {
    if (uri === this.identity.uri) {
      this.chosen ??= tensor;
    }
  }

  setWritten(report: PatternReport): void {
    this.written = report;
  }
}
