import { html, nothing } from 'lit';
import type { PropertyValues, TemplateResult } from 'lit';
import type {
  FailureData,
  KpdFit,
  Pattern,
  PatternCurve,
  PatternInfo,
  PatternOutput,
  PatternReport,
  PatternSelection,
  PatternSpeed,
  PatternsHost,
  PatternsModel,
  PatternsPageEvents,
  PatternsState,
  PatternsTensor,
} from '../../src/protocol/patterns';
import type { Client } from '../../src/protocol/rpc';
import type { CurvePickEvent } from '../components/curve';
import type { CurveSeries } from '../components/curveData';
import type { CurveMark } from '../components/curvePainter';
import { failureNotice } from '../components/failureNotice';
import type { Cell, CellFacts } from '../components/heatmap/cellKeys';
import type { DroppedLook } from '../components/heatmap/colorScale';
import type { HeatmapCells } from '../components/heatmap/frame';
import type { PressHeatmap, ViewEvent } from '../components/heatmap/heatmap';
import type { ValueScale } from '../components/heatmap/levels';
import { LightElement } from '../components/lightElement';
import { waiting } from '../components/progressLine';
import type { Column, Sort } from '../components/table';
import { failureOf, isCancelled } from '../host';
import type { PageHost } from '../host';
import type { Loading } from '../selectionLoader';
import { advicePanel } from './advicePanel';
import { applyPanel, outputsFor, reportPanel } from './applyPanel';
import type { Applying } from './applyPanel';
import { cellFacts } from './blockFacts';
import { blockColumns } from './blockColumns';
import type { BlockRow, CellWindow, TableExtent } from './blockRows';
import { exportMap } from './exportMap';
import { figuresOf } from './figures';
import { figuresPanel } from './figuresPanel';
import { histogramOf } from './histogram';
import type { Histogram } from './histogram';
import { countFor } from './keptSlider';
import type { Wanted } from './keptSlider';
import { keptPanel } from './keptPanel';
import { kpdPanel } from './kpdPanel';
import { mapPanel } from './mapPanel';
import type { ExportFormat, NmLook } from './mapPanel';
import { numpyMask } from './numpyMask';
import { thresholdOf } from './openMap';
import type { OpenMap } from './openMap';
import { curveBlocks, matrixOf, suitablePattern } from './pattern';
import { patternControls } from './patternControls';
import type { CustomBlock } from './patternControls';
import { patternsHead } from './patternsHead';
import { PatternsLoader } from './patternsLoader';
import { curveSeries, curvesPlot, histogramPlot, histogramSeries } from './plots';
import { tablePanel } from './tablePanel';
import { criterionNames } from './words';

export type PatternsPageHost = PageHost<PatternsHost, PatternsPageEvents, PatternsState>;

/** A failure of an action, where it stays until dismissed or retried. */
interface ActionFailure {
  readonly title: string;
  readonly failure: FailureData;
  readonly retry?: () => void;
}

/** A slider that moves does not write the state at every step. */
const SAVE_DELAY = 150;

/** Block-Sparse Patterns: the blocks of a matrix, which of them are kept, and what that costs. */
export class PatternsPage extends LightElement {
  static override properties = {
    model: { state: true },
    failure: { state: true },
    actionFailure: { state: true },
    tensor: { state: true },
    filter: { state: true },
    info: { state: true },
    pattern: { state: true },
    custom: { state: true },
    open: { state: true },
    mapLoading: { state: true },
    wanted: { state: true },
    typed: { state: true },
    scale: { state: true },
    dropped: { state: true },
    nmLook: { state: true },
    cell: { state: true },
    curves: { state: true },
    isCurving: { state: true },
    hiddenCurves: { state: true },
    fit: { state: true },
    kpdLoading: { state: true },
    rank: { state: true },
    speed: { state: true },
    isMeasuring: { state: true },
    tableOpen: { state: true },
    extent: { state: true },
    sort: { state: true },
    inView: { state: true },
    as: { state: true },
    applying: { state: true },
    report: { state: true },
    said: { state: true },
  };

