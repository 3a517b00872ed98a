import { html } from 'lit';
import type { TemplateResult } from 'lit';
import type {
  BenchmarkInfo,
  BenchmarkOptions,
  BenchmarkReport,
  BenchmarksHost,
  BenchmarksModel,
  BenchmarksPageEvents,
  BenchmarksState,
  FailureData,
} from '../../src/protocol/benchmarks';
import type { Client } from '../../src/protocol/rpc';
import { failureNotice } from '../components/failureNotice';
import { LightElement } from '../components/lightElement';
import { waiting } from '../components/progressLine';
import { failureOf, isCancelled } from '../host';
import type { PageHost } from '../host';
import { benchmarksHead } from './benchmarksHead';
import { historyList } from './historyList';
import { reportView } from './reportView';
import type { ExportFormat } from './reportView';
import { isRunning, runStatus, runTables } from './runView';

export type BenchmarksPageHost = PageHost<BenchmarksHost, BenchmarksPageEvents, BenchmarksState>;

/** Benchmarks: what to measure, how the run goes, and the reports of this machine. */
export class BenchmarksPage extends LightElement {
  static override properties = {
    model: { state: true },
    failure: { state: true },
    actionFailure: { state: true },
    selected: { state: true },
    leftOut: { state: true },
    data: { state: true },
    minutes: { state: true },
    compared: { state: true },
    earlier: { state: true },
    hiddenSeries: { state: true },
    isElsewhere: { state: true },
    said: { state: true },
  };

  declare private model: BenchmarksModel | undefined;
  declare private failure: FailureData | undefined;
  declare private actionFailure: FailureData | undefined;
  declare private selected: string | undefined;
  /** Parts that are not to run, by the id of their benchmark. */
  declare private leftOut: ReadonlyMap<string, ReadonlySet<string>>;
  /** Paths of files to run on, and minutes of training, by the id of their benchmark. */
  declare private data: ReadonlyMap<string, string>;
  declare private minutes: ReadonlyMap<string, number>;
  /** Key of the report with which the shown one is compared, and itself when it has arrived. */
  declare private compared: string | undefined;
  declare private earlier: BenchmarkReport | undefined;
  declare private hiddenSeries: ReadonlyMap<string, ReadonlySet<string>>;
  /** Whether an earlier report is looked at while a benchmark is running. */
  declare private isElsewhere: boolean;
  /** The last thing that happened, for eyes and screen readers. */
  declare private said: string;

  private readonly client: Client<BenchmarksHost>;

  constructor(private readonly host: BenchmarksPageHost) {
    super();
    this.id = 'benchmarks';
    this.className = 'page';
    this.model = undefined;
    this.failure = undefined;
    this.actionFailure = undefined;
    this.selected = host.readState()?.selected;
    this.leftOut = new Map();
    this.data = new Map();
    this.minutes = new Map();
    this.compared = undefined;
    this.earlier = undefined;
    this.hiddenSeries = new Map();
    this.isElsewhere = false;
    this.said = '';
    this.client = host.connect({
      model: (model) => this.replace(model),
      progress: (progress) => {
        const { running } = this.model ?? {};
        if (this.model && running) {
          this.model = { ...this.model, running: { ...running, progress } };
        }
      },
    });
    void this.start();
  }

  protected override render(): TemplateResult {
    if (this.failure) {
      return html`<main class="page-message">
        ${failureNotice(this.failure, {
          title: 'The benchmarks could not be opened',
          onRetry: () => void this.start(),
        })}
      </main>`;
    }
    const { model } = this;
    if (!model) {
      return html`<main class="page-message">${waiting('Opening the benchmarks…')}</main>`;
    }
    const selected = this.benchmark;
    return html`
      ${benchmarksHead({
        benchmarks: model.benchmarks,
        selected,
        leftOut: this.leftOutOf(selected),
        data: this.data.get(selected?.id ?? ''),
        minutes: this.minutes.get(selected?.id ?? ''),
        isRunning: isRunning(model),
        said: this.said,
        onSelect: (id) => this.select(id),
        onTogglePart: (id, runs) => this.togglePart(id, runs),
        onChooseData: () => void this.chooseData(selected?.id),
        onDropData: () => this.dropData(selected?.id),
        onMinutes: (minutes) => {
          this.minutes = new Map([...this.minutes, [selected?.id ?? '', minutes]]);
        },
        onRun: () => this.run(selected?.id),
      })}
      ${runStatus({
        model,
        actionFailure: this.actionFailure,
        isElsewhere: this.isElsewhere,
        onCancel: () => this.act(this.client.cancel({})),
        onAgain: () => this.runAgain(model.running),
        onShowRun: () => (this.isElsewhere = false),
        onDismiss: () => (this.actionFailure = undefined),
      })}
      <div class="split report-split">
        <main class="report" id="report" aria-label="Report" tabindex="-1">
          ${this.renderReport(model)}
        </main>
        <div class="split-detail">
          ${historyList({
            history: model.history,
            shown: model.shown,
            compared: this.compared,
            comparable: model.shown === undefined ? undefined : model.report?.id,
            onShow: (key) => this.show(key),
            onForget: (key) => this.act(this.client.forget({ key })),
            onCompare: (key) => void this.compare(key),
          })}
        </div>
      </div>
    `;
  }

