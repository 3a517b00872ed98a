import { html, nothing } from 'lit';
import type { PropertyValues, TemplateResult } from 'lit';
import { onThemeChange, readTheme } from '../../theme';
import { LightElement } from '../lightElement';
import { CanvasPainter } from './canvasPainter';
import { moveCell } from './cellKeys';
import type { Cell, CellFacts } from './cellKeys';
import { colorScale, luminance, parseColor } from './colorScale';
import type { DroppedLook } from './colorScale';
import { frameOf } from './frame';
import type { HeatmapCells } from './frame';
import { legend } from './legend';
import { levelsOf, valueRange } from './levels';
import type { ValueRange, ValueScale } from './levels';
import type { HeatmapPainter } from './painter';
import type { HeatmapPicture } from './picture';
import { cellAt, cellRectangle, cellsInView, fit, pan, reveal, settle, zoomAt } from './viewport';
import type { Stage, Viewport } from './viewport';
import { WebglPainter } from './webglPainter';

/** Factor of a press of a zoom button or key; a notch of the wheel is about the same. */
const ZOOM_STEP = 1.5;
const WHEEL_PIXELS = 250;
/** Share of the stage that Shift and an arrow move. */
const PAN_SHARE = 0.2;
/** A press that moves less than this many pixels is a click. */
const CLICK_REACH = 4;

/** A cell was chosen with the mouse or the keyboard, or the choice was given up. */
export class CellEvent extends Event {
  constructor(readonly cell: Cell | undefined) {
    super('cell-select');
  }
}

/** Other cells are in sight than before. */
export class ViewEvent extends Event {
  constructor(readonly inView: ReturnType<typeof cellsInView>) {
    super('view-change');
  }
}

/**
 * A picture of up to millions of cells, of which the first `kept` of an order are kept: WebGL 2
 * where there is one, a canvas elsewhere. Zoom with the wheel (with Ctrl, or while it has the
 * focus), the buttons, + and −; move by dragging or with Shift and the arrows. The arrows move a
 * cursor from cell to cell that says where it is; Escape leaves it.
 */
export class PressHeatmap extends LightElement {
  static override properties = {
    label: {},
    cells: { attribute: false },
    kept: { attribute: false },
    scale: {},
    fullScale: { attribute: false },
    dropped: {},
    aspect: { attribute: false },
    valueTitle: { attribute: false },
    formatValue: { attribute: false },
    describe: { attribute: false },
    selected: { attribute: false },
    view: { state: true },
    stage: { state: true },
    hovered: { state: true },
    theme: { state: true },
    painter: { state: true },
  };

  declare label: string;
  declare cells: HeatmapCells | undefined;
  /** Cells that are kept, of those that have places. */
  declare kept: number;
  declare scale: ValueScale;
  /** The value of the last colour, where it is not the largest value. */
  declare fullScale: number | undefined;
  declare dropped: DroppedLook;
  /** Width over height of the whole picture. */
  declare aspect: number;
  declare valueTitle: string;
  declare formatValue: (value: number) => string;
  declare describe: (cell: Cell) => CellFacts;
  declare selected: Cell | undefined;
  declare private view: Viewport;
  declare private stage: Stage | undefined;
  declare private hovered:
    { readonly cell: Cell; readonly x: number; readonly y: number } | undefined;
  /** Counts the changes of theme. */
  declare private theme: number;
  declare private painter: HeatmapPainter | undefined;
  /** When that began which the next picture answers, of `performance.now()`. */
  changedAt: number | undefined;

  private picture: HeatmapPicture | undefined;
  private levels: Uint8Array | undefined;
  private drag: { x: number; y: number; moved: number } | undefined;
  private observer: ResizeObserver | undefined;
  private stopTheme: (() => void) | undefined;
  private pixelRatio: MediaQueryList | undefined;
  /** Waits for its WebGL context. */
  private lostCanvas: HTMLCanvasElement | undefined;

