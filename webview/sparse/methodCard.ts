import { html, nothing } from 'lit';
import { repeat } from 'lit/directives/repeat.js';
import type { TemplateResult } from 'lit';
import type { SparseMethodOffer, SparseOutcome } from '../../src/protocol/sparse';
import { methodMarker } from '../components/marker';
import type { Chip } from './methodPlan';
import { shortLabelTitle } from './attempts';
import { isMissing } from './methodPlan';
import { optionForm } from './optionForm';
import type { FormState, FormView } from './optionForm';
import { stateWords } from './words';

export interface CardView extends Pick<FormView, 'onTexts' | 'onFull' | 'onAdd' | 'onClose'> {
  readonly offer: SparseMethodOffer;
  readonly chips: readonly Chip[];
  /** Undefined while it is closed. */
  readonly form: FormState | undefined;
  /** Key of the selected attempt. */
  readonly selected: string | undefined;
  readonly onSwitch: (keys: readonly string[], isOn: boolean) => void;
  readonly onSelect: (chip: Chip) => void;
  readonly onForget: (chip: Chip) => void;
  readonly onOpenForm: () => void;
}

/** A method with the settings that could be tried, or why it cannot be used. */
export function methodCard(view: CardView): TemplateResult {
  const { offer } = view;
  return html`<li class="method" data-method=${offer.method}>
    ${
      offer.unavailable === undefined
        ? usable(view)
        : html`<p class="method-head off">
              <input
                type="checkbox"
                id="method-${offer.method}"
                disabled
                aria-describedby="why-${offer.method}"
              />
              <label for="method-${offer.method}"
                >${methodMarker(offer.method)} ${offer.title}</label
              >
            </p>
            <p class="muted breakable" id="why-${offer.method}">${offer.unavailable}</p>`
    }
  </li>`;
}

function usable(view: CardView): TemplateResult {
  const { chips, form, offer } = view;
  const open = chips.filter(({ outcome }) => isMissing(outcome));
  const on = open.filter(({ isOn }) => isOn);
  const keys = open.map(({ key }) => key);
  return html`
    <p class="method-head">
      <input
        type="checkbox"
        id="method-${offer.method}"
        aria-describedby="what-${offer.method}"
        ?disabled=${open.length === 0}
        .checked=${open.length === 0 ? chips.length > 0 : on.length === open.length}
        .indeterminate=${on.length > 0 && on.length < open.length}
        @change=${(event: Event) => view.onSwitch(keys, (event.target as HTMLInputElement).checked)}
      />
      <label for="method-${offer.method}"
        >${methodMarker(offer.method)} <strong>${offer.title}</strong></label
      >
      ${offer.isTrained ? html`<span class="tag">trained</span>` : nothing}
    </p>
    <p class="muted" id="what-${offer.method}">${offer.description}</p>
    <div class="chips" role="group" aria-label="Settings of ${offer.title}">
      <span class="muted" aria-hidden="true">${shortLabelTitle(offer)}</span>
      ${repeat(
        chips,
        ({ key }) => key,
        (chip) => chipButton(view, chip),
      )}
      ${
        offer.options.length > 0
          ? html`<button
              type="button"
              class="chip add"
              id="own-${offer.method}"
              aria-expanded=${form !== undefined}
              title="Add settings of your own"
              aria-label="Add settings of ${offer.title}"
              @click=${form ? view.onClose : view.onOpenForm}
            >
              Add…
            </button>`
          : nothing
      }
    </div>
    ${form ? optionForm({ ...view, form }) : nothing}
    ${chips.map((chip) => chipFailure(view, chip))}
  `;
}

function chipButton(view: CardView, chip: Chip): TemplateResult {
  const { isOwn, label, outcome } = chip;
  const hint = outcome ? 'Take what failed away' : 'Take it away';
  if (outcome && !isMissing(outcome)) {
    return triedChip(view, chip, outcome.state);
  }
  return html`<span class="chip-pair"
    >${openChip(view, chip)}${
      isOwn || outcome
        ? html`<button
            type="button"
            class="chip forget"
            aria-label="Take ${label} away"
            title=${hint}
            @click=${() => view.onForget(chip)}
          >
            ×
          </button>`
        : nothing
    }</span
  >`;
}

/** What has been tried, or is under way: it can be selected. */
function triedChip(
  { onSelect, selected }: CardView,
  chip: Chip,
  state: SparseOutcome['state'],
): TemplateResult {
  const { key, label, short } = chip;
  const isSelected = key === selected;
  return html`<button
    type="button"
    class="chip ${state} ${isSelected ? 'chosen' : ''}"
    data-attempt=${label}
    aria-current=${isSelected ? 'true' : nothing}
    aria-label="${label}, ${stateWords(state)}"
    title="${stateWords(state)}; select it"
    @click=${() => onSelect(chip)}
  >
    <span class="chip-sign" aria-hidden="true">${signs[state]}</span>${short}
  </button>`;
}

/** What a run can make. */
function openChip({ onSwitch }: CardView, chip: Chip): TemplateResult {
  const { isOn, key, label, outcome, short } = chip;
  return html`<button
    type="button"
    class="chip ${outcome ? 'failed' : ''}"
    data-attempt=${label}
    aria-pressed=${isOn}
    aria-label=${outcome ? `${label}, failed` : label}
    title=${isOn ? 'A run makes it; click to leave it out' : 'Click to have a run make it'}
    @click=${() => onSwitch([key], !isOn)}
  >
    ${outcome ? html`<span class="chip-sign" aria-hidden="true">!</span>` : nothing}${short}
  </button>`;
}

const signs = { waiting: '…', running: '▸', done: '✓', paused: '‖', failed: '!' } as const;

function chipFailure(
  { offer }: CardView,
  { label, outcome }: Chip,
): TemplateResult | typeof nothing {
  return outcome?.state === 'failed'
    ? html`<p class="field-problem breakable" data-failed=${offer.method}>
        ${label}: ${outcome.failure?.message ?? 'It failed.'}
      </p>`
    : nothing;
}
