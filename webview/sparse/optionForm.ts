import { html, nothing } from 'lit';
import type { TemplateResult } from 'lit';
import type { SparseMethodOffer, SparseOptionInfo } from '../../src/protocol/sparse';
import type { FieldTexts } from './optionFields';
import { formatCount } from '../format';

/** A form as it stands. */
export interface FormState {
  readonly texts: FieldTexts;
  /** Shown from the first try to add on. */
  readonly problems: Readonly<Record<string, string>>;
  /** Whether all settings are on show, rather than those that decide alone. */
  readonly isFull: boolean;
}

export interface FormView {
  readonly offer: SparseMethodOffer;
  readonly form: FormState;
  readonly onTexts: (texts: FieldTexts) => void;
  readonly onFull: (isFull: boolean) => void;
  readonly onAdd: () => void;
  readonly onClose: () => void;
}

/** The settings of a method: what decides on the size first, the rest folded away. */
export function optionForm(view: FormView): TemplateResult {
  const { offer, onAdd, onClose } = view;
  const main = offer.options.filter(({ isMain }) => isMain);
  const more = offer.options.filter(({ isMain }) => !isMain);
  return html`<form
    class="option-form"
    id="form-${offer.method}"
    aria-label="Settings of ${offer.title}"
    novalidate
    @submit=${(event: Event) => {
      event.preventDefault();
      onAdd();
    }}
    @keydown=${(event: KeyboardEvent) => {
      if (event.key === 'Escape') {
        event.stopPropagation();
        onClose();
      }
    }}
  >
    ${main.map((option) => field(view, option))}
    ${
      more.length > 0
        ? html`<details
            .open=${view.form.isFull}
            @toggle=${(event: Event) => view.onFull((event.target as HTMLDetailsElement).open)}
          >
            <summary>More settings</summary>
            <div class="option-more">${more.map((option) => field(view, option))}</div>
          </details>`
        : nothing
    }
    <div class="actions">
      <button type="submit" class="small-button" id="add-${offer.method}">Add</button>
      <button type="button" class="small-button" @click=${onClose}>Close</button>
    </div>
  </form>`;
}

function field(view: FormView, option: SparseOptionInfo): TemplateResult {
  const { form, offer, onTexts } = view;
  const id = `option-${offer.method}-${option.name}`;
  const text = form.texts[option.name] ?? '';
  const problem = form.problems[option.name];
  const change = (value: string) => onTexts({ ...form.texts, [option.name]: value });
  const hint = `${id}-hint`;
  const described = problem === undefined ? hint : `${id}-problem ${hint}`;
  return html`<div class="option-field">
    ${
      option.kind === 'boolean'
        ? html`<label class="tick" for=${id}
            ><input
              type="checkbox"
              id=${id}
              aria-describedby=${described}
              .checked=${text === 'true'}
              @change=${(event: Event) => change(String((event.target as HTMLInputElement).checked))}
            />${option.title}</label
          >`
        : html`<label for=${id}>${option.title}</label> ${
              option.kind === 'choice'
                ? select(id, option, text, described, change)
                : input(id, option, text, described, problem !== undefined, change)
            }`
    }
    ${
      problem === undefined
        ? nothing
        : html`<p class="field-problem" id="${id}-problem" role="alert">${problem}</p>`
    }
    <p class="muted option-hint" id=${hint}>${option.description}${range(option)}</p>
  </div>`;
}

function range({ kind, least, most }: SparseOptionInfo): string {
  if (kind === 'boolean' || kind === 'choice' || (least === undefined && most === undefined)) {
    return '';
  }
  if (most === undefined) {
    return ` At least ${bound(least ?? 0)}.`;
  }
  return least === undefined ? ` At most ${bound(most)}.` : ` ${bound(least)} to ${bound(most)}.`;
}

/** With all its digits. */
const bound = (value: number): string =>
  Number.isInteger(value) ? formatCount(value) : String(value);

function input(
  id: string,
  { kind }: SparseOptionInfo,
  text: string,
  described: string,
  isInvalid: boolean,
  onInput: (text: string) => void,
): TemplateResult {
  return html`<input
    class="field"
    id=${id}
    type="text"
    inputmode=${kind === 'whole' ? 'numeric' : 'text'}
    autocomplete="off"
    spellcheck="false"
    aria-describedby=${described}
    aria-invalid=${isInvalid}
    .value=${text}
    @input=${(event: Event) => onInput((event.target as HTMLInputElement).value)}
  />`;
}

function select(
  id: string,
  { choices = [] }: SparseOptionInfo,
  text: string,
  described: string,
  onChange: (text: string) => void,
): TemplateResult {
  return html`<select
    id=${id}
    class="choice"
    aria-describedby=${described}
    @change=${(event: Event) => onChange((event.target as HTMLSelectElement).value)}
  >
    ${choices.map(
      ({ title, value }) =>
        html`<option value=${value} .selected=${value === text}>${title}</option>`,
    )}
  </select>`;
}