  constructor() {
    super();
    this.label = '';
    this.cells = undefined;
    this.kept = Infinity;
    this.scale = 'linear';
    this.fullScale = undefined;
    this.dropped = 'dim';
    this.aspect = 1;
    this.valueTitle = '';
    this.formatValue = String;
    this.describe = ({ row, column }) => [['cell', `${row}, ${column}`]];
    this.selected = undefined;
    this.view = { zoom: 1, x: 0, y: 0 };
    this.stage = undefined;
    this.hovered = undefined;
    this.theme = 0;
    this.painter = undefined;
  }

  override connectedCallback(): void {
    super.connectedCallback();
    this.stopTheme = onThemeChange(() => this.theme++);
    this.observer = new ResizeObserver(() => this.measure());
    this.observer.observe(this);
    this.watchPixelRatio();
  }

  override disconnectedCallback(): void {
    super.disconnectedCallback();
    this.stopTheme?.();
    this.observer?.disconnect();
    this.pixelRatio?.removeEventListener('change', this.onPixelRatio);
    const { painter } = this;
    this.painter = undefined;
    this.lostCanvas = undefined;
    painter?.dispose();
  }

  /** What is drawn, for exports; undefined before the first picture. */
  get drawn(): HeatmapPicture | undefined {
    return this.picture;
  }

  /** The picture as it is on the screen, in device pixels. */
  snapshot(): HTMLCanvasElement | undefined {
    if (!this.painter || !this.stage || !this.picture) {
      return undefined;
    }
    // A WebGL canvas can be read only in the task in which it was drawn.
    this.draw();
    const { canvas } = this.painter;
    const copy = document.createElement('canvas');
    copy.width = canvas.width;
    copy.height = canvas.height;
    copy.getContext('2d')?.drawImage(canvas, 0, 0);
    return copy;
  }

  protected override willUpdate(changed: PropertyValues): void {
    const { stage, cells } = this;
    if (!stage || !cells || !['cells', 'aspect'].some((name) => changed.has(name))) {
      return;
    }
    const { rows, columns } = cells;
    if (rows !== stage.rows || columns !== stage.columns || changed.has('aspect')) {
      this.stage = { ...stage, rows, columns, aspect: this.aspect };
      this.view = fit(this.stage);
      this.hovered = undefined;
    }
  }

  protected override updated(changed: PropertyValues): void {
    const has = (...names: readonly string[]) => names.some((name) => changed.has(name));
    if (!this.stage) {
      this.measure();
      return;
    }
    if (!this.painter) {
      // Counts as a change of its own, after which everything is new.
      this.openPainter();
      return;
    }
    const hasColors = has('theme', 'dropped', 'painter');
    const hasCells = has('cells', 'scale', 'fullScale', 'painter');
    if (hasColors) {
      this.setColors();
    }
    if (hasCells) {
      this.setCells();
    }
    if (hasColors || hasCells || has('kept', 'view', 'stage')) {
      this.draw();
    }
    if (has('cells', 'stage', 'view', 'painter')) {
      this.dispatchEvent(new ViewEvent(cellsInView(this.stage, this.view)));
    }
    if (hasColors || hasCells) {
      // The legend is made of what has just been computed.
      this.requestUpdate();
    }
  }

