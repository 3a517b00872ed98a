import { html } from 'lit';
import type { TemplateResult } from 'lit';
import { methodMarker } from '../components/marker';
import type { Column } from '../components/table';
import { compareNames, compareNumbers, compareShapes } from '../components/tableRows';
import {
  formatBytes,
  formatError,
  formatMethod,
  formatPercent,
  formatRank,
  formatShape,
} from '../format';
import type { PlanRow } from './planRows';

export interface TensorColumnsOptions {
  /** The largest tensor's bytes: the full length of a bar. */
  readonly largest: number;
  readonly disabled: boolean;
  readonly onExclude: (row: PlanRow, excluded: boolean) => void;
}

export function tensorColumns(options: TensorColumnsOptions): readonly Column<PlanRow>[] {
  return [
    {
      id: 'name',
      title: 'Name',
      width: 'minmax(6rem, 2.6fr)',
      render: (row) => html`<span class="clip" title=${row.name}>${row.name}</span>`,
      compare: (a, b) => compareNames(a.name, b.name),
    },
    {
      id: 'shape',
      title: 'Shape',
      width: 'minmax(8rem, 1.5fr)',
      hideBelow: 700,
      render: (row) =>
        html`<span class="clip" title=${formatShape(row.shape)}>${formatShape(row.shape)}</span>`,
      compare: (a, b) => compareShapes(a.shape, b.shape),
    },
    {
      id: 'plan',
      title: 'Plan',
      width: 'minmax(6.4rem, 2fr)',
      hint: 'Method and rank',
      render: planCell,
      compare: (a, b) => compareNames(planText(a), planText(b)),
    },
    {
      id: 'kept',
      title: 'Kept',
      width: 'minmax(3.6rem, 0.7fr)',
      numeric: true,
      hideBelow: 420,
      hint: 'Share of the parameters that remains',
      render: (row) => (row.entry ? formatPercent(row.entry.kept) : '–'),
      compare: (a, b) => compareNumbers(a.entry?.kept, b.entry?.kept),
    },
    {
      id: 'error',
      title: 'Error',
      width: 'minmax(4rem, 0.8fr)',
      numeric: true,
      hint: 'Relative error',
      render: (row) => (row.entry ? formatError(row.entry.relativeError) : '–'),
      compare: (a, b) => compareNumbers(a.entry?.relativeError, b.entry?.relativeError),
    },
    {
      id: 'after',
      title: 'Size after',
      width: 'minmax(5.6rem, 1.2fr)',
      numeric: true,
      hideBelow: 480,
      hint: 'The light bar is the size before',
      render: (row) => sizeCell(row, options.largest),
      compare: (a, b) => compareNumbers(a.bytesAfter, b.bytesAfter),
    },
    {
      id: 'exclude',
      title: 'Exclude',
      width: '4.9rem',
      hint: 'Keep the tensor as it is (Space on the selected row)',
      render: (row) => excludeCell(row, options),
    },
  ];
}

export function isExcluded(row: PlanRow): boolean {
  return row.override?.method === 'dense';
}

function planText({ entry }: PlanRow): string {
  return entry ? `${entry.method} ${entry.rank === undefined ? '' : formatRank(entry.rank)}` : '';
}

function planCell(row: PlanRow): TemplateResult | string {
  const { entry } = row;
  if (!entry) {
    return html`<span class="muted">${row.skipped === undefined ? '…' : 'dense'}</span>`;
  }
  if (entry.method === 'dense') {
    return html`<span class="clip muted" title=${row.skipped ?? entry.reason}>dense</span>`;
  }
  return html`<span class="clip" title=${entry.reason}
    >${methodMarker(entry.method)} ${formatMethod(entry.method)}
    ${entry.rank === undefined ? '' : formatRank(entry.rank)}${
      row.isByHand
        ? html` <span title="Chosen by you" aria-label="chosen by you" class="own">✎</span>`
        : ''
    }</span
  >`;
}

function sizeCell(row: PlanRow, largest: number): TemplateResult {
  const before = (100 * row.bytes) / largest;
  const after = (100 * (row.bytesAfter ?? row.bytes)) / largest;
  return html`<span class="bar-cell"
    ><span class="bar" aria-hidden="true"
      ><span class="bar-before" .style=${`width: ${before}%`}></span
      ><span class="bar-fill" .style=${`width: ${Math.min(100, after)}%`}></span></span
    ><span>${row.bytesAfter === undefined ? '–' : formatBytes(row.bytesAfter)}</span></span
  >`;
}

function excludeCell(row: PlanRow, options: TensorColumnsOptions): TemplateResult | string {
  if (row.skipped !== undefined) {
    return html`<span class="muted centred" title=${row.skipped}>–</span>`;
  }
  return html`<input
    type="checkbox"
    class="exclude"
    tabindex="-1"
    .checked=${isExcluded(row)}
    ?disabled=${options.disabled}
    aria-label="Exclude ${row.name}"
    @click=${(event: Event) => event.stopPropagation()}
    @change=${(event: Event) => options.onExclude(row, (event.target as HTMLInputElement).checked)}
  />`;
}
