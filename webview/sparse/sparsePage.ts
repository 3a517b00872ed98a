import { html, nothing } from 'lit';
import type { TemplateResult } from 'lit';
import type {
  FailureData,
  SparseAttempt,
  SparseHost,
  SparseMethodOffer,
  SparseModelView,
  SparseOffer,
  SparseOutcome,
  SparsePageEvents,
  SparseReport,
  SparseState,
} from '../../src/protocol/sparse';
import type { Client } from '../../src/protocol/rpc';
import { ActionFailures } from '../components/actionFailures';
import { failureNotice } from '../components/failureNotice';
import type { Cell } from '../components/heatmap/cellKeys';
import { LightElement } from '../components/lightElement';
import { progressLine, waiting } from '../components/progressLine';
import type { PressScatter } from '../components/scatter/scatter';
import type { Sort } from '../components/table';
import { failureOf } from '../host';
import type { PageHost } from '../host';
import { StateKeeper } from '../stateKeeper';
import { attemptKey, attemptLabel, methodTitle, offerOf } from './attempts';
import { Derived } from './derived';
import { EntryLookup } from './entryLookup';
import { frontPanel } from './frontPanel';
import { initialChoice, switched, withOwn, withoutOwn } from './methodPlan';
import type { Choice } from './methodPlan';
import { MethodForms } from './methodForms';
import { methodsPanel } from './methodsPanel';
import { OutcomeQueue, merged } from './outcomes';
import type { MeasuredPoint, PlotLook } from './plotData';
import { PlotExporter, exportSubject } from './plotExporter';
import { plotPanel } from './plotPanel';
import type { PlotFormat } from './plotPanel';
import { pointPanel } from './pointPanel';
import { pointsTable } from './pointsTable';
import { reportPanel } from './reportPanel';
import { dataPart, sparseHead } from './sparseHead';
import { SparseWriter } from './sparseWriter';
import { spyPanel } from './spyPanel';
import { statusArea } from './statusArea';
import { trainingPanel } from './trainingPanel';
import { writeForm } from './writeForm';
import type { WriteOptions } from './writeWords';

export type SparsePageHost = PageHost<SparseHost, SparsePageEvents, SparseState>;

/** Below this width the methods lie above the plot, and are folded away once there is one. */
const NARROW = 760;

const STOPPING = 'Stopping…';

interface SpyCursors {
  readonly before?: Cell | undefined;
  readonly after?: Cell | undefined;
}

/** Sparse Compression: error against bytes of all methods, their trainings, and what is written. */
export class SparsePage extends LightElement {
  static override properties = {
    model: { state: true },
    failure: { state: true },
    choice: { state: true },
    selected: { state: true },
    look: { state: true },
    logLoss: { state: true },
    training: { state: true },
    sort: { state: true },
    spyCursors: { state: true },
    writeOptions: { state: true },
    areMethodsOpen: { state: true },
    said: { state: true },
  };

  declare private model: SparseModelView | undefined;
  /** Why there is no model. */
  declare private failure: FailureData | undefined;
  /** Undefined until the methods are known. */
  declare private choice: Choice | undefined;
  declare private selected: SparseAttempt | undefined;
  declare private look: PlotLook;
  declare private logLoss: boolean;
  /** The training that was asked for, where it is not that of the selected point. */
  declare private training: SparseAttempt | undefined;
  declare private sort: Sort | undefined;
  declare private spyCursors: SpyCursors;
  declare private writeOptions: WriteOptions;
  declare private areMethodsOpen: boolean;
  /** The last thing that happened, for eyes and screen readers. */
  declare private said: string;

  /** What the choice is made from. */
  private offered = '';
  private readonly client: Client<SparseHost>;
  private readonly failures = new ActionFailures(this);
  private readonly forms = new MethodForms(this);
  private readonly queue = new OutcomeQueue((changed) => this.take(changed));
  private readonly derived = new Derived();
  private readonly writer: SparseWriter;
  private readonly exporter: PlotExporter;
  private readonly lookup: EntryLookup;
  private readonly keeper: StateKeeper<SparseState>;