  protected override render(): TemplateResult {
    const facts = this.selected ? this.describe(this.selected) : undefined;
    return html`
      <div
        class="heatmap-stage ${this.drag ? 'dragged' : ''}"
        role="application"
        tabindex="0"
        aria-roledescription="heatmap"
        aria-label="${this.label}. Arrow keys move from block to block, plus and minus zoom, Shift with arrows moves the picture."
        @keydown=${(event: KeyboardEvent) => this.onKey(event)}
        @wheel=${{ handleEvent: (event: WheelEvent) => this.onWheel(event), passive: false }}
        @pointerdown=${(event: PointerEvent) => this.onPress(event)}
        @pointermove=${(event: PointerEvent) => this.onMove(event)}
        @pointerup=${(event: PointerEvent) => this.onRelease(event)}
        @pointercancel=${() => (this.drag = undefined)}
        @pointerleave=${() => (this.hovered = undefined)}
        @dblclick=${(event: MouseEvent) => this.zoomBy(ZOOM_STEP ** 2, this.pointOf(event))}
      >
        <div class="heatmap-layers"></div>
        ${this.renderCursor()} ${this.renderTooltip()}
      </div>
      <div class="heatmap-bar">
        <span class="heatmap-zoom" role="group" aria-label="Zoom">
          ${this.zoomButton('zoom-out', '−', 'Zoom out', () => this.zoomBy(1 / ZOOM_STEP))}
          ${this.zoomButton('zoom-in', '+', 'Zoom in', () => this.zoomBy(ZOOM_STEP))}
          ${this.zoomButton('zoom-fit', 'Fit', 'Show the whole matrix', () => this.showAll())}
        </span>
        ${
          this.picture
            ? legend({
                title: this.valueTitle,
                range: this.picture.range,
                colors: this.picture.colors,
                hasDropped: this.cells?.places !== undefined,
                isHidden: this.dropped === 'hide',
                format: this.formatValue,
              })
            : nothing
        }
      </div>
      <div class="readout">
        <span role="status" class="heatmap-spoken">${facts ? sentence(facts) : ''}</span
        ><span class="muted" ?hidden=${facts !== undefined}
          >Point at a block, or use the arrow keys, to read it. The wheel zooms while the map has
          the focus.</span
        >
      </div>
    `;
  }

  private renderCursor(): TemplateResult | typeof nothing {
    const { selected, stage } = this;
    if (!selected || !stage) {
      return nothing;
    }
    const { left, top, width, height } = cellRectangle(
      stage,
      this.view,
      selected.row,
      selected.column,
    );
    // A cell may be smaller than a pixel; its frame is not.
    const [w, h] = [Math.max(width, 7), Math.max(height, 7)];
    return html`<div
      class="heatmap-cursor"
      .style=${`left: ${left + width / 2 - w / 2}px; top: ${top + height / 2 - h / 2}px; width: ${w}px; height: ${h}px`}
    ></div>`;
  }

  private renderTooltip(): TemplateResult | typeof nothing {
    const { hovered, stage } = this;
    if (!hovered || !stage || this.drag?.moved) {
      return nothing;
    }
    const right = hovered.x > stage.width / 2;
    const below = hovered.y > stage.height / 2;
    const x = right ? `right: ${stage.width - hovered.x + 12}px` : `left: ${hovered.x + 12}px`;
    const y = below ? `bottom: ${stage.height - hovered.y + 12}px` : `top: ${hovered.y + 12}px`;
    return html`<dl class="heatmap-tooltip" aria-hidden="true" .style=${`${x}; ${y}`}>
      ${this.describe(hovered.cell).map(
        ([term, value]) =>
          html`<dt>${term}</dt>
            <dd>${value}</dd>`,
      )}
    </dl>`;
  }

  private zoomButton(id: string, text: string, title: string, run: () => void): TemplateResult {
    return html`<button
      type="button"
      class="small-button"
      id=${id}
      title=${title}
      aria-label=${title}
      @click=${run}
    >
      ${text}
    </button>`;
  }

  private get stageElement(): HTMLElement | undefined {
    return this.querySelector<HTMLElement>('.heatmap-stage') ?? undefined;
  }

  private openPainter(): void {
    const canvas = document.createElement('canvas');
    const painter = WebglPainter.create(canvas) ?? new CanvasPainter();
    if (painter.kind === 'webgl2') {
      canvas.addEventListener('webglcontextlost', (event) => {
        // Otherwise it would never be given back.
        event.preventDefault();
        if (this.painter?.canvas === canvas) {
          // Kept, because nobody tells a canvas that has been collected that it may go on.
          this.lostCanvas = canvas;
          this.use(new CanvasPainter());
        }
      });
      canvas.addEventListener('webglcontextrestored', () => {
        const restored = this.isConnected ? WebglPainter.create(canvas) : undefined;
        if (restored) {
          this.lostCanvas = undefined;
          this.use(restored);
        }
      });
    }
    this.use(painter);
  }

