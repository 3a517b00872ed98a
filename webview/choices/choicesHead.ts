import { html } from 'lit';
import type { TemplateResult } from 'lit';
import type { ChoicesModel } from '../../src/protocol/choices';
import { formatBytes, formatCount, formatMethod, formatNumberOf } from '../format';

export interface ChoicesHeadView {
  readonly model: ChoicesModel;
  readonly isCompressing: boolean;
  /** The last thing that happened, for eyes and screen readers. */
  readonly said: string;
  readonly onSavePlan: () => void;
  readonly onCompress: () => void;
}

/** What is being compressed, and the two things that can be done with the plan. */
export function choicesHead(view: ChoicesHeadView): TemplateResult {
  const { model, isCompressing } = view;
  const blocked = whyNotCompress(model);
  return html`
    <header class="page-head with-actions">
      <div>
        <h1 class="breakable" id="file-name">${model.file}</h1>
        <ul class="facts">
          <li title=${`${formatCount(model.fileBytes)} bytes`}>${formatBytes(model.fileBytes)}</li>
          <li>${formatNumberOf(model.tensors.length, 'tensor')}</li>
          <li>${model.methods.map(formatMethod).join(', ')}</li>
        </ul>
      </div>
      <div class="main-actions">
        <span id="said" class="breakable" role="status">${view.said}</span>
        <span class="muted" id="blocked">${blocked ?? whatCompressUses(model)}</span>
        <vscode-button
          id="save-plan"
          appearance="secondary"
          ?disabled=${!model.planned || isCompressing}
          @click=${view.onSavePlan}
          >Save Plan…</vscode-button
        >
        <vscode-button
          id="compress"
          ?disabled=${blocked !== undefined || isCompressing}
          @click=${view.onCompress}
          >Compress…</vscode-button
        >
      </div>
    </header>
  `;
}

/** Why there is nothing to write for the moment, in a few words. */
function whyNotCompress(model: ChoicesModel): string | undefined {
  if (!model.planned) {
    return model.progress ? 'Ready with the first choices' : 'There is no plan yet';
  }
  if (!model.planned.summary.feasible) {
    return 'This budget cannot be met';
  }
  return model.planned.plan.tensors.every(({ method }) => method === 'dense')
    ? 'Under this budget every tensor stays as it is'
    : undefined;
}

function whatCompressUses(model: ChoicesModel): string {
  return model.progress ? 'Uses the choices so far' : '';
}
