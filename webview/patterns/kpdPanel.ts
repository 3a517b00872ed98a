import { html, nothing } from 'lit';
import type { TemplateResult } from 'lit';
import type { KpdFit } from '../../src/protocol/patterns';
import type { TextField } from '../components/controls';
import { failureNotice } from '../components/failureNotice';
import { formatBytes, formatCompact, formatCount, formatNumberOf, formatPercent } from '../format';
import { failureOf } from '../host';
import type { Loading } from '../selectionLoader';
import { formatPair } from './words';

export interface KpdView {
  readonly loading: Loading<KpdFit> | undefined;
  /** The last fit, of an earlier position of the slider while a new one is made. */
  readonly fit: KpdFit | undefined;
  readonly rank: number | undefined;
  readonly onRank: (rank: number | undefined) => void;
  readonly onRetry: () => void;
}

/** The Kronecker form of the kept blocks, beside plain pruning with as many parameters. */
export function kpdPanel(view: KpdView): TemplateResult {
  const { fit, loading, onRetry } = view;
  const isFitting = loading?.done === false;
  return html`<section
    class="report-part"
    id="kpd"
    aria-label="Kronecker form"
    aria-busy=${isFitting}
  >
    <div class="part-head">
      <h2>Kronecker form of the kept blocks (KPD)</h2>
      ${rankField(view)}
    </div>
    <p class="muted">
      Every kept block becomes a sum of terms: a number of its own times a small matrix that all
      blocks share.
    </p>
    ${
      loading?.failure === undefined
        ? nothing
        : failureNotice(failureOf(loading.failure), {
            title: 'The Kronecker form could not be fitted',
            onRetry,
          })
    }
    ${fit ? fitted(fit, isFitting) : nothing}
    ${
      fit || loading?.failure !== undefined
        ? nothing
        : html`<p class="muted">
            ${isFitting ? 'Fitting…' : 'Keep at least one block to fit it.'}
          </p>`
    }
  </section>`;
}

function rankField({ fit, onRank, rank }: KpdView): TemplateResult {
  const enter = (event: Event) => {
    const text = (event.target as TextField).value.trim();
    const value = Number(text);
    if (text === '') {
      onRank(undefined);
    } else if (Number.isInteger(value) && value >= 1) {
      onRank(value);
    }
  };
  return html`<label class="labelled"
    ><span class="muted">Terms</span>
    <vscode-text-field
      id="kpd-rank"
      size="5"
      aria-label="Terms of the Kronecker sum; empty for as many as take the bytes of BSR"
      placeholder=${rank === undefined && fit ? `auto: ${fit.rank}` : 'auto'}
      .value=${rank === undefined ? '' : String(rank)}
      @change=${enter}
      @keydown=${(event: KeyboardEvent) => event.key === 'Enter' && enter(event)}
    ></vscode-text-field
  ></label>`;
}

function fitted(fit: KpdFit, isOld: boolean): TemplateResult {
  const { pruned } = fit;
  return html`<div class=${isOld ? 'outdated' : ''}>
    <dl class="figure-list number">
      <dt>Terms</dt>
      <dd class="numeric" id="kpd-terms">${formatCount(fit.rank)}</dd>
      <dd class="muted">
        of ${formatPair(fit.block)}, ${formatNumberOf(fit.blocks, 'block')} kept
      </dd>
      <dt>Relative error</dt>
      <dd class="numeric" id="kpd-error">${formatPercent(fit.relativeError)}</dd>
      <dd class="muted">after ${formatNumberOf(fit.rounds, 'round')}</dd>
      <dt>Size</dt>
      <dd class="numeric">${formatBytes(fit.bytes)}</dd>
      <dd class="muted">
        ${formatCompact(fit.parameters)} parameters, ${formatCompact(fit.macs)} multiply-adds
      </dd>
    </dl>
    <p id="kpd-words">${comparison(fit)}</p>
    <p class="muted">
      With as many parameters, plain pruning keeps ${formatNumberOf(pruned.blocks, 'block')}.
    </p>
  </div>`;
}

/** Which of the two approximates better with the same parameters. */
export function comparison({ pruned, relativeError }: KpdFit): string {
  if (relativeError === pruned.relativeError) {
    return 'As exact as plain pruning with as many parameters.';
  }
  return relativeError < pruned.relativeError
    ? `More exact than plain pruning with as many parameters: ${formatPercent(relativeError)} beside ${formatPercent(pruned.relativeError)}.`
    : `Plain pruning is more exact with as many parameters: ${formatPercent(pruned.relativeError)} beside ${formatPercent(relativeError)}.`;
}