  private use(painter: HeatmapPainter): void {
    this.querySelector('.heatmap-layers')?.replaceChildren(painter.canvas);
    this.dataset.renderer = painter.kind;
    this.painter = painter;
  }

  private setColors(): void {
    const style = this.stageElement && getComputedStyle(this.stageElement);
    const background = parseColor(style?.backgroundColor ?? '') ?? [0, 0, 0];
    const foreground = parseColor(style?.color ?? '') ?? [255, 255, 255];
    const colors = colorScale(
      {
        background,
        foreground,
        isDark: luminance(background) < 0.4,
        isHighContrast: readTheme().isHighContrast,
      },
      this.dropped,
    );
    const { cells = { levels: new Uint8Array(0) }, range = { scale: 'linear', low: 0, high: 0 } } =
      this.picture ?? {};
    this.picture = { cells, range, colors, background, foreground };
    this.painter?.setColors(colors);
  }

  private setCells(): void {
    const { cells, painter, picture } = this;
    if (!cells || !picture) {
      return;
    }
    const { columns, places, rows, values } = cells;
    const range: ValueRange =
      this.fullScale === undefined
        ? valueRange(values, this.scale)
        : { scale: 'linear', low: 0, high: this.fullScale };
    this.levels = levelsOf(values, range, this.levels);
    const painted = { levels: this.levels, ...(places && { places }) };
    this.picture = { ...picture, cells: painted, range };
    painter?.setCells(painted, rows, columns);
  }

  private draw(): void {
    const { painter, stage } = this;
    if (!painter || !stage || !this.cells) {
      return;
    }
    painter.draw(frameOf(stage, this.view, devicePixelRatio, this.kept, this.dropped === 'dim'));
    if (this.changedAt !== undefined) {
      if (this.dataset.measure !== undefined) {
        painter.finish();
      }
      this.dataset.frameMs = (performance.now() - this.changedAt).toFixed(2);
      this.changedAt = undefined;
    }
  }

  private measure(): void {
    const element = this.stageElement;
    if (!element || element.clientWidth === 0 || element.clientHeight === 0) {
      return;
    }
    const { clientWidth: width, clientHeight: height } = element;
    if (width === this.stage?.width && height === this.stage.height) {
      return;
    }
    const { rows = 0, columns = 0 } = this.cells ?? {};
    const isFirst = this.stage === undefined;
    this.stage = { width, height, rows, columns, aspect: this.aspect };
    this.view = isFirst ? fit(this.stage) : settle(this.stage, this.view);
  }

  private watchPixelRatio(): void {
    this.pixelRatio?.removeEventListener('change', this.onPixelRatio);
    this.pixelRatio = matchMedia(`(resolution: ${devicePixelRatio}dppx)`);
    this.pixelRatio.addEventListener('change', this.onPixelRatio);
  }

  private readonly onPixelRatio = (): void => {
    this.watchPixelRatio();
    this.draw();
  };

  private showAll(): void {
    if (this.stage) {
      this.view = fit(this.stage);
    }
  }

  private zoomBy(factor: number, point?: { x: number; y: number }): void {
    const { stage } = this;
    if (stage) {
      this.view = zoomAt(stage, this.view, factor, point ?? this.zoomCentre(stage));
    }
  }

  /** The cursor where it is in sight, else the middle. */
  private zoomCentre(stage: Stage): { x: number; y: number } {
    if (this.selected) {
      const { row, column } = this.selected;
      const { left, top, width, height } = cellRectangle(stage, this.view, row, column);
      const [x, y] = [left + width / 2, top + height / 2];
      if (x >= 0 && y >= 0 && x <= stage.width && y <= stage.height) {
        return { x, y };
      }
    }
    return { x: stage.width / 2, y: stage.height / 2 };
  }

