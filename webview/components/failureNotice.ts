import { html, nothing } from 'lit';
import type { TemplateResult } from 'lit';
import type { FailureData } from '../../src/protocol/choices';
import { formatFailureDetails } from '../format';

export interface FailureActions {
  readonly title: string;
  readonly onRetry?: () => void;
  readonly onDismiss?: () => void;
}

/** A failure where it happened: its sentence, what is behind it folded away, and what to do. */
export function failureNotice(failure: FailureData, actions: FailureActions): TemplateResult {
  return html`
    <section class="notice error" role="alert" data-failure=${failure.kind}>
      <p class="notice-title">${actions.title}</p>
      <p class="breakable">${failure.message}</p>
      <details>
        <summary>Details</summary>
        <pre>${formatFailureDetails(failure)}</pre>
      </details>
      ${
        actions.onRetry || actions.onDismiss
          ? html`<div class="actions">
              ${
                actions.onRetry
                  ? html`<vscode-button
                      class="retry"
                      appearance="secondary"
                      @click=${actions.onRetry}
                      >Retry</vscode-button
                    >`
                  : nothing
              }
              ${
                actions.onDismiss
                  ? html`<vscode-button appearance="secondary" @click=${actions.onDismiss}
                      >Dismiss</vscode-button
                    >`
                  : nothing
              }
            </div>`
          : nothing
      }
    </section>
  `;
}