  declare private model: PatternsModel | undefined;
  declare private failure: FailureData | undefined;
  declare private actionFailure: ActionFailure | undefined;
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
  declare private scale: ValueScale;
  declare private dropped: DroppedLook;
  declare private nmLook: NmLook;
  declare private cell: Cell | undefined;
  declare private curves: readonly PatternCurve[];
  declare private isCurving: boolean;
  declare private hiddenCurves: ReadonlySet<string>;
  declare private fit: KpdFit | undefined;
  declare private kpdLoading: Loading<KpdFit> | undefined;
  declare private rank: number | undefined;
  declare private speed: PatternSpeed | undefined;
  declare private isMeasuring: boolean;
  declare private tableOpen: boolean;
  declare private extent: TableExtent;
  declare private sort: Sort | undefined;
  declare private inView: CellWindow;
  declare private as: PatternOutput;
  declare private applying: Applying | undefined;
  declare private report: PatternReport | undefined;
  /** The last thing that happened, for eyes and screen readers. */
  declare private said: string;

  private readonly client: Client<PatternsHost>;
  private readonly loader: PatternsLoader;
  private saving: ReturnType<typeof setTimeout> | undefined;
  /** Whether a call of this page to apply has yet to be answered. */
  private isAsking = false;
  /** The output whose report was dismissed. */
  private dismissed: string | undefined;
  // Made of the map and the curves, and not anew at every step of the slider.
  private cells: HeatmapCells | undefined;
  private columns: readonly Column<BlockRow>[] = [];
  private series: readonly CurveSeries[] = [];
  private histogram: Histogram | undefined;
  private bars: readonly CurveSeries[] = [];
  private curveMarks: readonly CurveMark[] = [];
  private thresholdMarks: readonly CurveMark[] = [];

  constructor(private readonly host: PatternsPageHost) {
    super();
    this.id = 'patterns';
    this.className = 'page';
    const state = host.readState();
    this.model = undefined;
    this.failure = undefined;
    this.actionFailure = undefined;
    this.tensor = undefined;
    this.filter = '';
    this.info = undefined;
    this.pattern = state?.pattern;
    this.custom = undefined;
    this.open = undefined;
    this.mapLoading = undefined;
    this.wanted = { mode: 'kept', share: state?.kept ?? 0.5 };
    this.typed = undefined;
    this.scale = 'linear';
    this.dropped = 'dim';
    this.nmLook = 'loss';
    this.cell = undefined;
    this.curves = [];
    this.isCurving = false;
    this.hiddenCurves = new Set();
    this.fit = undefined;
    this.kpdLoading = undefined;
    this.rank = undefined;
    this.speed = undefined;
    this.isMeasuring = false;
    this.tableOpen = false;
    this.extent = 'view';
    this.sort = undefined;
    this.inView = { rows: [0, 0], columns: [0, 0] };
    this.as = 'bsr';
    this.applying = undefined;
    this.report = undefined;
    this.said = '';
    this.client = host.connect({
      model: (model) => this.replace(model),
      applyProgress: (progress) => (this.applying = progress),
    });
    this.loader = new PatternsLoader(this.client, {
      onInfo: (loading) => this.takeInfo(loading),
      onMap: (loading) => this.takeMap(loading),
      onCurves: (curves, loading) => {
        this.curves = curves;
        this.isCurving = loading?.done === false;
        this.failLoading('The curves could not be computed', loading);
      },
      onKpd: (loading) => {
        this.kpdLoading = loading && isCancelled(loading.failure) ? undefined : loading;
        this.fit = loading?.value ?? (loading?.done === false ? this.fit : undefined);
      },
      onSpeed: (loading) => {
        this.isMeasuring = loading?.done === false;
        this.speed = loading?.value;
        this.failLoading('The speed could not be measured', loading);
      },
    });
    void this.start();
  }

