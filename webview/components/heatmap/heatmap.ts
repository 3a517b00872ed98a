import { html, nothing } from 'lit';
import type { PropertyValues, TemplateResult } from 'lit';
import { LightElement } from '../lightElement';
import type { Cell, CellFacts } from './cellKeys';
import type { DroppedLook } from './colorScale';
import { frameOf } from './frame';
import type { HeatmapCells } from './frame';
import { CellEvent, ViewEvent } from './heatmapEvents';
import { keyAction } from './heatmapKeys';
import { HeatmapPointer } from './heatmapPointer';
import type { Hover } from './heatmapPointer';
import { legend } from './legend';
import type { ValueScale } from './levels';
import { coloured, withCells } from './makePicture';
import { cursorFrame, sentence, tooltip } from './overlays';
import type { HeatmapPainter } from './painter';
import { PainterChoice } from './painterChoice';
import type { HeatmapPicture } from './picture';
import { ScreenWatch } from './screenWatch';
import { ZOOM_STEP, ofGrid, resized, whole, zoomCentre, zoomed } from './sight';
import type { Sight } from './sight';
import { cellsInView } from './viewport';

/**
 * A picture of up to millions of cells, of which the first `kept` of an order are kept: WebGL 2
 * where a graphics processor computes it, a canvas elsewhere. Zoom with the wheel (with Ctrl, or
 * while it has the focus), the buttons, + and −; move by dragging or with Shift and the arrows. The
 * arrows move a cursor from cell to cell that says where it is; Escape leaves it.
 */
export class PressHeatmap extends LightElement {
  static override properties = {
    label: {},
    noun: {},
    droppedWord: { attribute: false },
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
    sight: { state: true },
    hovered: { state: true },
    theme: { state: true },
    painter: { state: true },
  };

  declare label: string;
  /** What a cell is called. */
  declare noun: string;
  /** What the legend says of cells that are not kept. */
  declare droppedWord: string;
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
  /** Undefined before the stage has been measured. */
  declare private sight: Sight | undefined;
  declare private hovered: Hover | undefined;
  /** Counts the changes of theme. */
  declare private theme: number;
  declare private painter: HeatmapPainter | undefined;
  /** When that began which the next picture answers, of `performance.now()`. */
  changedAt: number | undefined;

  private picture: HeatmapPicture | undefined;
  private readonly painters: PainterChoice;
  private readonly pointer: HeatmapPointer;

  constructor() {
    super();
    this.label = '';
    this.noun = 'block';
    this.droppedWord = 'dropped';
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
    this.sight = undefined;
    this.hovered = undefined;
    this.theme = 0;
    this.painter = undefined;
    this.painters = new PainterChoice(this, (painter) => (this.painter = painter));
    this.pointer = new HeatmapPointer({
      sight: () => this.sight,
      stage: () => this.stageElement,
      onSight: (sight) => (this.sight = sight),
      onHover: (hovered) => (this.hovered = hovered),
      onChoose: (cell) => this.choose(cell),
    });
    new ScreenWatch(this, {
      onSize: () => this.measure(),
      onPixelRatio: () => this.draw(),
      onTheme: () => this.theme++,
    });
  }

  /** What is drawn, for exports; undefined before the first picture. */
  get drawn(): HeatmapPicture | undefined {
    return this.picture;
  }

