import type { LitElement } from 'lit';
import type { SparseAttempt, SparseMethod, SparseMethodOffer } from '../../src/protocol/sparse';
import { attemptOf, defaultTexts, fieldProblems } from './optionFields';
import type { FormState } from './optionForm';

/** The forms for settings of one's own that are open, and where the focus goes with them. */
export class MethodForms {
  private forms: ReadonlyMap<SparseMethod, FormState> = new Map();

  constructor(private readonly host: LitElement) {}

  get open(): ReadonlyMap<SparseMethod, FormState> {
    return this.forms;
  }

  clear(): void {
    this.forms = new Map();
  }

  /** Changes the form of a method, or closes it. */
  set(method: SparseMethod, form: FormState | undefined): void {
    const forms = new Map(this.forms);
    if (form) {
      forms.set(method, form);
    } else {
      forms.delete(method);
      this.host.querySelector<HTMLElement>(`#own-${method}`)?.focus();
    }
    this.forms = forms;
    this.host.requestUpdate();
  }

  show(offer: SparseMethodOffer): void {
    this.set(offer.method, { texts: defaultTexts(offer), problems: {}, isFull: false });
    void this.focus(`#form-${offer.method} > .option-field :is(input, select)`);
  }

  /**
   * What the form of a method stands for; undefined where something is wrong, which is then shown
   * and has the focus. @param modes of the tensor.
   */
  read(offer: SparseMethodOffer, modes: number): SparseAttempt | undefined {
    const form = this.forms.get(offer.method);
    if (!form) {
      return undefined;
    }
    const { isFull, texts } = form;
    const problems = fieldProblems(offer, texts, modes);
    const [wrong] = Object.keys(problems);
    if (wrong === undefined) {
      return attemptOf(offer, texts, modes);
    }
    const isMain = offer.options.some((option) => option.isMain && option.name === wrong);
    this.set(offer.method, { texts, problems, isFull: isFull || !isMain });
    void this.focus(`#option-${offer.method}-${wrong}`);
    return undefined;
  }

  private async focus(selector: string): Promise<void> {
    await this.host.updateComplete;
    this.host.querySelector<HTMLElement>(selector)?.focus();
  }
}
