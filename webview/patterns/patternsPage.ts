import { html, nothing } from 'lit';
import type { TemplateResult } from 'lit';
import type {
  FailureData,
  Pattern,
  PatternInfo,
  PatternOutput,
  PatternSelection,
  PatternsHost,
  PatternsModel,
  PatternsPageEvents,
  PatternsState,
} from '../../src/protocol/patterns';
import type { Client } from '../../src/protocol/rpc';
import { ActionFailures } from '../components/actionFailures';
import type { CurvePickEvent } from '../components/curve';
import { failureNotice } from '../components/failureNotice';
import type { Cell, CellFacts } from '../components/heatmap/cellKeys';
import type { PressHeatmap } from '../components/heatmap/heatmap';
import type { ViewEvent } from '../components/heatmap/heatmapEvents';
import { LightElement } from '../components/lightElement';
import { waiting } from '../components/progressLine';
import { failureOf } from '../host';
import type { PageHost } from '../host';
import type { Loading } from '../selectionLoader';
import { StateKeeper } from '../stateKeeper';
import { outputsFor } from './applyPanel';
import { cellFacts } from './blockFacts';
import type { CellWindow } from './blockRows';
import { detailColumn } from './detailColumn';
import { keptPanel } from './keptPanel';
import { countFor } from './keptSlider';
import type { Wanted } from './keptSlider';
import { keptState, wantedOf } from './keptState';
import { MapDerived } from './mapDerived';
import { MapExporter } from './mapExporter';
import { mapPanel } from './mapPanel';
import type { ExportFormat, MapLook } from './mapPanel';
import type { OpenMap } from './openMap';
import { suitablePattern } from './pattern';
import { patternControls } from './patternControls';
import type { CustomBlock } from './patternControls';
import { PatternResults } from './patternResults';
import { patternsHead } from './patternsHead';
import { PatternWriter } from './patternWriter';
import { tablePanel } from './tablePanel';
import type { TableState } from './tablePanel';

export type PatternsPageHost = PageHost<PatternsHost, PatternsPageEvents, PatternsState>;

/** Block-Sparse Patterns: the blocks of a matrix, which of them are kept, and what that costs. */
export class PatternsPage extends LightElement {
  static override properties = {
    model: { state: true },
    failure: { state: true },
    tensor: { state: true },
    filter: { state: true },
    info: { state: true },
    pattern: { state: true },
    custom: { state: true },
    open: { state: true },
    mapLoading: { state: true },
    wanted: { state: true },
    typed: { state: true },
    look: { state: true },
    cell: { state: true },
    hiddenCurves: { state: true },
    table: { state: true },
    inView: { state: true },
    as: { state: true },
    said: { state: true },
  };

  declare private model: PatternsModel | undefined;
  /** Why there is no model. */
  declare private failure: FailureData | undefined;
  declare private tensor: string | undefined;
  declare private filter: string;
  declare private info: PatternInfo | undefined;
  declare private pattern: Pattern | undefined;
  declare private custom: CustomBlock | undefined;
  /** The map on show; while another is computed, still the one before. */
  declare private open: OpenMap | undefined;
  declare private mapLoading: Loading<unknown> | undefined;
  declare private wanted: Wanted;
  declare private typed: { text: string; problem: string } | undefined;
  declare private look: MapLook;
  declare private cell: Cell | undefined;
  declare private hiddenCurves: ReadonlySet<string>;
  declare private table: TableState;
  declare private inView: CellWindow;
  declare private as: PatternOutput;
  /** The last thing that happened, for eyes and screen readers. */
  declare private said: string;

  private readonly client: Client<PatternsHost>;
  private readonly failures = new ActionFailures(this);
  private readonly results: PatternResults;
  private readonly writer: PatternWriter;
  private readonly exporter: MapExporter;
  private readonly keeper: StateKeeper<PatternsState>;
  private readonly derived = new MapDerived();