  /** The picture as it is on the screen, in device pixels. */
  snapshot(): HTMLCanvasElement | undefined {
    if (!this.painter || !this.sight || !this.picture) {
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
    const { aspect, cells, sight } = this;
    if (sight && cells && (changed.has('cells') || changed.has('aspect'))) {
      const { columns, rows } = cells;
      this.sight = ofGrid(sight, { rows, columns, aspect });
      if (this.sight !== sight) {
        this.hovered = undefined;
      }
    }
  }

  protected override updated(changed: PropertyValues): void {
    const has = (...names: readonly string[]) => names.some((name) => changed.has(name));
    if (!this.sight) {
      this.measure();
      return;
    }
    if (!this.painter) {
      if (this.isConnected) {
        // Counts as a change of its own, after which everything is new.
        this.painters.open();
      }
      return;
    }
    if (has('aspect')) {
      // The height of the stage follows; before the next picture, not after it.
      this.measure();
    }
    const hasColors = has('theme', 'dropped', 'painter');
    const hasCells = has('cells', 'scale', 'fullScale', 'painter');
    if (hasColors) {
      this.setColors();
    }
    if (hasCells) {
      this.setCells();
    }
    if (hasColors || hasCells || has('kept', 'sight')) {
      this.draw();
    }
    if (has('cells', 'sight', 'painter')) {
      this.dispatchEvent(new ViewEvent(cellsInView(this.sight.stage, this.sight.view)));
    }
    if (hasColors || hasCells) {
      // The legend is made of what has just been computed.
      this.requestUpdate();
    }
  }

  protected override render(): TemplateResult {
    const { hovered, pointer, selected, sight } = this;
    const facts = selected && this.describe(selected);
    return html`
      <div
        class="heatmap-stage ${pointer.isDown ? 'dragged' : ''}"
        role="application"
        tabindex="0"
        aria-roledescription="heatmap"
        aria-label="${this.label}. Arrow keys move from ${this.noun} to ${this.noun}, plus and minus zoom, Shift with arrows moves the picture."
        .style=${`--aspect: ${this.aspect}`}
        @keydown=${(event: KeyboardEvent) => this.onKey(event)}
        @wheel=${{ handleEvent: (event: WheelEvent) => pointer.wheel(event), passive: false }}
        @pointerdown=${(event: PointerEvent) => pointer.press(event)}
        @pointermove=${(event: PointerEvent) => pointer.move(event)}
        @pointerup=${(event: PointerEvent) => pointer.release(event)}
        @pointercancel=${() => pointer.cancel()}
        @pointerleave=${() => pointer.leave()}
        @dblclick=${(event: MouseEvent) => pointer.doubleClick(event)}
      >
        <div class="heatmap-layers"></div>
        ${selected && sight ? cursorFrame(sight, selected) : nothing}
        ${
          hovered && sight && !pointer.isMoving
            ? tooltip(sight, hovered, this.describe(hovered.cell))
            : nothing
        }
      </div>
      <div class="heatmap-bar">${this.renderZoom()} ${this.renderLegend()}</div>
      <div class="readout">
        <span role="status" class="heatmap-spoken">${facts ? sentence(facts) : ''}</span
        ><span class="muted" ?hidden=${facts !== undefined}
          >Point at a ${this.noun}, or use the arrow keys, to read it. The wheel zooms while the map
          has the focus.</span
        >
      </div>
    `;
  }

  private renderZoom(): TemplateResult {
    const button = (name: string, text: string, title: string, to: (sight: Sight) => Sight) =>
      html`<button
        type="button"
        class="small-button ${name}"
        title=${title}
        aria-label=${title}
        @click=${() => (this.sight = this.sight && to(this.sight))}
      >
        ${text}
      </button>`;
    const zoom = (factor: number) => (sight: Sight) =>
      zoomed(sight, factor, zoomCentre(sight, this.selected));
    return html`<span class="heatmap-zoom" role="group" aria-label="Zoom of ${this.label}">
      ${button('zoom-out', '−', 'Zoom out', zoom(1 / ZOOM_STEP))}
      ${button('zoom-in', '+', 'Zoom in', zoom(ZOOM_STEP))}
      ${button('zoom-fit', 'Fit', 'Show the whole matrix', whole)}
    </span>`;
  }

  private renderLegend(): TemplateResult | typeof nothing {
    const { cells, dropped, picture } = this;
    return picture
      ? legend({
          title: this.valueTitle,
          range: picture.range,
          colors: picture.colors,
          hasDropped: cells?.places !== undefined,
          droppedWord: this.droppedWord,
          isHidden: dropped === 'hide',
          format: this.formatValue,
        })
      : nothing;
  }

  private get stageElement(): HTMLElement | undefined {
    return this.querySelector<HTMLElement>('.heatmap-stage') ?? undefined;
  }

  private setColors(): void {
    this.picture = coloured(this.picture, this.stageElement, this.dropped);
    this.painter?.setColors(this.picture.colors);
  }

  private setCells(): void {
    const { cells, fullScale, picture, scale } = this;
    if (cells && picture) {
      this.picture = withCells(picture, cells, { fullScale, scale });
      this.painter?.setCells(this.picture.cells, cells.rows, cells.columns);
    }
  }

  private draw(): void {
    const { painter, sight } = this;
    if (!painter || !sight || !this.cells) {
      return;
    }
    const { stage, view } = sight;
    painter.draw(frameOf(stage, view, devicePixelRatio, this.kept, this.dropped === 'dim'));
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
    const { aspect, sight } = this;
    if (width !== sight?.stage.width || height !== sight.stage.height) {
      const { columns = 0, rows = 0 } = this.cells ?? {};
      this.sight = resized(sight, { width, height }, { rows, columns, aspect });
    }
  }

  private onKey(event: KeyboardEvent): void {
    const { cells, selected, sight } = this;
    const action = sight && cells && keyAction(event, sight, selected);
    if (action) {
      event.preventDefault();
      this.sight = action.sight;
      if (action.kind === 'choose') {
        this.choose(action.cell);
      }
    }
  }

  private choose(cell: Cell | undefined): void {
    this.selected = cell;
    this.dispatchEvent(new CellEvent(cell));
  }
}
