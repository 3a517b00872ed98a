import { html, nothing } from 'lit';
import type { TemplateResult } from 'lit';
import type { SparseModelView } from '../../src/protocol/sparse';
import { failureNotice } from '../components/failureNotice';
import { progressLine } from '../components/progressLine';
import { writeProgress } from './writeForm';
import type { Writing } from './writeForm';

export interface StatusView {
  readonly model: SparseModelView;
  readonly writing: Writing | undefined;
  /** The last failure of an action, and what was written last. */
  readonly failure: TemplateResult | typeof nothing;
  readonly report: TemplateResult | typeof nothing;
  readonly onCancel: () => void;
  readonly onCancelWrite: () => void;
  readonly onRetry: () => void;
}

/** What is under way, what went wrong, and what was written. */
export function statusArea(view: StatusView): TemplateResult {
  const { failure, model, onCancel, onCancelWrite, onRetry, report, writing } = view;
  return html`<div class="status-area">
    ${
      model.progress
        ? progressLine('Comparing', model.progress, { id: 'cancel', run: onCancel })
        : nothing
    }
    ${writeProgress(writing, onCancelWrite)}
    ${
      model.failure
        ? failureNotice(model.failure, { title: 'The comparison stopped', onRetry })
        : nothing
    }
    ${failure} ${report}
  </div>`;
}
