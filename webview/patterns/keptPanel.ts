import { html, nothing } from 'lit';
import type { TemplateResult } from 'lit';
import type { RadioGroup, TextField } from '../components/controls';
import { countFor, inMode, keptWords, parseShare, shareText, sliderSteps } from './keptSlider';
import type { Wanted } from './keptSlider';
import type { OpenMap } from './openMap';

export interface KeptView {
  readonly open: OpenMap;
  readonly wanted: Wanted;
  /** What was typed and is no share, with what is expected instead. */
  readonly typed: { readonly text: string; readonly problem: string } | undefined;
  /** @param at when it began, of `performance.now()`. */
  readonly onWanted: (wanted: Wanted, at: number) => void;
  readonly onProblem: (typed: { text: string; problem: string }) => void;
}

/** The slider: how many blocks are kept, or how much energy. */
export function keptPanel(view: KeptView): TemplateResult {
  const { open, typed, wanted } = view;
  const isBlocks = open.kind === 'block';
  const mode = isBlocks ? wanted.mode : 'kept';
  const steps = sliderSteps(open, mode);
  const kept = countFor(open, wanted);
  const position = isBlocks ? wanted.share * steps : kept;
  const label = isBlocks
    ? mode === 'kept'
      ? 'Blocks to keep'
      : 'Energy to keep'
    : `Entries to keep of every ${open.count}`;
  const slide = (event: Event) => {
    const value = (event.target as HTMLInputElement).valueAsNumber;
    view.onWanted({ mode, share: value / steps }, event.timeStamp);
  };
  const enter = (event: Event) => {
    const text = (event.target as TextField).value;
    const share = parseShare(text);
    if (typeof share === 'number') {
      view.onWanted({ mode, share }, event.timeStamp);
    } else {
      view.onProblem({ text, problem: share.problem });
    }
  };
  return html`
    <section class="kept" aria-label="What is kept">
      ${isBlocks ? modes(view) : nothing}
      <div class="budget-line">
        <input
          type="range"
          id="kept"
          class="slider"
          min="0"
          max=${steps}
          step="1"
          .value=${String(Math.round(position))}
          .style=${`--filled: ${(100 * position) / steps}%`}
          aria-label=${label}
          aria-valuetext=${keptWords(open, kept, { ...wanted, mode })}
          @input=${slide}
        />
        ${
          isBlocks
            ? html`<vscode-text-field
                id="kept-value"
                size="6"
                .value=${typed?.text ?? shareText(wanted.share)}
                aria-label="${label}, percent"
                @change=${enter}
                @keydown=${(event: KeyboardEvent) => event.key === 'Enter' && enter(event)}
                ><span slot="end" class="unit">%</span></vscode-text-field
              >`
            : html`<strong class="number" id="kept-value">${kept}:${open.count}</strong>`
        }
      </div>
      ${
        typed
          ? html`<p class="field-problem" role="alert" id="kept-problem">${typed.problem}</p>`
          : nothing
      }
    </section>
  `;
}

function modes({ open, wanted, onWanted }: KeptView): TemplateResult {
  const change = (event: Event) => {
    const { value } = event.target as RadioGroup;
    if ((value === 'kept' || value === 'energy') && value !== wanted.mode) {
      onWanted(inMode(open, wanted, value), event.timeStamp);
    }
  };
  return html`<vscode-radio-group
    id="kept-mode"
    class="budget-mode"
    .value=${wanted.mode}
    @change=${change}
  >
    <label slot="label" class="visually-hidden">Keep</label>
    <vscode-radio id="mode-kept" value="kept" ?checked=${wanted.mode === 'kept'}
      >Share of the blocks to keep</vscode-radio
    >
    <vscode-radio id="mode-energy" value="energy" ?checked=${wanted.mode === 'energy'}
      >Share of the energy (squared norm) to keep</vscode-radio
    >
  </vscode-radio-group>`;
}
