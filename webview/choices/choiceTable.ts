import { html, nothing } from 'lit';
import type { PropertyValues, TemplateResult } from 'lit';
import type { Choice } from '../../src/protocol/choices';
import { LightElement } from '../components/lightElement';
import { methodMarker } from '../components/marker';
import {
  formatBytes,
  formatCompact,
  formatCount,
  formatError,
  formatMethod,
  formatPercent,
  formatRank,
} from '../format';
import { isPlanned } from './planRows';
import type { MethodGroup } from './planRows';

export class ChoicePickEvent extends Event {
  constructor(readonly choice: Choice) {
    super('choice-pick');
  }
}

interface Line {
  readonly choice: Choice;
  readonly planned: boolean;
}

/**
 * The choices of one tensor, row by row; a click or Enter takes a row in place of what the plan
 * would take. One tab stop, arrows between rows.
 */
export class ChoiceTable extends LightElement {
  static override properties = {
    groups: { attribute: false },
    planned: { attribute: false },
    tensor: {},
    active: { state: true },
  };

  declare groups: readonly MethodGroup[];
  declare planned: Choice | undefined;
  declare tensor: string;
  /** Index of the row that Tab leads to; undefined until an arrow key moves it. */
  declare private active: number | undefined;

  constructor() {
    super();
    this.groups = [];
    this.planned = undefined;
    this.tensor = '';
    this.active = undefined;
  }

  protected override willUpdate(changed: PropertyValues): void {
    if (changed.has('tensor')) {
      this.active = undefined;
    }
  }

  protected override render(): TemplateResult {
    let plannedBefore = false;
    const lines: readonly Line[] = this.groups.flatMap((group) =>
      group.choices.map((choice) => {
        const planned = !plannedBefore && isPlanned(choice, group, this.planned);
        plannedBefore ||= planned;
        return { choice, planned };
      }),
    );
    const inPlan = lines.findIndex(({ planned }) => planned);
    const focused = Math.min(this.active ?? Math.max(0, inPlan), lines.length - 1);
    return html`
      <div class="scroll-box">
        <table
          class="plain pick"
          id="choice-table"
          role="grid"
          aria-label="Choices for ${this.tensor}. Enter takes a choice."
          @keydown=${(event: KeyboardEvent) => this.moveByKey(event, lines, focused)}
        >
          <thead>
            <tr>
              <th scope="col">Method</th>
              <th scope="col" class="numeric" title="Share of the parameters that remains">Kept</th>
              <th scope="col" class="numeric">Rank</th>
              <th scope="col" class="numeric" title="Norm of the residual over norm of the tensor">
                Relative error
              </th>
              <th scope="col" class="numeric">Size</th>
              <th scope="col" class="numeric">Parameters</th>
              <th scope="col" class="numeric" title="Multiply-adds per output position">
                Multiply-adds
              </th>
              <th scope="col" class="numeric" title="Norm of the residual">Absolute error</th>
              <th scope="col" class="numeric" title="Norm of the residual over number of elements">
                Scaled error
              </th>
              <th scope="col">Worth it</th>
            </tr>
          </thead>
          <tbody>
            ${lines.map((line, index) => this.renderLine(line, index === focused, index))}
          </tbody>
        </table>
      </div>
    `;
  }

  private renderLine({ choice, planned }: Line, focused: boolean, index: number): TemplateResult {
    return html`
      <tr
        tabindex=${focused ? 0 : -1}
        class=${`${planned ? 'planned' : ''} ${choice.profitable ? '' : 'unprofitable'}`}
        aria-selected=${planned}
        data-method=${choice.method}
        data-kept=${choice.kept ?? nothing}
        @click=${() => this.pick(choice, index)}
      >
        <th scope="row">
          <span class="method">${methodMarker(choice.method)} ${formatMethod(choice.method)}</span>
          ${planned ? html`<span class="tag">in plan</span>` : nothing}
        </th>
        <td class="numeric">${formatPercent(choice.keptActual)}</td>
        <td class="numeric">${formatRank(choice.rank)}</td>
        <td class="numeric">${formatError(choice.error.relative)}</td>
        <td class="numeric">${formatBytes(choice.bytes)}</td>
        <td class="numeric">${formatCount(choice.parameters)}</td>
        <td class="numeric">${formatCompact(choice.macs)}</td>
        <td class="numeric">${formatError(choice.error.absolute)}</td>
        <td class="numeric">${formatError(choice.error.scaled)}</td>
        <td class="reason" title=${choice.reason ?? nothing}>
          ${choice.profitable ? 'yes' : 'no'}${choice.reason ? `: ${choice.reason}` : ''}
        </td>
      </tr>
    `;
  }

  private pick(choice: Choice, index: number): void {
    this.active = index;
    this.dispatchEvent(new ChoicePickEvent(choice));
  }

  private moveByKey(event: KeyboardEvent, lines: readonly Line[], focused: number): void {
    const line = lines[focused];
    if ((event.key === 'Enter' || event.key === ' ') && line) {
      event.preventDefault();
      this.pick(line.choice, focused);
      return;
    }
    const targets: Readonly<Record<string, number>> = {
      ArrowDown: focused + 1,
      ArrowUp: focused - 1,
      PageDown: focused + 10,
      PageUp: focused - 10,
      Home: 0,
      End: lines.length - 1,
    };
    const target = targets[event.key];
    if (target !== undefined) {
      event.preventDefault();
      this.active = Math.min(lines.length - 1, Math.max(0, target));
      const rows = this.querySelectorAll<HTMLElement>('tbody tr');
      rows[this.active]?.focus();
    }
  }
}
