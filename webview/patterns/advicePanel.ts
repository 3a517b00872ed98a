import { html, nothing } from 'lit';
import type { TemplateResult } from 'lit';
import type { BlockPattern, PatternCurve, PatternInfo } from '../../src/protocol/patterns';
import { equalBytesWords, isSamePair, kroneckerWords } from './advice';
import { blockProblem } from './pattern';
import { formatPair } from './words';

export interface AdviceView {
  readonly matrix: PatternInfo['matrices'][number];
  readonly pattern: BlockPattern;
  readonly curves: readonly PatternCurve[];
  readonly bytes: number;
  readonly onBlock: (block: readonly [number, number]) => void;
}

/** Which block size is best: for a Kronecker sum, and at the bytes of the present choice. */
export function advicePanel(view: AdviceView): TemplateResult {
  const { bytes, curves, matrix, onBlock, pattern } = view;
  const words = equalBytesWords(curves, bytes, pattern.block);
  return html`<section class="report-part" id="advice" aria-label="Best block size">
    <h2>Best block size</h2>
    <p id="equal-bytes" class=${words === '' ? 'muted' : ''}>
      ${words === '' ? 'The comparison at equal bytes appears with the curves.' : words}
    </p>
    <p class="muted">As a sum of Kronecker products, all blocks kept:</p>
    <ul class="notes" id="kronecker-best">
      ${matrix.best.map(
        (best) =>
          html`<li>
            ${kroneckerWords(best, matrix)}
            ${
              isSamePair(best.block, pattern.block) || blockProblem(matrix, best.block)
                ? nothing
                : html`<button
                    type="button"
                    class="small-button"
                    data-rank=${best.rank}
                    @click=${() => onBlock(best.block)}
                  >
                    Use ${formatPair(best.block)}
                  </button>`
            }
          </li>`,
      )}
    </ul>
  </section>`;
}
