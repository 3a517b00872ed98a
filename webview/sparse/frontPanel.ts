import { html, nothing } from 'lit';
import type { TemplateResult } from 'lit';
import type { SparseMethod } from '../../src/protocol/sparse';
import { methodMarker } from '../components/marker';
import { formatBytes, formatError, formatNumberOf } from '../format';
import { frontSample, undercuts } from './pareto';
import { errorNames } from './plotData';
import type { ErrorMeasure, MeasuredPoint } from './plotData';

/** More lines are a table, which is below. */
const MOST_LINES = 6;

export interface FrontView {
  readonly points: readonly MeasuredPoint[];
  readonly front: readonly MeasuredPoint[];
  readonly measure: ErrorMeasure;
  /** What the data takes as coordinates. */
  readonly rawBytes: number;
  readonly selected: string | undefined;
  readonly onSelect: (key: string) => void;
}

/** The best points in words, and where the trained method is not among them. */
export function frontPanel(view: FrontView): TemplateResult | typeof nothing {
  const { front, measure, onSelect, points, rawBytes, selected } = view;
  if (front.length === 0) {
    return nothing;
  }
  return html`<section id="front" class="report-part" aria-label="Smallest errors">
    <h3>Smallest ${errorNames[measure]} at about</h3>
    <ul class="front-list">
      ${frontSample(front, MOST_LINES).map(
        ({ bytes, error, key, label, method, title }) =>
          html`<li>
            <button
              type="button"
              class="front-item ${key === selected ? 'chosen' : ''}"
              aria-current=${key === selected ? 'true' : nothing}
              @click=${() => onSelect(key)}
            >
              <span class="number">${formatBytes(bytes)}</span
              ><span>${methodMarker(method)} ${title}, ${label}</span
              ><span class="numeric number">${formatError(error)}</span>
            </button>
          </li>`,
      )}
    </ul>
    ${remarks(points, measure, rawBytes).map((words) => html`<p class="remark">${words}</p>`)}
  </section>`;
}

/** What a reader of the plot should not overlook. */
export function remarks(
  points: readonly MeasuredPoint[],
  measure: ErrorMeasure,
  rawBytes: number,
): readonly string[] {
  const larger = points.filter(({ bytes }) => bytes > rawBytes).length;
  const useless = points.filter(({ point }) => point.relativeError >= 1).length;
  return [
    ...verdict(points, 'neukron', measure),
    ...(larger > 0
      ? [
          `${formatNumberOf(larger, 'point')} right of the line ${larger === 1 ? 'takes' : 'take'} more than the coordinates themselves, which lose nothing.`,
        ]
      : []),
    ...(useless > 0
      ? [
          `${formatNumberOf(useless, 'point')} ${useless === 1 ? 'is' : 'are'} no better than storing nothing (relative error 1).`,
        ]
      : []),
  ];
}

/** Whether another method beats `method`, at each of its points. */
function verdict(
  points: readonly MeasuredPoint[],
  method: SparseMethod,
  measure: ErrorMeasure,
): readonly string[] {
  const mine = points.filter((point) => point.method === method);
  const [first] = mine;
  if (!first || mine.length === points.length) {
    return [];
  }
  const beaten = undercuts(points, method);
  if (beaten.length === 0) {
    return [`No other method here reaches the errors of ${first.title} with as few bytes.`];
  }
  const worst = beaten.at(-1);
  const share =
    beaten.length === mine.length
      ? `${first.title} is not the best here at any of its sizes`
      : `${first.title} is not the best at ${beaten.length} of its ${mine.length} sizes`;
  return worst
    ? [
        `${share}: at ${formatBytes(worst.point.bytes)} its ${errorNames[measure]} is ${formatError(worst.point.error)}, and ${worst.by.title} (${worst.by.label}) reaches ${formatError(worst.by.error)} with ${formatBytes(worst.by.bytes)}.`,
      ]
    : [];
}
