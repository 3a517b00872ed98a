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
import { LightElement } from '../components/lightElement';
import { progressLine, waiting } from '../components/progressLine';
import type { PressScatter } from '../components/scatter/scatter';
import type { Sort } from '../components/table';
import { failureOf } from '../host';
import type { PageHost } from '../host';
import { StateKeeper } from '../stateKeeper';
import { attemptKey, attemptLabel, methodTitle, offerOf } from './attempts';
import { Derived } from './derived';
import { detailPane } from './detailPane';
import type { SpyCursors } from './detailPane';
import { EntryLookup } from './entryLookup';
import { initialChoice, isMissing, switched, withOwn, withoutOwn } from './methodPlan';
import type { Chip, Choice } from './methodPlan';
import { MethodForms } from './methodForms';
import { methodsPanel } from './methodsPanel';
import { OutcomeQueue, merged } from './outcomes';
import type { MeasuredPoint, PlotLook } from './plotData';
import { PlotExporter, exportSubject } from './plotExporter';
import type { PlotFormat } from './plotPanel';
import { reportPanel } from './reportPanel';
import { isRunning, outcomeOf } from './shown';
import { dataPart, sparseHead } from './sparseHead';
import { SparseWriter } from './sparseWriter';
import { statusArea } from './statusArea';
import type { WriteOptions } from './writeWords';

export type SparsePageHost = PageHost<SparseHost, SparsePageEvents, SparseState>;

/** Below this width the methods lie above the plot, and are folded away once there is one. */
const NARROW = 760;

const STOPPING = 'Stopping…';

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
          title:
            failure.kind === 'cancelled' ? 'Reading was stopped' : 'The data could not be read',
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
              ? progressLine('Reading', model.progress, {
                  id: 'cancel-reading',
                  run: () => this.cancel(),
                })
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
          onForget: (chip) => this.forget(chip, offer.methods),
          onForm: (method, form) => this.forms.set(method, form),
          onAdd: (one) => this.addOwn(one, model, offer),
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
    const sample = outcomeOf(outcomes, methods, attempt)?.point?.sample ?? [];
    return reportPanel({
      report,
      method: methodTitle(methods, attempt.method),
      lookup: this.lookup.render(output, info.dims, withOrders ? sample : []),
      onOpen: () => failures.watch(client.open({ path: output })),
      onReveal: () => failures.watch(client.reveal({ path: output })),
      onDismiss: () => {
        writer.dismiss();
        // The button goes with the report.
        this.querySelector<HTMLElement>('#plot')?.focus({ preventScroll: true });
      },
    });
  }

  private renderDetail(model: SparseModelView, offer: SparseOffer): TemplateResult {
    const { methods } = offer;
    return detailPane({
      model,
      offer,
      derived: this.derived,
      look: this.look,
      selected: this.selected,
      training: this.training,
      logLoss: this.logLoss,
      sort: this.sort,
      spyCursors: this.spyCursors,
      writing: this.writer.writing,
      writeOptions: this.writeOptions,
      onLook: (look) => this.setLook(look),
      onSelect: (attempt) => this.select(attempt),
      onExport: (format, points) => this.exportAs(format, model, points),
      onRemove: (attempt) => this.takeOff(attempt, methods, '#plot'),
      onRun: (attempts) => this.run(attempts),
      onStop: () => this.cancel(),
      onTraining: (attempt) => (this.training = attempt),
      onLogLoss: (logLoss) => (this.logLoss = logLoss),
      onSort: (sort) => (this.sort = sort),
      onCell: (which, cell) => (this.spyCursors = { ...this.spyCursors, [which]: cell }),
      onWriteOptions: (options) => (this.writeOptions = options),
      onWrite: (outcome) => this.write(outcome, methods),
    });
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

  private addOwn(
    one: SparseMethodOffer,
    { outcomes }: SparseModelView,
    { info, methods }: SparseOffer,
  ): void {
    const attempt = this.forms.read(one, info.dims.length);
    if (!attempt) {
      return;
    }
    const words = `${one.title}, ${attemptLabel(methods, attempt)}`;
    const known = outcomeOf(outcomes, methods, attempt);
    if (known && !isMissing(known)) {
      this.select(known.attempt);
      this.said = `${words}, is there already.`;
    } else {
      this.choose((now) => withOwn(methods, now, attempt));
      this.said = `Added ${words}.`;
    }
  }

  private forget({ attempt, key, outcome }: Chip, offers: readonly SparseMethodOffer[]): void {
    // The button goes with what it takes away.
    const next = `#own-${attempt.method}`;
    if (outcome) {
      this.takeOff(attempt, offers, next);
    } else {
      this.choose((now) => withoutOwn(offers, now, key));
      this.querySelector<HTMLElement>(next)?.focus();
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
    this.said = '';
    if (this.model) {
      this.failures.watch(this.client.restart({}));
    } else {
      void this.start();
    }
  }

  /** @param next what has the focus afterwards. */
  private takeOff(
    attempt: SparseAttempt,
    offers: readonly SparseMethodOffer[],
    next: string,
  ): void {
    const key = attemptKey(offers, attempt);
    this.choose((now) => withoutOwn(offers, now, key));
    if (this.selected && attemptKey(offers, this.selected) === key) {
      this.selected = undefined;
    }
    this.keeper.save();
    this.failures.watch(this.client.remove({ attempt }));
    this.querySelector<HTMLElement>(next)?.focus();
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
  private write({ attempt, point }: SparseOutcome, offers: readonly SparseMethodOffer[]): void {
    const { type, withOrders } = this.writeOptions;
    void this.writer.write(attempt, {
      withOrders: withOrders || point?.orderBytes === 0,
      type: offerOf(offers, attempt.method)?.writes === 'neukron' ? type : 'float32',
    });
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
