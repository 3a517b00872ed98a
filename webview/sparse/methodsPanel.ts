import { html, nothing } from 'lit';
import { repeat } from 'lit/directives/repeat.js';
import type { TemplateResult } from 'lit';
import type {
  SparseAttempt,
  SparseMethod,
  SparseMethodOffer,
  SparseOutcome,
} from '../../src/protocol/sparse';
import { formatNumberOf } from '../format';
import { methodCard } from './methodCard';
import { attemptsToRun, chipsOf } from './methodPlan';
import type { Chip, Choice } from './methodPlan';
import type { FormState } from './optionForm';

export interface MethodsView {
  readonly offers: readonly SparseMethodOffer[];
  readonly outcomes: readonly SparseOutcome[];
  readonly choice: Choice;
  readonly forms: ReadonlyMap<SparseMethod, FormState>;
  readonly selected: string | undefined;
  readonly isRunning: boolean;
  readonly isOpen: boolean;
  readonly onOpen: (isOpen: boolean) => void;
  readonly onRun: (attempts: readonly SparseAttempt[]) => void;
  readonly onSwitch: (keys: readonly string[], isOn: boolean) => void;
  readonly onSelect: (chip: Chip) => void;
  readonly onForget: (chip: Chip) => void;
  /** The form of a method has changed, or is closed. */
  readonly onForm: (method: SparseMethod, form: FormState | undefined) => void;
  readonly onAdd: (offer: SparseMethodOffer) => void;
  readonly onOpenForm: (offer: SparseMethodOffer) => void;
}

/** The methods, what is to be tried of each, and the button that tries it. */
export function methodsPanel(view: MethodsView): TemplateResult {
  const { choice, forms, offers, outcomes, selected } = view;
  const change = (method: SparseMethod, to: Partial<FormState>) => {
    const form = forms.get(method);
    if (form) {
      view.onForm(method, { ...form, ...to });
    }
  };
  const isNone = offers.every(({ unavailable }) => unavailable !== undefined);
  return html`<section class="sparse-methods" aria-label="Methods">
    ${
      isNone
        ? html`<p class="notice warning" id="no-methods">
            No method can be used here; each says why.
          </p>`
        : runBar(view)
    }
    <details
      id="methods"
      ?open=${view.isOpen}
      @toggle=${(event: Event) => view.onOpen((event.target as HTMLDetailsElement).open)}
    >
      <summary><h2>Methods</h2></summary>
      <ul class="method-list">
        ${repeat(
          offers,
          ({ method }) => method,
          (offer) =>
            methodCard({
              offer,
              chips: chipsOf(offers, offer, outcomes, choice),
              form: forms.get(offer.method),
              selected,
              onSwitch: view.onSwitch,
              onSelect: view.onSelect,
              onForget: view.onForget,
              onTexts: (texts) => change(offer.method, { texts, problems: {} }),
              onFull: (isFull) => change(offer.method, { isFull }),
              onAdd: () => view.onAdd(offer),
              onClose: () => view.onForm(offer.method, undefined),
              onOpenForm: () => view.onOpenForm(offer),
            }),
        )}
      </ul>
    </details>
  </section>`;
}

function runBar(view: MethodsView): TemplateResult {
  const { choice, isRunning, offers, onRun, outcomes } = view;
  const attempts = attemptsToRun(offers, outcomes, choice);
  const paused = outcomes.filter(({ state }) => state === 'paused');
  return html`<div class="run-bar">
    <vscode-button id="run" ?disabled=${attempts.length === 0} @click=${() => onRun(attempts)}
      >Run</vscode-button
    >
    ${
      paused.length > 0
        ? html`<vscode-button
            id="continue-all"
            appearance="secondary"
            @click=${() => onRun(paused.map(({ attempt }) => attempt))}
            >Continue ${formatNumberOf(paused.length, 'Training')}</vscode-button
          >`
        : nothing
    }
    <span class="muted" role="status" id="run-words"
      >${runWords(offers, attempts, isRunning, outcomes.length > 0)}</span
    >
  </div>`;
}

/** What a run comes to. */
export function runWords(
  offers: readonly SparseMethodOffer[],
  attempts: readonly SparseAttempt[],
  isRunning: boolean,
  hasOutcomes: boolean,
): string {
  if (attempts.length === 0) {
    return hasOutcomes
      ? 'All that is ticked has been tried or is under way.'
      : 'Tick the methods to compare.';
  }
  const methods = new Set(attempts.map(({ method }) => method));
  const trained = offers.filter(({ isTrained, method }) => isTrained && methods.has(method));
  return [
    `${formatNumberOf(attempts.length, 'setting')} of ${formatNumberOf(methods.size, 'method')}`,
    ...(trained.length > 0
      ? [`${trained.map(({ title }) => title).join(' and ')} trains for a while`]
      : []),
    ...(isRunning ? ['after those under way'] : []),
  ].join(', ');
}