  constructor(private readonly host: PatternsPageHost) {
    super();
    this.id = 'patterns';
    this.className = 'page';
    const state = host.readState();
    this.model = undefined;
    this.failure = undefined;
    this.tensor = undefined;
    this.filter = '';
    this.info = undefined;
    this.pattern = state?.pattern;
    this.custom = undefined;
    this.open = undefined;
    this.mapLoading = undefined;
    this.wanted = wantedOf(state);
    this.typed = undefined;
    this.look = { scale: 'linear', dropped: 'dim', nmLook: 'loss' };
    this.cell = undefined;
    this.hiddenCurves = new Set();
    this.table = { isOpen: false, extent: 'view', sort: undefined };
    this.inView = { rows: [0, 0], columns: [0, 0] };
    this.as = 'bsr';
    this.said = '';
    this.client = host.connect({
      model: (model) => this.replace(model),
      applyProgress: (progress) => this.writer.progress(progress),
    });
    this.results = new PatternResults(this, this.client, {
      onInfo: (loading) => this.takeInfo(loading),
      onMap: (loading) => this.takeMap(loading),
      onFailure: (title, loading) => this.failures.showOf(title, loading),
    });
    const say = (words: string) => (this.said = words);
    this.writer = new PatternWriter(this, this.client, this.failures, say);
    this.exporter = new MapExporter(this.client, this.failures, say);
    this.keeper = new StateKeeper(
      () => this.state,
      (kept) => host.writeState(kept),
    );
    void this.start();
  }

  protected override render(): TemplateResult {
    const { model } = this;
    const failure = this.failure ?? model?.failure;
    if (failure) {
      return html`<main class="page-message">
        ${failureNotice(failure, {
          title: 'The patterns could not be opened',
          onRetry: () => void this.start(),
        })}
      </main>`;
    }
    if (!model) {
      return html`<main class="page-message">${waiting('Opening the weights…')}</main>`;
    }
    return html`
      ${patternsHead({
        model,
        selected: model.tensors.find(({ name }) => name === this.tensor),
        filter: this.filter,
        said: this.said,
        onFilter: (filter) => (this.filter = filter),
        onSelect: (tensor) => this.select(tensor),
      })}
      ${
        this.info && this.pattern
          ? patternControls({
              info: this.info,
              pattern: this.pattern,
              custom: this.custom,
              onPattern: (pattern) => this.setPattern(pattern),
              onCustom: (custom) => (this.custom = custom),
            })
          : nothing
      }
      <div class="status-area">${this.failures.render()} ${this.writer.renderReport()}</div>
      ${this.open ? this.renderMap(this.open) : this.renderNoMap(model)}
    `;
  }

  private renderNoMap(model: PatternsModel): TemplateResult {
    if (this.mapLoading?.done === false) {
      return html`<main>${waiting('Reading the tensor…')}</main>`;
    }
    return html`<main>
      ${
        model.selected === undefined
          ? html`<p class="empty" id="empty">
              This file has no tensor with a pattern: it takes floating-point values in at least two
              dimensions.
            </p>`
          : nothing
      }
    </main>`;
  }

  private renderMap(open: OpenMap): TemplateResult {
    const { cell, derived, look, wanted } = this;
    const kept = countFor(open, wanted);
    return html`
      <main class="split patterns-split">
        <div class="patterns-map">
          ${keptPanel({
            open,
            wanted,
            typed: this.typed,
            onWanted: (next, at) => this.setWanted(next, at),
            onProblem: (typed) => (this.typed = typed),
          })}
          ${mapPanel({
            open,
            cells: derived.cells(open, look, kept),
            kept,
            look,
            cell,
            isLoading: this.mapLoading?.done === false,
            describe: this.describe,
            onLook: (next) => (this.look = next),
            onCell: (next) => (this.cell = next),
            onView: this.onView,
            onExport: (format) => this.exportAs(format, open, kept),
            onCopyMask: () => this.exporter.copyMask(open, kept),
          })}
          ${tablePanel({
            open,
            kept,
            inView: this.inView,
            columns: derived.columns(open),
            cell,
            state: this.table,
            onState: (table) => (this.table = table),
            onCell: (next) => (this.cell = next),
          })}
        </div>
        ${this.renderDetail(open, kept)}
      </main>
    `;
  }

  private renderDetail(open: OpenMap, kept: number): TemplateResult {
    const { derived, results, writer } = this;
    return detailColumn({
      open,
      kept,
      info: this.info,
      results,
      derived,
      scale: this.look.scale,
      hiddenCurves: this.hiddenCurves,
      as: this.as,
      applying: writer.applying,
      onHiddenCurves: (hidden) => (this.hiddenCurves = hidden),
      onPick: this.onPick,
      onBlock: (block) => this.setBlock(block),
      onRank: (rank) => results.setRank(rank, this.selection),
      onRefit: () => results.refit(this.selection),
      onAs: (as) => (this.as = as),
      onApply: () => this.apply(),
      onCancel: () => writer.cancel(),
    });
  }

