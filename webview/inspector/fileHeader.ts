import { html, nothing } from 'lit';
import type { TemplateResult } from 'lit';
import type { FileSummary } from '../../src/protocol/inspector';
import { methodMarker } from '../components/marker';
import {
  formatBytes,
  formatCompact,
  formatCount,
  formatError,
  formatMetadata,
  formatMethod,
  formatNumberOf,
  formatPercent,
  formatRank,
  formatShape,
} from '../format';
import { dtypeShares } from './dtypeShares';

export function fileHeader(file: FileSummary): TemplateResult {
  return html`
    <header class="page-head">
      <h1 class="breakable" id="file-name">${file.name}</h1>
      <ul class="facts" id="file-facts">
        <li>${file.format}</li>
        <li title=${`${formatCount(file.size)} bytes`}>${formatBytes(file.size)}</li>
        <li>${formatNumberOf(file.tensors.length, 'tensor')}</li>
        <li title=${formatCount(file.parameters)}>
          ${formatCompact(file.parameters)} parameter${file.parameters === 1 ? '' : 's'}
        </li>
        ${dtypeBreakdown(file)}
      </ul>
    </header>
  `;
}

function dtypeBreakdown(file: FileSummary): TemplateResult {
  const shares = dtypeShares(file.tensors);
  const total = shares.reduce((sum, { bytes }) => sum + bytes, 0);
  return html`${shares.map(
    ({ dtype, tensors, bytes }) =>
      html`<li title="${formatNumberOf(tensors, 'tensor')}, ${formatBytes(bytes)}">
        ${dtype}
        ${
          shares.length > 1 && total > 0
            ? html`<span class="muted">${formatPercent(bytes / total)}</span>`
            : nothing
        }
      </li>`,
  )}`;
}

/** Says what a pressed file is, and how to get the dense weights back. */
export function pressedBanner(
  pressed: NonNullable<FileSummary['pressed']>,
  onReconstruct: () => void,
): TemplateResult {
  return html`
    <section class="notice info" id="pressed-banner" aria-label="Pressed file">
      <div class="banner-row">
        <p>
          <strong>Made by TensorPress ${pressed.toolVersion}</strong> from
          <strong class="breakable">${pressed.source}</strong>:
          ${formatNumberOf(pressed.tensors.length, 'tensor')} of it
          ${pressed.tensors.length === 1 ? 'is' : 'are'} stored as factors.
        </p>
        <vscode-button id="reconstruct" appearance="secondary" @click=${onReconstruct}
          >Reconstruct Dense Weights…</vscode-button
        >
      </div>
      <details>
        <summary>How each tensor is stored</summary>
        <div class="scroll-box">
          <table class="plain" id="pressed-tensors">
            <thead>
              <tr>
                <th scope="col">Tensor</th>
                <th scope="col">Shape</th>
                <th scope="col">Method</th>
                <th scope="col" class="numeric">Rank</th>
                <th scope="col" class="numeric">Relative error</th>
              </tr>
            </thead>
            <tbody>
              ${pressed.tensors.map(
                (one) =>
                  html`<tr>
                    <th scope="row" class="breakable">${one.tensor}</th>
                    <td>${formatShape(one.shape)}</td>
                    <td>${methodMarker(one.method)} ${formatMethod(one.method)}</td>
                    <td class="numeric">${formatRank(one.rank)}</td>
                    <td class="numeric">${formatError(one.relativeError)}</td>
                  </tr>`,
              )}
            </tbody>
          </table>
        </div>
      </details>
    </section>
  `;
}

const CLIPPED = 600;

/** The file's own metadata, folded; long values show their beginning until asked for more. */
export function fileMetadata(
  metadata: FileSummary['metadata'],
  expanded: ReadonlySet<string>,
  onExpand: (name: string) => void,
): TemplateResult {
  const entries = Object.entries(metadata);
  if (entries.length === 0) {
    return html``;
  }
  return html`
    <details class="metadata" id="metadata">
      <summary>
        File metadata (${formatNumberOf(entries.length, 'entry').replace('entrys', 'entries')})
      </summary>
      <dl>
        ${entries.map(([name, value]) => {
          const text = formatMetadata(value);
          const clipped = text.length > CLIPPED && !expanded.has(name);
          return html`
            <dt class="breakable">${name}</dt>
            <dd>
              <pre class="breakable">${clipped ? `${text.slice(0, CLIPPED)}…` : text}</pre>
              ${
                clipped
                  ? html`<vscode-button appearance="secondary" @click=${() => onExpand(name)}
                      >Show All ${formatCount(text.length)} Characters</vscode-button
                    >`
                  : nothing
              }
            </dd>
          `;
        })}
      </dl>
    </details>
  `;
}