  protected override willUpdate(changed: PropertyValues): void {
    const { open } = this;
    if (!open) {
      return;
    }
    const has = (...names: readonly string[]) => names.some((name) => changed.has(name));
    if (has('open')) {
      this.columns = blockColumns(open);
    }
    if (has('open', 'nmLook', 'wanted') && (open.kind === 'nm' || has('open'))) {
      this.cells = this.cellsOf(open);
    }
    if (has('open', 'scale')) {
      this.histogram = histogramOf(open.scores, this.scale);
      this.bars = histogramSeries(this.histogram);
    }
    if (has('open', 'curves')) {
      this.series = open.kind === 'block' ? curveSeries(this.curves, open.map.pattern.block) : [];
    }
    if (has('open', 'wanted', 'scale')) {
      this.placeMarks(open);
    }
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
        selected: this.selectedTensor,
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
      <div class="status-area">${this.renderFailure()} ${this.renderReport()}</div>
      ${this.renderMap(model)}
    `;
  }

  private renderFailure(): TemplateResult | typeof nothing {
    const { actionFailure } = this;
    if (!actionFailure) {
      return nothing;
    }
    const { failure, retry, title } = actionFailure;
    const onDismiss = () => (this.actionFailure = undefined);
    const onRetry = retry && (() => (onDismiss(), retry()));
    return failureNotice(failure, { title, onDismiss, ...(onRetry && { onRetry }) });
  }

  private renderReport(): TemplateResult | typeof nothing {
    const { report } = this;
    return report
      ? reportPanel(report, {
          onOpen: () => this.act(this.client.open({ path: report.output })),
          onReveal: () => this.act(this.client.reveal({ path: report.output })),
          onDismiss: () => {
            this.dismissed = report.output;
            this.report = undefined;
          },
        })
      : nothing;
  }

  private renderMap(model: PatternsModel): TemplateResult {
    const { cells, open } = this;
    if (!open || !cells) {
      if (this.mapLoading?.done === false) {
        return html`<main>${waiting('Reading the tensor…')}</main>`;
      }
      return html`<main>
        ${
          model.selected === undefined
            ? html`<p class="empty" id="empty">
                This file has no tensor with a pattern: it takes floating-point values in at least
                two dimensions.
              </p>`
            : nothing
        }
      </main>`;
    }
    const kept = countFor(open, this.wanted);
    return html`
      <main class="split patterns-split">
        <div class="patterns-map">
          ${keptPanel({
            open,
            wanted: this.wanted,
            typed: this.typed,
            onWanted: (wanted, at) => this.setWanted(wanted, at),
            onProblem: (typed) => (this.typed = typed),
          })}
          ${mapPanel({
            open,
            cells,
            kept,
            scale: this.scale,
            dropped: this.dropped,
            nmLook: this.nmLook,
            cell: this.cell,
            isLoading: this.mapLoading?.done === false,
            describe: this.describe,
            onScale: (scale) => (this.scale = scale),
            onDropped: (dropped) => (this.dropped = dropped),
            onNmLook: (look) => (this.nmLook = look),
            onCell: (cell) => (this.cell = cell),
            onView: this.onView,
            onExport: (format) => void this.exportAs(format),
            onCopyMask: () => this.copyMask(),
          })}
          ${tablePanel({
            open,
            kept,
            inView: this.inView,
            extent: this.extent,
            columns: this.columns,
            sort: this.sort,
            cell: this.cell,
            isOpen: this.tableOpen,
            onOpen: (isOpen) => (this.tableOpen = isOpen),
            onExtent: (extent) => (this.extent = extent),
            onSort: (sort) => (this.sort = sort),
            onCell: (cell) => (this.cell = cell),
          })}
        </div>
        <div class="split-detail patterns-detail">${this.renderDetail(open, kept)}</div>
      </main>
    `;
  }

  private renderDetail(open: OpenMap, kept: number): TemplateResult {
    const { fit, histogram, info } = this;
    const matrix = info && matrixOf(info, open.map.pattern);
    return html`
      ${figuresPanel({ open, kept, fit, speed: this.speed, isMeasuring: this.isMeasuring })}
      ${
        open.kind === 'block'
          ? html`${curvesPlot({
              series: this.series,
              marks: this.curveMarks,
              hidden: this.hiddenCurves,
              chosen: open.map.pattern.block.join('x'),
              isLoading: this.isCurving,
              onToggle: (id) => this.toggleCurve(id),
              onPick: this.onPick,
            })}
            ${
              matrix
                ? advicePanel({
                    matrix,
                    pattern: open.map.pattern,
                    curves: this.curves,
                    bytes: figuresOf(open, kept).bytes,
                    onBlock: (block) => this.setBlock(block),
                  })
                : nothing
            }
            ${kpdPanel({
              loading: this.kpdLoading,
              fit,
              rank: this.rank,
              onRank: (rank) => {
                this.rank = rank;
                this.loadKpd();
              },
              onRetry: () => {
                this.loader.forgetKpd();
                this.loadKpd();
              },
            })}`
          : nothing
      }
      ${
        histogram
          ? histogramPlot({
              title: open.kind === 'block' ? 'Blocks by size' : 'Tiles by size',
              valueTitle:
                open.kind === 'block'
                  ? criterionNames[open.map.pattern.criterion]
                  : 'Frobenius norm',
              histogram,
              series: this.bars,
              marks: this.thresholdMarks,
              noun: open.kind === 'block' ? 'Blocks' : 'Tiles',
              note: this.histogramNote(open, histogram),
            })
          : nothing
      }
      ${applyPanel({
        open,
        kept,
        fit,
        as: this.as,
        applying: this.applying,
        onAs: (as) => (this.as = as),
        onApply: () => void this.apply(),
        onCancel: () => this.act(this.client.cancelApply({})),
      })}
    `;
  }

  private histogramNote(open: OpenMap, { zeros }: Histogram): string {
    const parts = [
      ...(open.kind === 'block' && open.map.pattern.scope === 'blockRow'
        ? ['Every row of blocks has a threshold of its own.']
        : []),
      ...(zeros > 0 ? [`${zeros} blocks of zeros are not on a logarithmic scale.`] : []),
    ];
    return parts.join(' ');
  }

  private get selectedTensor(): PatternsTensor | undefined {
    return this.model?.tensors.find(({ name }) => name === this.tensor);
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

  /** Cells of the picture; of N:M they follow the slider, which has few positions. */
  private cellsOf(open: OpenMap): HeatmapCells {
    const [rows, columns] = open.map.grid;
    if (open.kind === 'block') {
      return { rows, columns, values: open.scores, places: open.places };
    }
    const loss = open.losses[countFor(open, this.wanted)];
    return { rows, columns, values: (this.nmLook === 'loss' && loss) || open.scores };
  }

  private placeMarks(open: OpenMap): void {
    const kept = countFor(open, this.wanted);
    this.curveMarks = [];
    this.thresholdMarks = [];
    if (open.kind === 'block') {
      const { relativeError, sparsity } = figuresOf(open, kept);
      this.curveMarks = [{ x: sparsity, y: relativeError }];
      const threshold = thresholdOf(open, kept);
      const isLog = this.histogram?.scale === 'log';
      if (threshold !== undefined && (threshold > 0 || !isLog)) {
        const x = isLog ? Math.log10(threshold) : threshold;
        this.thresholdMarks = [{ x, label: 'kept from here' }];
      }
    }
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
    if (!this.isAsking) {
      this.applying = undefined;
      this.report = model.written?.output === this.dismissed ? undefined : model.written;
    }
    if (model.failure || model.selected === undefined) {
      this.open = undefined;
      this.info = undefined;
      this.tensor = undefined;
      this.loader.forget();
      return;
    }
    // The file may have changed, so that nothing that is known of it counts.
    this.loader.forget();
    this.curves = [];
    this.select(model.selected);
  }

  private select(tensor: string): void {
    if (tensor !== this.tensor) {
      this.open = undefined;
      this.info = undefined;
      this.cell = undefined;
      this.custom = undefined;
    }
    this.tensor = tensor;
    this.actionFailure = undefined;
    this.mapLoading = { key: tensor, done: false };
    this.loader.loadInfo(tensor);
    this.save();
  }

  private takeInfo(loading: Loading<PatternInfo> | undefined): void {
    if (!loading?.done) {
      return;
    }
    if (!loading.value) {
      this.mapLoading = loading;
      this.failLoading('This tensor cannot be shown', loading, () => this.select(loading.key));
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
    this.pattern = pattern;
    if (this.info) {
      this.pattern = suitablePattern(this.info, pattern);
    }
    this.loadMap();
    this.save();
  }

  private loadMap(): void {
    const { pattern, tensor } = this;
    if (pattern && tensor !== undefined) {
      this.fit = undefined;
      this.kpdLoading = undefined;
      this.speed = undefined;
      this.loader.loadMap(tensor, pattern);
    }
  }

  private takeMap(loading: Loading<OpenMap> | undefined): void {
    this.mapLoading = loading;
    this.failLoading('The pattern could not be computed', loading, () => this.loadMap());
    const open = loading?.value;
    if (!open) {
      return;
    }
    const { grid } = open.map;
    if (this.open && (this.open.map.grid[0] !== grid[0] || this.open.map.grid[1] !== grid[1])) {
      this.cell = undefined;
    }
    this.open = open;
    this.actionFailure = undefined;
    this.curves = [];
    this.isCurving = false;
    if (open.kind === 'block' && this.info) {
      const { columns, pattern, rows, tensor } = open.map;
      const matrix = matrixOf(this.info, pattern);
      this.curves = matrix
        ? this.loader.loadCurves(tensor, pattern, curveBlocks(matrix, pattern.block))
        : [];
      this.loader.loadSpeed({ rows, columns, block: pattern.block });
      this.loadKpd();
    }
  }

  private loadKpd(): void {
    const selection = this.selection();
    const isFitted = selection?.pattern.kind === 'block' && selection.kept > 0;
    this.loader.loadKpd(isFitted ? selection : undefined, this.rank);
  }

  private selection(): PatternSelection | undefined {
    const { open } = this;
    return open
      ? { tensor: open.map.tensor, pattern: open.map.pattern, kept: countFor(open, this.wanted) }
      : undefined;
  }

  private setWanted(wanted: Wanted, at: number): void {
    this.wanted = wanted;
    this.typed = undefined;
    const heatmap = this.heatmap;
    if (heatmap) {
      heatmap.changedAt = at;
    }
    this.loadKpd();
    this.save();
  }

  private get heatmap(): PressHeatmap | undefined {
    return this.querySelector<PressHeatmap>('press-heatmap') ?? undefined;
  }

  private toggleCurve(id: string): void {
    const hidden = new Set(this.hiddenCurves);
    if (!hidden.delete(id)) {
      hidden.add(id);
    }
    this.hiddenCurves = hidden;
  }

  private async exportAs(format: ExportFormat): Promise<void> {
    const { heatmap, open } = this;
    if (!heatmap || !open) {
      return;
    }
    this.said = '';
    try {
      const file = await exportMap(open, countFor(open, this.wanted), heatmap, format, {
        isLoss: open.kind === 'nm' && this.nmLook === 'loss',
      });
      const path = await this.client.save(file);
      this.said = path === undefined ? '' : `Exported as ${path}.`;
    } catch (thrown) {
      this.fail('The map could not be exported', thrown);
    }
  }

  private copyMask(): void {
    const { open } = this;
    if (open?.kind === 'block') {
      const text = numpyMask(open, countFor(open, this.wanted));
      this.act(
        this.client
          .copy({ text, what: 'The mask' })
          .then(() => (this.said = 'The mask is on the clipboard, as Python code.')),
      );
    }
  }

  private async apply(): Promise<void> {
    const { fit, open } = this;
    const selection = this.selection();
    if (!selection || !open || this.applying) {
      return;
    }
    const as = outputsFor(open).includes(this.as) ? this.as : 'zeros';
    this.isAsking = true;
    this.applying = 'naming';
    this.actionFailure = undefined;
    this.report = undefined;
    this.said = '';
    // The terms that were on show, unless the slider has moved since.
    const rank =
      as === 'kpd' ? (this.rank ?? (this.kpdLoading?.done ? fit?.rank : undefined)) : undefined;
    try {
      this.report = await this.client.apply({
        selection,
        as,
        ...(rank === undefined ? {} : { rank }),
      });
      this.applying = undefined;
      if (this.report) {
        await this.updateComplete;
        this.querySelector<HTMLElement>('#result')?.focus();
      }
    } catch (thrown) {
      this.applying = undefined;
      if (isCancelled(thrown)) {
        this.said = 'Cancelled; nothing was written.';
      } else {
        this.fail('The file could not be written', thrown, () => void this.apply());
      }
    } finally {
      this.isAsking = false;
    }
  }

  private act(call: Promise<unknown>): void {
    call.catch((thrown: unknown) => this.fail('That did not work', thrown));
  }

  private failLoading(
    title: string,
    loading: Loading<unknown> | undefined,
    retry?: () => void,
  ): void {
    if (loading?.failure !== undefined) {
      this.fail(title, loading.failure, retry);
    }
  }

  private fail(title: string, thrown: unknown, retry?: () => void): void {
    if (!isCancelled(thrown)) {
      const failure = failureOf(thrown);
      this.actionFailure = retry ? { title, failure, retry } : { title, failure };
    }
  }

  private save(): void {
    clearTimeout(this.saving);
    this.saving = setTimeout(() => {
      const { model, open, pattern, tensor, wanted } = this;
      if (model) {
        const kept = open ? countFor(open, wanted) / Math.max(1, open.count) : wanted.share;
        this.host.writeState({
          uri: model.uri,
          ...(tensor !== undefined && { tensor }),
          ...(pattern && { pattern }),
          kept,
        });
      }
    }, SAVE_DELAY);
  }
}
