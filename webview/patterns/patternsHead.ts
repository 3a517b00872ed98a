import { html, nothing } from 'lit';
import { guard } from 'lit/directives/guard.js';
import type { TemplateResult } from 'lit';
import type { PatternsModel, PatternsTensor } from '../../src/protocol/patterns';
import { filterField } from '../components/filterField';
import { filterRows } from '../components/tableRows';
import { formatNumberOf, formatShape } from '../format';

export interface PatternsHeadView {
  readonly model: PatternsModel;
  readonly selected: PatternsTensor | undefined;
  readonly filter: string;
  /** The last thing that happened, for eyes and screen readers. */
  readonly said: string;
  readonly onFilter: (filter: string) => void;
  readonly onSelect: (tensor: string) => void;
}

/** The file, and which of its tensors is looked at. */
export function patternsHead(view: PatternsHeadView): TemplateResult {
  const { model, selected } = view;
  return html`
    <header class="page-head with-actions">
      <div>
        <h1 class="breakable" id="file-name">${model.file}</h1>
        <ul class="facts">
          ${
            selected
              ? html`<li class="breakable" id="tensor-name">${selected.name}</li>
                  <li>${formatShape(selected.shape)}</li>
                  <li>${selected.dtype}</li>`
              : html`<li>${formatNumberOf(model.tensors.length, 'tensor')}</li>`
          }
        </ul>
      </div>
      <span id="said" class="breakable" role="status">${view.said}</span>
    </header>
    ${model.tensors.length > 1 ? picker(view) : nothing}
  `;
}

function picker({ filter, model, onFilter, onSelect, selected }: PatternsHeadView): TemplateResult {
  const shown = filterRows(model.tensors, filter);
  return html`<div class="toolbar" id="picker">
    ${guard([model, selected, filter], () =>
      select(
        // The tensor on show stays in the list, whatever the filter leaves.
        selected && !shown.includes(selected) ? [selected, ...shown] : shown,
        selected,
        onSelect,
      ),
    )}
    ${filterField({ filter, shown: shown.length, total: model.tensors.length, onFilter })}
  </div>`;
}

function select(
  tensors: readonly PatternsTensor[],
  selected: PatternsTensor | undefined,
  onSelect: (tensor: string) => void,
): TemplateResult {
  return html`<select
    id="tensor"
    class="choice tensor-choice"
    aria-label="Tensor"
    @change=${(event: Event) => onSelect((event.target as HTMLSelectElement).value)}
  >
    ${tensors.map(
      ({ name, shape, reason }) =>
        html`<option
          value=${name}
          .selected=${name === selected?.name}
          ?disabled=${reason !== undefined}
        >
          ${name} · ${formatShape(shape)}${reason === undefined ? '' : ` (${reason})`}
        </option>`,
    )}
  </select>`;
}