  private readonly describe = (cell: Cell): CellFacts =>
    this.open ? cellFacts(this.open, countFor(this.open, this.wanted), cell) : [];

  private readonly onView = ({ inView }: ViewEvent): void => {
    this.inView = inView;
  };

  private readonly onPick = ({ point, series }: CurvePickEvent): void => {
    const [rows = 1, columns = 1] = series.split('x').map(Number);
    this.wanted = { mode: 'kept', share: 1 - point.x };
    this.setBlock([rows, columns]);
  };

  private get heatmap(): PressHeatmap | undefined {
    return this.querySelector<PressHeatmap>('press-heatmap') ?? undefined;
  }

  private get selection(): PatternSelection | undefined {
    const { open, wanted } = this;
    return open
      ? { tensor: open.map.tensor, pattern: open.map.pattern, kept: countFor(open, wanted) }
      : undefined;
  }

  /** What a page that comes back is to find. */
  private get state(): PatternsState | undefined {
    const { model, open, pattern, tensor, wanted } = this;
    return model
      ? {
          uri: model.uri,
          ...(tensor !== undefined && { tensor }),
          ...(pattern && { pattern }),
          ...keptState(open, wanted),
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

  private replace(model: PatternsModel): void {
    this.failure = undefined;
    this.model = model;
    this.writer.adopt(model.written);
    // The file may have changed, so that nothing that is known of it counts.
    this.results.forget();
    if (model.failure || model.selected === undefined) {
      this.open = undefined;
      this.info = undefined;
      this.tensor = undefined;
    } else {
      this.select(model.selected);
    }
  }

  private select(tensor: string): void {
    if (tensor !== this.tensor) {
      this.open = undefined;
      this.info = undefined;
      this.cell = undefined;
      this.custom = undefined;
    }
    this.tensor = tensor;
    this.failures.clear();
    this.mapLoading = { key: tensor, done: false };
    this.results.loadInfo(tensor);
    this.keeper.save();
  }

  private takeInfo(loading: Loading<PatternInfo> | undefined): void {
    if (!loading?.done) {
      return;
    }
    if (!loading.value) {
      this.mapLoading = loading;
      const retry = () => this.select(loading.key);
      this.failures.showOf('This tensor cannot be shown', loading, retry);
      return;
    }
    this.info = loading.value;
    this.pattern = suitablePattern(loading.value, this.pattern);
    this.loadMap();
  }

  private setBlock(block: readonly [number, number]): void {
    const { pattern } = this;
    if (pattern?.kind === 'block') {
      this.setPattern({ ...pattern, block });
    }
  }

  private setPattern(pattern: Pattern): void {
    this.custom = undefined;
    this.pattern = this.info ? suitablePattern(this.info, pattern) : pattern;
    this.loadMap();
    this.keeper.save();
  }

  private loadMap(): void {
    const { pattern, tensor } = this;
    if (pattern && tensor !== undefined) {
      this.results.loadMap(tensor, pattern);
    }
  }

  private takeMap(loading: Loading<OpenMap> | undefined): void {
    this.mapLoading = loading;
    this.failures.showOf('The pattern could not be computed', loading, () => this.loadMap());
    const open = loading?.value;
    if (!open) {
      return;
    }
    const [before, after] = [this.open?.map.grid, open.map.grid];
    if (before && (before[0] !== after[0] || before[1] !== after[1])) {
      this.cell = undefined;
    }
    this.open = open;
    this.failures.clear();
    this.results.accompany(open, this.info);
    if (open.kind === 'block') {
      this.results.fitKronecker(this.selection);
    }
  }

  private setWanted(wanted: Wanted, at: number): void {
    const { heatmap } = this;
    this.wanted = wanted;
    this.typed = undefined;
    if (heatmap) {
      heatmap.changedAt = at;
    }
    this.results.fitKronecker(this.selection);
    this.keeper.save();
  }

  private exportAs(format: ExportFormat, open: OpenMap, kept: number): void {
    const { heatmap } = this;
    if (heatmap) {
      void this.exporter.save(open, kept, heatmap, format, this.look);
    }
  }

  private apply(): void {
    const { open, selection } = this;
    if (open && selection) {
      const as = outputsFor(open).includes(this.as) ? this.as : 'zeros';
      const rank = as === 'kpd' ? this.results.shownRank : undefined;
      void this.writer.write({ selection, as, rank }, () => this.apply());
    }
  }
}