  private renderReport(model: BenchmarksModel): TemplateResult {
    const { report, running } = model;
    if (running && !this.isElsewhere) {
      return runTables(running, isRunning(model));
    }
    if (!report) {
      return html`<p class="empty" id="empty">
        Choose a benchmark above and press Run. Its rows appear here as they are measured; the
        finished report is kept in the list of reports.
      </p>`;
    }
    const earlier = this.comparedWith(report);
    return reportView({
      report,
      ...(earlier && { earlier }),
      hidden: this.hiddenSeries,
      onToggleSeries: (plot, series) => this.toggleSeries(plot, series),
      onExport: (format) => this.exportAs(format),
      onCopy: () =>
        this.act(this.client.copy({}).then(() => (this.said = 'The report is on the clipboard.'))),
    });
  }

  private get benchmark(): BenchmarkInfo | undefined {
    return this.model?.benchmarks.find(({ id }) => id === this.selected);
  }

  private comparedWith({ id }: BenchmarkReport): BenchmarkReport | undefined {
    const { earlier } = this;
    return earlier?.id === id && this.compared !== this.model?.shown ? earlier : undefined;
  }

  private leftOutOf(benchmark: BenchmarkInfo | undefined): ReadonlySet<string> {
    return this.leftOut.get(benchmark?.id ?? '') ?? new Set();
  }

  private async start(): Promise<void> {
    this.failure = undefined;
    try {
      this.replace(await this.client.ready({ state: this.host.readState() }));
    } catch (thrown) {
      this.failure = failureOf(thrown);
    }
  }

  private replace(model: BenchmarksModel): void {
    const before = this.model;
    if (!model.history.some(({ key }) => key === this.compared)) {
      this.compared = undefined;
      this.earlier = undefined;
    }
    this.failure = undefined;
    this.model = model;
    if (!model.running || !model.report) {
      this.isElsewhere = false;
    }
    const wasKnown = model.benchmarks.some(({ id }) => id === this.selected);
    const begins = isRunning(model) && (!before || !isRunning(before));
    if (!wasKnown || begins) {
      this.selected = model.selected;
    }
    if (begins) {
      this.said = '';
    } else if (before && isRunning(before) && model.report && !model.running) {
      this.said = 'Finished.';
    }
    this.save();
  }

  private select(id: string): void {
    this.selected = id;
    this.save();
  }

  private togglePart(part: string, runs: boolean): void {
    const { benchmark } = this;
    if (benchmark) {
      const leftOut = new Set(this.leftOutOf(benchmark));
      if (runs) {
        leftOut.delete(part);
      } else {
        leftOut.add(part);
      }
      this.leftOut = new Map([...this.leftOut, [benchmark.id, leftOut]]);
    }
  }

  private run(id: string | undefined): void {
    const benchmark = this.model?.benchmarks.find((one) => one.id === id);
    if (benchmark) {
      const leftOut = this.leftOutOf(benchmark);
      const parts = benchmark.parts.filter((part) => !leftOut.has(part.id));
      this.startRun(benchmark.id, {
        ...(leftOut.size > 0 && { parts: parts.map((part) => part.id) }),
        data: this.data.get(benchmark.id),
        minutes: this.minutes.get(benchmark.id),
      });
    }
  }

  private startRun(id: string, { parts, data, minutes }: BenchmarkOptions): void {
    this.actionFailure = undefined;
    this.act(
      this.client.run({
        id,
        ...(parts && { parts }),
        ...(data !== undefined && { data }),
        ...(minutes !== undefined && { minutes }),
      }),
    );
  }

  private async chooseData(id: string | undefined): Promise<void> {
    if (id === undefined) {
      return;
    }
    try {
      const path = await this.client.chooseData({ id });
      if (path !== undefined) {
        this.data = new Map([...this.data, [id, path]]);
      }
    } catch (thrown) {
      this.fail(thrown);
    }
  }

  private dropData(id: string | undefined): void {
    this.data = new Map([...this.data].filter(([other]) => other !== id));
  }

  private runAgain(run: BenchmarksModel['running']): void {
    if (run) {
      this.startRun(run.id, run);
    }
  }

  private show(key: string): void {
    this.isElsewhere = this.model !== undefined && isRunning(this.model);
    this.act(this.client.show({ key }));
  }

  private async compare(key: string | undefined): Promise<void> {
    this.compared = key;
    this.earlier = undefined;
    if (key === undefined) {
      return;
    }
    try {
      const report = await this.client.read({ key });
      // Another one may have been chosen meanwhile.
      if (this.compared === key) {
        this.earlier = report;
      }
    } catch (thrown) {
      this.compared = undefined;
      this.fail(thrown);
    }
  }

  private toggleSeries(plot: string, series: string): void {
    const hidden = new Set(this.hiddenSeries.get(plot));
    if (!hidden.delete(series)) {
      hidden.add(series);
    }
    this.hiddenSeries = new Map([...this.hiddenSeries, [plot, hidden]]);
  }

  private exportAs(format: ExportFormat): void {
    this.said = '';
    this.act(
      this.client.exportAs({ format }).then((path) => {
        this.said = path === undefined ? '' : `Exported as ${path}.`;
      }),
    );
  }

  private act(call: Promise<unknown>): void {
    call.catch((thrown: unknown) => this.fail(thrown));
  }

  private fail(thrown: unknown): void {
    if (!isCancelled(thrown)) {
      this.actionFailure = failureOf(thrown);
    }
  }

  private save(): void {
    const { selected } = this;
    const { shown } = this.model ?? {};
    this.host.writeState({
      ...(selected !== undefined && { selected }),
      ...(shown !== undefined && { shown }),
    });
  }
}
