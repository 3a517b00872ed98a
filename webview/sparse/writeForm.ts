import { html, nothing } from 'lit';
import type { TemplateResult } from 'lit';
import type { Progress } from '../../src/protocol/sparse';
import type { Checkbox } from '../components/controls';
import { progressLine, waiting } from '../components/progressLine';
import { formatBytes } from '../format';
import { writeWords } from './writeWords';
import type { WriteOptions, WriteSubject } from './writeWords';

/** What is under way: at first only a name is being asked for. */
export type Writing = 'naming' | Progress;

export interface WriteView extends WriteSubject {
  readonly writing: Writing | undefined;
  readonly onOptions: (options: WriteOptions) => void;
  readonly onWrite: () => void;
}

/** Writing the selected point: what is stored, and about how large that is. */
export function writeForm(view: WriteView): TemplateResult {
  const { offer, onOptions, onWrite, options, point, writing } = view;
  const isNetwork = offer.writes === 'neukron';
  return html`<div class="write-form" role="group" aria-label="Write" id="write-form">
    ${
      point.orderBytes > 0
        ? html`<vscode-checkbox
              id="with-orders"
              .checked=${options.withOrders}
              @change=${(event: Event) => {
                const withOrders = (event.target as Checkbox).checked;
                if (withOrders !== options.withOrders) {
                  onOptions({ ...options, withOrders });
                }
              }}
              >Store the orders (${formatBytes(point.orderBytes)})</vscode-checkbox
            >
            <p class="muted" id="orders-words">
              ${
                options.withOrders
                  ? 'Rows and columns come back where they are now.'
                  : 'Without them rows and columns come back in another order, that of the model.'
              }
            </p>`
        : html`<p class="muted">This method keeps rows and columns where they are.</p>`
    }
    ${
      isNetwork
        ? html`<label class="labelled"
            ><span class="muted">Numbers as</span>
            <select
              id="number-type"
              class="choice"
              @change=${(event: Event) =>
                onOptions({
                  ...options,
                  type:
                    (event.target as HTMLSelectElement).value === 'float16' ? 'float16' : 'float32',
                })}
            >
              <option value="float32" .selected=${options.type === 'float32'}>
                float32, as trained
              </option>
              <option value="float16" .selected=${options.type === 'float16'}>
                float16, half the bytes, rounded
              </option>
            </select></label
          >`
        : nothing
    }
    ${
      point.paused
        ? html`<p class="muted" id="as-it-stands">
            The training is not at its end; it is written as it stands, this point after epoch
            ${point.paused.epoch}.
          </p>`
        : nothing
    }
    <div class="actions">
      <vscode-button id="write" ?disabled=${writing !== undefined} @click=${onWrite}
        >${isNetwork ? 'Write .neukron…' : 'Write Factors…'}</vscode-button
      >
      <span class="muted" id="write-words">${writeWords(view)}</span>
    </div>
  </div>`;
}

/** How far writing is, with a way to stop it. */
export function writeProgress(
  writing: Writing | undefined,
  onCancel: () => void,
): TemplateResult | typeof nothing {
  if (writing === undefined) {
    return nothing;
  }
  return writing === 'naming'
    ? waiting('Waiting for a name for the new file…')
    : progressLine('Writing', writing, { id: 'cancel-write', run: onCancel });
}