  private onKey(event: KeyboardEvent): void {
    const { stage, cells } = this;
    if (!stage || !cells || event.altKey || event.metaKey) {
      return;
    }
    const run = this.viewKey(event, stage);
    if (run) {
      event.preventDefault();
      run();
      return;
    }
    const inView = cellsInView(stage, this.view);
    const middle = {
      row: Math.floor((inView.rows[0] + inView.rows[1]) / 2),
      column: Math.floor((inView.columns[0] + inView.columns[1]) / 2),
    };
    const cell = moveCell(this.selected, event, stage.rows, stage.columns, middle);
    if (cell) {
      event.preventDefault();
      this.view = reveal(stage, this.view, cell.row, cell.column);
      this.choose(cell);
    } else if (event.key === 'Escape' && this.selected) {
      event.preventDefault();
      this.choose(undefined);
    }
  }

  private viewKey(event: KeyboardEvent, stage: Stage): (() => void) | undefined {
    const by = (x: number, y: number) => () => {
      const [dx, dy] = [x * stage.width * PAN_SHARE, y * stage.height * PAN_SHARE];
      this.view = pan(stage, this.view, dx, dy);
    };
    if (event.shiftKey && event.key.startsWith('Arrow')) {
      return {
        ArrowLeft: by(1, 0),
        ArrowRight: by(-1, 0),
        ArrowUp: by(0, 1),
        ArrowDown: by(0, -1),
      }[event.key];
    }
    const zooms: Readonly<Record<string, () => void>> = {
      '+': () => this.zoomBy(ZOOM_STEP),
      '=': () => this.zoomBy(ZOOM_STEP),
      '-': () => this.zoomBy(1 / ZOOM_STEP),
      '0': () => this.showAll(),
    };
    return event.ctrlKey ? undefined : zooms[event.key];
  }

  private onWheel(event: WheelEvent): void {
    // Elsewhere the wheel scrolls the page, in which the map must not be a trap.
    if (event.ctrlKey || event.metaKey || this.stageElement === document.activeElement) {
      event.preventDefault();
      this.zoomBy(ZOOM_STEP ** (-event.deltaY / WHEEL_PIXELS), this.pointOf(event));
    }
  }

  private onPress(event: PointerEvent): void {
    if (event.button === 0) {
      this.drag = { x: event.clientX, y: event.clientY, moved: 0 };
      this.stageElement?.setPointerCapture(event.pointerId);
    }
  }

  private onMove(event: PointerEvent): void {
    const { drag, stage } = this;
    if (!stage) {
      return;
    }
    if (drag) {
      const [dx, dy] = [event.clientX - drag.x, event.clientY - drag.y];
      const moved = drag.moved + Math.abs(dx) + Math.abs(dy);
      this.drag = { x: event.clientX, y: event.clientY, moved };
      if (moved >= CLICK_REACH) {
        this.view = pan(stage, this.view, dx, dy);
      }
      return;
    }
    const point = this.pointOf(event);
    const cell = cellAt(stage, this.view, point);
    this.hovered = cell && { cell, ...point };
  }

  private onRelease(event: PointerEvent): void {
    const { drag, stage } = this;
    this.drag = undefined;
    if (drag && stage && drag.moved < CLICK_REACH) {
      const cell = cellAt(stage, this.view, this.pointOf(event));
      if (cell) {
        this.choose(cell);
      }
    }
  }

  private choose(cell: Cell | undefined): void {
    this.selected = cell;
    this.dispatchEvent(new CellEvent(cell));
  }

  private pointOf(event: MouseEvent): { x: number; y: number } {
    const box = this.stageElement?.getBoundingClientRect();
    return { x: event.clientX - (box?.left ?? 0), y: event.clientY - (box?.top ?? 0) };
  }
}

function sentence(facts: CellFacts): string {
  return `${facts.map(([term, value]) => `${term} ${value}`).join('; ')}.`;
}
