import { html, nothing } from 'lit';
import type { TemplateResult } from 'lit';
import type { ChoicesModel, FailureData, Progress } from '../../src/protocol/choices';
import { failureNotice } from '../components/failureNotice';
import { progressLine, waiting } from '../components/progressLine';
import { formatNumberOf } from '../format';

/** The compression under way: at first only a name is being asked for. */
export type Compressing = 'naming' | Progress;

/** A failure of an action, where it stays until dismissed or retried. */
export interface ActionFailure {
  readonly title: string;
  readonly failure: FailureData;
  readonly retry?: () => void;
}

export interface StatusView {
  readonly model: ChoicesModel;
  readonly compressing: Compressing | undefined;
  readonly actionFailure: ActionFailure | undefined;
  readonly onCancel: (what: 'choices' | 'compress') => void;
  readonly onRestart: () => void;
  readonly onDismiss: () => void;
}

/** What is under way, and what went wrong. */
export function statusArea(view: StatusView): TemplateResult {
  const { model, compressing, actionFailure } = view;
  return html`<div class="status-area">
    ${compressing ? compression(compressing, view) : nothing}
    ${
      model.progress
        ? progressLine('Computing choices', model.progress, {
            id: 'cancel-choices',
            run: () => view.onCancel('choices'),
          })
        : nothing
    }
    ${
      model.failure
        ? failureNotice(model.failure, {
            title: 'The choices could not all be computed',
            onRetry: view.onRestart,
          })
        : nothing
    }
    ${model.cancelled && !model.progress ? cancelled(view) : nothing}
    ${actionFailure ? failed(actionFailure, view.onDismiss) : nothing}
  </div>`;
}

function compression(compressing: Compressing, { onCancel }: StatusView): TemplateResult {
  return compressing === 'naming'
    ? waiting('Waiting for a name for the new file…')
    : progressLine('Compressing', compressing, {
        id: 'cancel-compress',
        run: () => onCancel('compress'),
      });
}

function cancelled({ model, onRestart }: StatusView): TemplateResult {
  return html`<section class="notice warning" id="cancelled">
    <p>
      Stopped after ${formatNumberOf(model.choices.length, 'choice')}. The plan uses those; tensors
      without choices stay dense.
    </p>
    <div class="actions">
      <vscode-button id="restart" appearance="secondary" @click=${onRestart}
        >Compute Again</vscode-button
      >
    </div>
  </section>`;
}

function failed({ title, failure, retry }: ActionFailure, onDismiss: () => void): TemplateResult {
  const onRetry = () => {
    onDismiss();
    retry?.();
  };
  return failureNotice(failure, { title, ...(retry ? { onRetry } : {}), onDismiss });
}
