import { html } from 'lit';
import type { TemplateResult } from 'lit';
import { formatCount, formatNumberOf } from '../format';
import type { TextField } from './controls';

export interface FilterView {
  readonly filter: string;
  readonly shown: number;
  readonly total: number;
  readonly onFilter: (filter: string) => void;
}

/** The field above a table of tensors, and how many of them it leaves. Escape empties it. */
export function filterField({ filter, shown, total, onFilter }: FilterView): TemplateResult {
  const all = formatNumberOf(total, 'tensor');
  return html`
    <vscode-text-field
      id="filter"
      aria-label="Filter tensors by name"
      placeholder="Filter by name"
      .value=${filter}
      @input=${(event: Event) => onFilter((event.target as TextField).value)}
      @keydown=${(event: KeyboardEvent) => {
        if (event.key === 'Escape') {
          onFilter('');
        }
      }}
    ></vscode-text-field>
    <span class="muted" role="status" id="shown-count"
      >${shown === total ? all : `${formatCount(shown)} of ${all}`}</span
    >
  `;
}
