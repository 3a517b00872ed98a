import { html, nothing } from 'lit';
import type { TemplateResult } from 'lit';
import type { KpdFit, PatternSpeed } from '../../src/protocol/patterns';
import { formatBytes, formatChange, formatCompact, formatCount, formatPercent } from '../format';
import { figuresOf } from './figures';
import type { OpenMap } from './openMap';
import { forecast } from './words';

export interface FiguresView {
  readonly open: OpenMap;
  readonly kept: number;
  readonly fit: KpdFit | undefined;
  readonly speed: PatternSpeed | undefined;
  readonly isMeasuring: boolean;
}

/** What the choice comes to: the numbers a person decides by. */
export function figuresPanel(view: FiguresView): TemplateResult {
  const { fit, kept, open } = view;
  const figures = figuresOf(open, kept);
  const isBlocks = open.kind === 'block';
  const change = (bytes: number) => formatChange(figures.denseBytes, bytes);
  return html`
    <section class="card outcome" aria-label="Figures" id="figures">
      <div class="headline">
        <div>
          <div class="caption" title="Norm of what is dropped over norm of the tensor">
            Relative error
          </div>
          <div class="big" id="relative-error">${formatPercent(figures.relativeError)}</div>
        </div>
        <div>
          <div
            class="caption"
            title=${isBlocks ? 'Share of the blocks that is dropped' : 'Share of the entries that is dropped'}
          >
            Sparsity
          </div>
          <div class="big" id="sparsity">${formatPercent(figures.sparsity)}</div>
        </div>
        <div>
          <div
            class="caption"
            title=${isBlocks ? 'Block sparse rows: the kept blocks and where they are' : 'The kept values and where they are'}
          >
            ${isBlocks ? 'Size as BSR' : 'Size'}
          </div>
          <div class="big" id="bytes">${formatBytes(figures.bytes)}</div>
        </div>
      </div>
      <dl class="figure-list number">
        ${
          isBlocks
            ? line(
                'Blocks kept',
                'kept-blocks',
                formatCount(kept),
                `of ${formatCount(figures.count)}`,
              )
            : line('Kept of every group', 'kept-blocks', `${kept}:${figures.count}`, '')
        }
        ${line('Energy kept', 'energy', formatPercent(figures.energy), 'of the squared norm')}
        ${line('Dense tensor', 'dense-bytes', formatBytes(figures.denseBytes), '')}
        ${line(
          isBlocks ? 'Kept blocks (BSR)' : `${kept}:${figures.count}`,
          'pattern-bytes',
          formatBytes(figures.bytes),
          change(figures.bytes),
        )}
        ${
          isBlocks
            ? line(
                'Kronecker (KPD)',
                'kpd-bytes',
                fit ? formatBytes(fit.bytes) : '–',
                fit
                  ? html`${change(fit.bytes)},
                      <span class="unbroken">error ${formatPercent(fit.relativeError)}</span>`
                  : '',
              )
            : nothing
        }
        ${line(
          'Multiply-adds',
          'macs',
          formatCompact(figures.macs),
          `of ${formatCompact(figures.denseMacs)} per column of input`,
        )}
      </dl>
      ${speedWords(view)}
    </section>
  `;
}

function line(
  term: string,
  id: string,
  value: string,
  note: string | TemplateResult,
): TemplateResult {
  return html`<dt>${term}</dt>
    <dd class="numeric" id=${id}>${value}</dd>
    <dd class="muted">${note}</dd>`;
}

function speedWords({ isMeasuring, kept, open, speed }: FiguresView): TemplateResult {
  if (open.kind === 'nm') {
    return html`<p class="muted" id="forecast">
      No forecast of the speed: N:M pays on processors made for it, which this product does not use.
    </p>`;
  }
  const { columns, rows } = open.map;
  const words = speed && forecast(speed, kept / Math.max(1, open.count), [rows, columns]);
  if (!words) {
    return html`<p class="muted" id="forecast">
      ${isMeasuring ? 'Measuring the speed of a product on this machine…' : 'The speed has not been measured.'}
    </p>`;
  }
  return html`<div>
    <p id="forecast" class=${words.isSlower ? 'slower' : ''}>
      <strong>${words.headline}</strong>
    </p>
    <p class="muted" id="forecast-details">${words.details}</p>
  </div>`;
}
