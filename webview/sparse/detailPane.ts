import { html, nothing } from 'lit';
import type { TemplateResult } from 'lit';
import type {
  SparseAttempt,
  SparseModelView,
  SparseOffer,
  SparseOutcome,
} from '../../src/protocol/sparse';
import type { Cell } from '../components/heatmap/cellKeys';
import type { Sort } from '../components/table';
import { attemptKey, attemptLabel, methodTitle, offerOf } from './attempts';
import type { Derived } from './derived';
import { frontPanel } from './frontPanel';
import type { MeasuredPoint, PlotLook } from './plotData';
import { plotPanel } from './plotPanel';
import type { PlotFormat } from './plotPanel';
import { pointPanel } from './pointPanel';
import { pointsTable } from './pointsTable';
import { isRunning, outcomeOf, shownOf } from './shown';
import { spyPanel } from './spyPanel';
import { trainingPanel } from './trainingPanel';
import { writeForm } from './writeForm';
import type { Writing } from './writeForm';
import type { WriteOptions } from './writeWords';

export interface SpyCursors {
  readonly before?: Cell | undefined;
  readonly after?: Cell | undefined;
}

export interface DetailView {
  readonly model: SparseModelView;
  readonly offer: SparseOffer;
  readonly derived: Derived;
  readonly look: PlotLook;
  readonly selected: SparseAttempt | undefined;
  /** The training that was asked for, where it is not that of the selected point. */
  readonly training: SparseAttempt | undefined;
  readonly logLoss: boolean;
  readonly sort: Sort | undefined;
  readonly spyCursors: SpyCursors;
  readonly writing: Writing | undefined;
  readonly writeOptions: WriteOptions;
  readonly onLook: (look: PlotLook) => void;
  readonly onSelect: (attempt: SparseAttempt) => void;
  readonly onExport: (format: PlotFormat, points: readonly MeasuredPoint[]) => void;
  readonly onRemove: (attempt: SparseAttempt) => void;
  readonly onRun: (attempts: readonly SparseAttempt[]) => void;
  readonly onStop: () => void;
  readonly onTraining: (attempt: SparseAttempt) => void;
  readonly onLogLoss: (logLoss: boolean) => void;
  readonly onSort: (sort: Sort | undefined) => void;
  readonly onCell: (which: keyof SpyCursors, cell: Cell | undefined) => void;
  readonly onWriteOptions: (options: WriteOptions) => void;
  readonly onWrite: (outcome: SparseOutcome) => void;
}

/** What was found, beside the methods: the plot, the selected point, trainings, pictures, a table. */
export function detailPane(view: DetailView): TemplateResult {
  const { derived, look, model, offer } = view;
  const { info, methods } = offer;
  const points = derived.points(methods, model.outcomes, look.measure, look.withOrders);
  const series = derived.series(methods, points);
  const front = derived.front(points, look.hidden);
  const selected = view.selected && attemptKey(methods, view.selected);
  const rawBytes = info.bytes.raw;
  const onSelect = (key: string) => {
    const chosen = points.find((point) => point.key === key);
    if (chosen) {
      view.onSelect(chosen.outcome.attempt);
    }
  };
  return html`
    ${plotPanel({
      offers: methods,
      series,
      shown: derived.shown(series, look.hidden),
      front,
      marks: derived.marks(rawBytes),
      look,
      hasOrders: points.some(({ point }) => point.orderBytes > 0),
      selected,
      isRunning: isRunning(model),
      onLook: view.onLook,
      onSelect,
      onExport: (format) => view.onExport(format, points),
    })}
    ${selectedPoint(view)}
    ${frontPanel({ points, front, measure: look.measure, rawBytes, selected, onSelect })}
    ${training(view)} ${nonzeros(view)}
    ${
      points.length > 0
        ? pointsTable({ points, selected, sort: view.sort, onSort: view.onSort, onSelect })
        : nothing
    }
  `;
}

function selectedPoint(view: DetailView): TemplateResult | typeof nothing {
  const { outcomes } = view.model;
  const { info, methods } = view.offer;
  const outcome = outcomeOf(outcomes, methods, view.selected);
  const offer = outcome && offerOf(methods, outcome.attempt.method);
  if (!outcome || !offer) {
    return outcomes.some(({ point }) => point)
      ? html`<p class="muted" id="select-hint">
          Choose a point of the plot or a row of the table to check it and to write it.
        </p>`
      : nothing;
  }
  const { attempt, point } = outcome;
  return pointPanel({
    offers: methods,
    info,
    outcome,
    writeForm: point
      ? writeForm({
          offer,
          point,
          options: view.writeOptions,
          writing: view.writing,
          onOptions: view.onWriteOptions,
          onWrite: () => view.onWrite(outcome),
        })
      : nothing,
    onRemove: () => view.onRemove(attempt),
    onRun: () => view.onRun([attempt]),
  });
}

function training(view: DetailView): TemplateResult | typeof nothing {
  const { info, methods } = view.offer;
  const trainings = view.model.outcomes.filter(({ epochs }) => epochs.length > 0);
  const outcome = shownOf(trainings, methods, view.training, view.selected);
  return outcome
    ? trainingPanel({
        offers: methods,
        outcome,
        curves: view.derived.curves(outcome.epochs),
        trainings,
        squaredNorm: info.squaredNorm,
        logLoss: view.logLoss,
        onLogLoss: view.onLogLoss,
        onTraining: ({ attempt }) => view.onTraining(attempt),
        onContinue: ({ attempt }) => view.onRun([attempt]),
        onStop: view.onStop,
      })
    : nothing;
}

function nonzeros(view: DetailView): TemplateResult {
  const { derived, model, offer } = view;
  const { info, methods, spy } = offer;
  const pictured = model.outcomes.filter((one) => one.spy);
  const outcome = shownOf(pictured, methods, view.training, view.selected);
  return spyPanel({
    info,
    before: derived.before(spy),
    after: outcome?.spy && derived.after(outcome.spy),
    afterTitle: outcome
      ? `${methodTitle(methods, outcome.attempt.method)}, ${attemptLabel(methods, outcome.attempt)}`
      : '',
    isChanging: outcome?.state === 'running',
    cells: view.spyCursors,
    onCell: view.onCell,
  });
}