  constructor(private readonly host: SparsePageHost) {
    super();
    this.id = 'sparse';
    this.className = 'page';
    const state = host.readState();
    this.model = undefined;
    this.failure = undefined;
    this.choice = undefined;
    this.selected = state?.selected;
    this.look = {
      measure: 'relative',
      withOrders: state?.withOrders ?? false,
      hidden: new Set(),
    };
    this.logLoss = false;
    this.training = undefined;
    this.sort = undefined;
    this.spyCursors = {};
    this.writeOptions = { withOrders: true, type: 'float32' };
    this.areMethodsOpen = true;
    this.said = '';
    this.client = host.connect({
      model: (model) => this.replace(model),
      outcome: (outcome) => this.queue.add(outcome),
      progress: (progress) => {
        if (this.model) {
          this.model = { ...this.model, progress };
        }
      },
      writeProgress: (progress) => this.writer.progress(progress),
    });
    const say = (words: string) => (this.said = words);
    this.writer = new SparseWriter(this, this.client, this.failures, say);
    this.exporter = new PlotExporter(this.client, this.failures, say);
    this.lookup = new EntryLookup(this, this.client);
    this.keeper = new StateKeeper(
      () => this.state,
      (kept) => host.writeState(kept),
    );
    void this.start();
  }

  protected override render(): TemplateResult {
    const { model } = this;
    const failure = this.failure ?? (model?.offer ? undefined : model?.failure);
    if (failure) {
      return html`<main class="page-message">
        ${failureNotice(failure, {
          title: 'The data could not be read',
          onRetry: () => this.restart(),
        })}
      </main>`;
    }
    if (!model) {
      return html`<main class="page-message">${waiting('Opening the data…')}</main>`;
    }
    if (!model.offer) {
      return html`${sparseHead(model, this.said)}
        <main class="page-message" id="reading">
          ${
            model.progress
              ? progressLine('Reading', model.progress)
              : waiting('Reading the nonzeros…')
          }
        </main>`;
    }
    return this.renderOffer(model, model.offer);
  }

  private renderOffer(model: SparseModelView, offer: SparseOffer): TemplateResult {
    const { choice, forms } = this;
    return html`
      ${sparseHead(model, this.said)} ${dataPart(offer.info)} ${this.renderStatus(model, offer)}
      <main class="split sparse-split">
        ${methodsPanel({
          offers: offer.methods,
          outcomes: model.outcomes,
          choice: choice ?? initialChoice(offer.methods),
          forms: forms.open,
          selected: this.selectedKey(offer),
          isRunning: isRunning(model),
          isOpen: this.areMethodsOpen,
          onOpen: (isOpen) => (this.areMethodsOpen = isOpen),
          onRun: (attempts) => this.run(attempts),
          onSwitch: (keys, isOn) => this.choose((now) => switched(now, keys, isOn)),
          onSelect: ({ attempt }) => this.select(attempt),
          onForget: ({ key }) => this.choose((now) => withoutOwn(offer.methods, now, key)),
          onForm: (method, form) => this.forms.set(method, form),
          onAdd: (one) => this.addOwn(one, offer),
          onOpenForm: (one) => this.forms.show(one),
        })}
        <div class="split-detail sparse-detail">${this.renderDetail(model, offer)}</div>
      </main>
    `;
  }

  private renderStatus(model: SparseModelView, offer: SparseOffer): TemplateResult {
    const { failures, writer } = this;
    return statusArea({
      model,
      writing: writer.writing,
      failure: failures.render(),
      report: writer.report ? this.renderReport(writer.report, model, offer) : nothing,
      onCancel: () => this.cancel(),
      onCancelWrite: () => writer.cancel(),
      onRetry: () => this.retry(model),
    });
  }

  private renderReport(
    report: SparseReport,
    { outcomes }: SparseModelView,
    { info, methods }: SparseOffer,
  ): TemplateResult {
    const { client, failures, writer } = this;
    const { attempt, output, withOrders } = report;
    const sample = this.outcomeOf(outcomes, methods, attempt)?.point?.sample ?? [];
    return reportPanel({
      report,
      method: methodTitle(methods, attempt.method),
      lookup: this.lookup.render(output, info.dims, withOrders ? sample : []),
      onOpen: () => failures.watch(client.open({ path: output })),
      onReveal: () => failures.watch(client.reveal({ path: output })),
      onDismiss: () => writer.dismiss(),
    });
  }

