import { html, nothing } from 'lit';
import type { TemplateResult } from 'lit';
import type { SparseInfo, SparseModelView } from '../../src/protocol/sparse';
import {
  formatBytes,
  formatCompact,
  formatCount,
  formatNumberOf,
  formatTick,
  formatValue,
} from '../format';
import { formatDensity, formatDims, kindWords, modeName, negativeWords } from './words';

/** What is being compressed, in figures. */
export function sparseHead(model: SparseModelView, said: string): TemplateResult {
  const info = model.offer?.info;
  return html`<header class="page-head with-actions">
    <div>
      <h1 class="breakable" id="file-name">${model.file}</h1>
      <ul class="facts">
        ${
          model.tensor === undefined
            ? nothing
            : html`<li class="breakable" id="tensor-name">${model.tensor}</li>`
        }
        ${info ? facts(info) : nothing}
      </ul>
    </div>
    <span id="said" class="breakable" role="status">${said}</span>
  </header>`;
}

function facts(info: SparseInfo): TemplateResult {
  return html`<li id="dims">${formatDims(info.dims)}</li>
    <li id="nonzeros">${formatNumberOf(info.nonzeros, 'nonzero')}</li>
    <li id="density" title="Nonzeros over all entries">${formatDensity(info.density)} filled</li>
    <li
      id="raw-bytes"
      title="A 4-byte index for each mode and an 8-byte value for each nonzero: ${formatCount(info.bytes.raw)} bytes"
    >
      ${formatBytes(info.bytes.raw)} as coordinates
    </li>`;
}

/** What was done on reading, what to know of the values, and how the nonzeros are spread. */
export function dataPart(info: SparseInfo): TemplateResult {
  const negative = negativeWords(info);
  return html`
    ${
      negative === undefined
        ? nothing
        : html`<section class="notice info" id="negative"><p>${negative}</p></section>`
    }
    <details id="data">
      <summary>
        About the
        data${info.notes.length > 0 ? ` (${formatNumberOf(info.notes.length, 'note')})` : ''}
      </summary>
      <div class="data-part">
        ${
          info.notes.length > 0
            ? html`<ul class="notes" id="notes">
                ${info.notes.map((note) => html`<li class="breakable">${note}</li>`)}
              </ul>`
            : nothing
        }
        <p class="number">${valuesWords(info)}</p>
        <p class="number">
          In full it would take ${formatBytes(info.bytes.dense)}, 8 bytes an entry. To keep
          positions, a method that reorders needs ${formatBytes(info.bytes.orders)} for the orders.
        </p>
        ${modesTable(info)}
      </div>
    </details>
  `;
}

function valuesWords({ max, min, squaredNorm, ...info }: SparseInfo): string {
  const range =
    min === undefined || max === undefined
      ? 'There are no nonzeros.'
      : `Values from ${formatValue(min)} to ${formatValue(max)}, squared norm ${squaredNorm < 10_000 ? formatValue(squaredNorm) : formatCompact(squaredNorm)}.`;
  return `A ${kindWords(info)} with ${formatCount(info.stored)} stored entries in a file of ${formatBytes(info.size)} (${info.format}). ${range}`;
}

function modesTable({ dims, modes }: SparseInfo): TemplateResult {
  return html`<div class="scroll-box" role="region" tabindex="0" aria-label="Nonzeros of an index">
    <table class="plain figures" id="modes">
      <thead>
        <tr>
          <th scope="col">Mode</th>
          ${['Size', 'Empty', 'Least', 'Median', 'Mean', 'Most'].map(
            (title) => html`<th scope="col" class="numeric">${title}</th>`,
          )}
        </tr>
      </thead>
      <tbody>
        ${modes.map(({ degrees, empty, size }, mode) => {
          const { max, mean, median, min } = degrees;
          return html`<tr>
            <th scope="row">${modeName(mode, dims.length)}</th>
            ${[size, empty, min, median].map(number)}
            <td class="numeric">${formatTick(mean)}</td>
            ${number(max)}
          </tr>`;
        })}
      </tbody>
    </table>
    <p class="muted">Least to most: nonzeros of one index.</p>
  </div>`;
}

const number = (value: number): TemplateResult =>
  html`<td class="numeric">
    ${Number.isInteger(value) ? formatCount(value) : formatTick(value)}
  </td>`;
