import { html, nothing } from 'lit';
import type { TemplateResult } from 'lit';
import type { Progress } from '../../src/protocol/choices';

/** A bar with its share and message in words, and a way to stop. */
export function progressLine(
  title: string,
  progress: Progress,
  cancel?: { readonly id: string; readonly run: () => void },
): TemplateResult {
  const percent = Math.floor(Math.min(1, Math.max(0, progress.fraction)) * 100);
  return html`
    <div class="progress">
      <div class="progress-words">
        <strong>${title}</strong>
        <span class="number">${percent} %</span>
        <span class="progress-message muted" title=${progress.message ?? ''}
          >${progress.message ?? ''}</span
        >
        ${
          cancel
            ? html`<vscode-button id=${cancel.id} appearance="secondary" @click=${cancel.run}
                >Cancel</vscode-button
              >`
            : nothing
        }
      </div>
      <div
        class="progress-track"
        role="progressbar"
        aria-label=${title}
        aria-valuemin="0"
        aria-valuemax="100"
        aria-valuenow=${percent}
      >
        <div class="progress-bar" .style=${`width: ${percent}%`}></div>
      </div>
    </div>
  `;
}

/** A part that is still being worked on. */
export function waiting(words: string): TemplateResult {
  return html`<div class="waiting" role="status">
    <vscode-progress-ring aria-hidden="true"></vscode-progress-ring><span>${words}</span>
  </div>`;
}