  private renderDetail(model: SparseModelView, offer: SparseOffer): TemplateResult {
    const { derived, look } = this;
    const { info, methods } = offer;
    const points = derived.points(methods, model.outcomes, look.measure, look.withOrders);
    const series = derived.series(methods, points);
    const front = derived.front(points, look.hidden);
    const selected = this.selectedKey(offer);
    const rawBytes = info.bytes.raw;
    const onSelect = (key: string) => {
      const chosen = points.find((point) => point.key === key);
      if (chosen) {
        this.select(chosen.outcome.attempt);
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
        onLook: (next) => this.setLook(next),
        onSelect,
        onExport: (format) => this.exportAs(format, model, points),
      })}
      ${this.renderPoint(model, offer)}
      ${frontPanel({ points, front, measure: look.measure, rawBytes, selected, onSelect })}
      ${this.renderTraining(model, offer)} ${this.renderSpy(model, offer)}
      ${
        points.length > 0
          ? pointsTable({
              points,
              selected,
              sort: this.sort,
              onSort: (sort) => (this.sort = sort),
              onSelect,
            })
          : nothing
      }
    `;
  }

  private renderPoint(
    { outcomes }: SparseModelView,
    { info, methods }: SparseOffer,
  ): TemplateResult | typeof nothing {
    const outcome = this.outcomeOf(outcomes, methods, this.selected);
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
            options: this.writeOptions,
            writing: this.writer.writing,
            onOptions: (options) => (this.writeOptions = options),
            onWrite: () => void this.writer.write(attempt, this.writtenAs(offer, outcome)),
          })
        : nothing,
      onRemove: () => this.takeOff(attempt, methods),
      onRun: () => this.run([attempt]),
    });
  }

  private renderTraining(
    { outcomes }: SparseModelView,
    { info, methods }: SparseOffer,
  ): TemplateResult | typeof nothing {
    const trainings = outcomes.filter(({ epochs }) => epochs.length > 0);
    const outcome = this.shownOf(trainings, methods);
    return outcome
      ? trainingPanel({
          offers: methods,
          outcome,
          curves: this.derived.curves(outcome.epochs),
          trainings,
          squaredNorm: info.squaredNorm,
          logLoss: this.logLoss,
          onLogLoss: (logLoss) => (this.logLoss = logLoss),
          onTraining: ({ attempt }) => (this.training = attempt),
          onContinue: ({ attempt }) => this.run([attempt]),
          onStop: () => this.cancel(),
        })
      : nothing;
  }

  private renderSpy(
    { outcomes }: SparseModelView,
    { info, methods, spy }: SparseOffer,
  ): TemplateResult {
    const outcome = this.shownOf(
      outcomes.filter((one) => one.spy),
      methods,
    );
    return spyPanel({
      info,
      before: this.derived.before(spy),
      after: outcome?.spy && this.derived.after(outcome.spy),
      afterTitle: outcome
        ? `${methodTitle(methods, outcome.attempt.method)}, ${attemptLabel(methods, outcome.attempt)}`
        : '',
      isChanging: outcome?.state === 'running',
      cells: this.spyCursors,
      onCell: (which, cell) => (this.spyCursors = { ...this.spyCursors, [which]: cell }),
    });
  }

  /** What the page shows of several: what was asked for, what is selected, what runs, the last. */
  private shownOf(
    outcomes: readonly SparseOutcome[],
    offers: readonly SparseMethodOffer[],
  ): SparseOutcome | undefined {
    return (
      this.outcomeOf(outcomes, offers, this.training) ??
      this.outcomeOf(outcomes, offers, this.selected) ??
      outcomes.find(({ state }) => state === 'running') ??
      outcomes.at(-1)
    );
  }

  private outcomeOf(
    outcomes: readonly SparseOutcome[],
    offers: readonly SparseMethodOffer[],
    attempt: SparseAttempt | undefined,
  ): SparseOutcome | undefined {
    const key = attempt && attemptKey(offers, attempt);
    return outcomes.find((one) => attemptKey(offers, one.attempt) === key);
  }

  private selectedKey({ methods }: SparseOffer): string | undefined {
    return this.selected && attemptKey(methods, this.selected);
  }

  /** What a page that comes back is to find. */
  private get state(): SparseState | undefined {
    const { look, model, selected } = this;
    return model
      ? {
          uri: model.uri,
          ...(model.tensor !== undefined && { tensor: model.tensor }),
          ...(selected && { selected }),
          outcomes: model.outcomes.map(({ attempt }) => attempt),
          withOrders: look.withOrders,
        }
      : undefined;
  }

  private async start(): Promise<void> {
    this.failure = undefined;
    try {
      this.replace(await this.client.ready({ state: this.host.readState() }));
    } catch (thrown) {
      this.failure = failureOf(thrown);
    }
  }

  private replace(model: SparseModelView): void {
    this.queue.clear();
    this.failure = undefined;
    this.model = model;
    if (this.said === STOPPING && !isRunning(model)) {
      this.said = 'Stopped.';
    }
    if (model.offer) {
      const offered = JSON.stringify([model.offer.info.dims, model.offer.methods]);
      if (offered !== this.offered) {
        // At first, or when the file has become another one.
        this.offered = offered;
        this.choice = initialChoice(model.offer.methods);
        this.forms.clear();
        this.spyCursors = {};
        this.areMethodsOpen = innerWidth > NARROW || model.outcomes.length === 0;
      }
      this.keeper.save();
    }
    this.writer.adopt(model.writing, model.written);
  }

  private take(changed: readonly SparseOutcome[]): void {
    const { model } = this;
    if (model?.offer) {
      this.model = { ...model, outcomes: merged(model.offer.methods, model.outcomes, changed) };
      if (this.model.outcomes.length !== model.outcomes.length) {
        this.keeper.save();
      }
    }
  }

  private choose(change: (choice: Choice) => Choice): void {
    if (this.choice) {
      this.choice = change(this.choice);
    }
  }

  private addOwn(one: SparseMethodOffer, { info, methods }: SparseOffer): void {
    const attempt = this.forms.read(one, info.dims.length);
    if (attempt) {
      this.choose((now) => withOwn(methods, now, attempt));
      this.said = `Added ${one.title}, ${attemptLabel(methods, attempt)}.`;
    }
  }

  private run(attempts: readonly SparseAttempt[]): void {
    this.said = '';
    this.failures.clear();
    this.failures.watch(this.client.run({ attempts }));
  }

  private cancel(): void {
    this.said = STOPPING;
    this.failures.watch(this.client.cancel({}));
  }

  /** Goes on with what a failure left undone. */
  private retry({ outcomes }: SparseModelView): void {
    const undone = outcomes.filter(({ state }) => state !== 'done' && state !== 'paused');
    if (undone.length > 0) {
      this.run(undone.map(({ attempt }) => attempt));
    } else {
      this.restart();
    }
  }

  private restart(): void {
    if (this.model) {
      this.failures.watch(this.client.restart({}));
    } else {
      void this.start();
    }
  }

  private takeOff(attempt: SparseAttempt, offers: readonly SparseMethodOffer[]): void {
    const key = attemptKey(offers, attempt);
    this.choose((now) => withoutOwn(offers, now, key));
    this.selected = undefined;
    this.keeper.save();
    this.failures.watch(this.client.remove({ attempt }));
    this.querySelector<HTMLElement>('#plot')?.focus();
    this.said = `Removed ${methodTitle(offers, attempt.method)}, ${attemptLabel(offers, attempt)}.`;
  }

  private select(attempt: SparseAttempt): void {
    this.selected = attempt;
    this.training = undefined;
    this.keeper.save();
  }

  private setLook(look: PlotLook): void {
    this.look = look;
    this.keeper.save();
  }

  /** What the form offers counts; a method without orders keeps positions in any case. */
  private writtenAs({ writes }: SparseMethodOffer, { point }: SparseOutcome): WriteOptions {
    const { type, withOrders } = this.writeOptions;
    return {
      withOrders: withOrders || point?.orderBytes === 0,
      type: writes === 'neukron' ? type : 'float32',
    };
  }

  private exportAs(
    format: PlotFormat,
    model: SparseModelView,
    points: readonly MeasuredPoint[],
  ): void {
    const scatter = this.querySelector<PressScatter>('press-scatter') ?? undefined;
    const subject = exportSubject(model, points, this.look.withOrders);
    void this.exporter.save(subject, scatter, format);
  }
}

function isRunning({ outcomes, progress }: SparseModelView): boolean {
  return (
    progress !== undefined ||
    outcomes.some(({ state }) => state === 'running' || state === 'waiting')
  );
}
