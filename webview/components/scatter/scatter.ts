import { html, nothing, svg } from 'lit';
import { repeat } from 'lit/directives/repeat.js';
import type { PropertyValues, TemplateResult } from 'lit';
import type { CurveCursor } from '../curveData';
import { LightElement } from '../lightElement';
import { markerPaths } from '../marker';
import type { Ink, Place, Scene, Shape } from './scene';
import { findPoint, movePoint, pointAt, spokenPoint } from './scatterData';
import type { ScatterMark, ScatterPoint, ScatterSeries } from './scatterData';
import { MARKER_RADIUS, scatterScene } from './scatterScene';
import type { PlacedPoint, ScatterAxis, ScatterScene, ScatterView } from './scatterScene';
import { exportScene } from './exportScene';
import type { ExportWords } from './exportScene';

/** How near, in CSS pixels, the mouse must come to a point. */
const REACH = 28;
const TOOLTIP_AWAY = 14;
/** Size of a plot in a file. */
const EXPORT = { width: 900, height: 520, fontSize: 13 };

/** A point was clicked, or Enter or Space pressed on it. */
export class PointEvent extends Event {
  constructor(readonly key: string) {
    super('point-select');
  }
}

/**
 * Points of several series over two logarithmic axes. The points are a list with one tab stop:
 * arrows lead along a series and from one to another, Enter chooses.
 */
export class PressScatter extends LightElement {
  static override properties = {
    label: {},
    series: { attribute: false },
    marks: { attribute: false },
    front: { attribute: false },
    x: { attribute: false },
    y: { attribute: false },
    selected: { attribute: false },
    width: { state: true },
    height: { state: true },
    hovered: { state: true },
    focused: { state: true },
    hasFocus: { state: true },
  };

  declare label: string;
  declare series: readonly ScatterSeries[];
  declare marks: readonly ScatterMark[];
  declare front: readonly Place[];
  declare x: ScatterAxis;
  declare y: ScatterAxis;
  /** Key of the chosen point. */
  declare selected: string | undefined;
  declare private width: number;
  declare private height: number;
  declare private hovered: string | undefined;
  /** The tab stop. */
  declare private focused: string | undefined;
  declare private hasFocus: boolean;

  private scene: ScatterScene | undefined;
  private observer: ResizeObserver | undefined;

  constructor() {
    super();
    this.label = '';
    this.series = [];
    this.marks = [];
    this.front = [];
    this.x = { title: '', format: String, isBytes: false };
    this.y = this.x;
    this.selected = undefined;
    this.width = 0;
    this.height = 0;
    this.hovered = undefined;
    this.focused = undefined;
    this.hasFocus = false;
  }

  override connectedCallback(): void {
    super.connectedCallback();
    this.observer = new ResizeObserver(() => this.measure());
    this.observer.observe(this);
  }

  override disconnectedCallback(): void {
    super.disconnectedCallback();
    this.observer?.disconnect();
  }

  /** The whole plot with a title and a legend, for a file. */
  exported(words: ExportWords): Scene {
    return exportScene(this.view(EXPORT), words);
  }

  protected override willUpdate(changed: PropertyValues): void {
    if (
      ['series', 'marks', 'front', 'x', 'y', 'width', 'height'].some((name) => changed.has(name))
    ) {
      const fontSize = parseFloat(getComputedStyle(this).fontSize) * 0.92;
      this.scene =
        this.width > 0
          ? scatterScene(this.view({ width: this.width, height: this.height, fontSize }))
          : undefined;
    }
  }

  protected override render(): TemplateResult {
    return html`<div
        class="scatter"
        @mousemove=${(event: MouseEvent) => (this.hovered = this.nearest(event)?.of.key)}
        @mouseleave=${() => (this.hovered = undefined)}
        @click=${(event: MouseEvent) => this.choose(this.nearest(event)?.of.key)}
      >
        ${this.scene ? this.renderScene(this.scene) : nothing}
      </div>
      <div class="readout">${this.renderReadout()}</div>`;
  }

  private renderScene(scene: ScatterScene): TemplateResult {
    const { height, points, shapes, width } = scene;
    const cursor = this.cursorKey;
    const pointed = points.find(({ of }) => of.key === cursor);
    const stop = this.stop(points);
    return html`<svg width=${width} height=${height} viewBox="0 0 ${width} ${height}">
        <g aria-hidden="true">${shapes.map((shape) => drawn(shape))}</g>
        <g
          role="listbox"
          aria-label=${this.label}
          @keydown=${(event: KeyboardEvent) => this.moveByKey(event)}
          @focusin=${() => (this.hasFocus = true)}
          @focusout=${() => (this.hasFocus = false)}
        >
          ${repeat(
            points,
            // So that the focus stays with its point when others come.
            ({ of }) => of.key,
            (placed) => this.renderPoint(placed, placed === stop),
          )}
        </g>
        ${pointed ? ring(pointed.at, MARKER_RADIUS + 3.4, 'scatter-cursor') : nothing}
      </svg>
      ${pointed ? tooltip(scene, pointed) : nothing}`;
  }

  private renderPoint({ at, of, point, series }: PlacedPoint, isStop: boolean): TemplateResult {
    const look = this.series[series]?.look;
    const isSelected = of.key === this.selected;
    return svg`<g
      role="option"
      tabindex=${isStop ? 0 : -1}
      aria-selected=${isSelected}
      aria-label=${spokenPoint(of)}
      data-point="${series}-${point}"
      class="scatter-point ${of.hollow ? 'hollow' : ''}"
      transform="translate(${at.x} ${at.y})"
      .style=${`color: var(${look?.color ?? ''}, currentColor)`}
      @focus=${() => (this.focused = of.key)}
    >
      ${isSelected ? svg`<circle class="scatter-selected" r=${MARKER_RADIUS + 4.4}></circle>` : nothing}
      <path
        transform="scale(${MARKER_RADIUS * (isSelected ? 1.25 : 1)})"
        d=${markerPaths[look?.marker ?? 'circle']}
      ></path>
    </g>`;
  }

  private renderReadout(): TemplateResult {
    const point = pointAt(this.series, findPoint(this.series, this.cursorKey));
    return html`${point ? spokenPoint(point) : html`<span class="muted">Point at the plot or use the arrow keys to read it; click or press Enter to choose a point.</span>`}`;
  }

  /** The point under the mouse, or the one with the focus. */
  private get cursorKey(): string | undefined {
    return this.hovered ?? (this.hasFocus ? this.focused : undefined);
  }

  /** The point that Tab leads to. */
  private stop(points: readonly PlacedPoint[]): PlacedPoint | undefined {
    const of = (key: string | undefined) => points.find((placed) => placed.of.key === key);
    return of(this.focused) ?? of(this.selected) ?? points[0];
  }

  private view(size: Pick<ScatterView, 'width' | 'height' | 'fontSize'>): ScatterView {
    const { front, marks, series, x, y } = this;
    return { front, marks, series, x, y, ...size };
  }

  private measure(): void {
    const stage = this.querySelector('.scatter');
    if (stage && stage.clientWidth > 0) {
      this.width = stage.clientWidth;
      this.height = stage.clientHeight;
    }
  }

  private nearest(event: MouseEvent): PlacedPoint | undefined {
    const stage = this.querySelector('.scatter')?.getBoundingClientRect();
    if (!stage) {
      return undefined;
    }
    const [x, y] = [event.clientX - stage.left, event.clientY - stage.top];
    let best: PlacedPoint | undefined;
    let distance = REACH;
    for (const placed of this.scene?.points ?? []) {
      const away = Math.hypot(placed.at.x - x, placed.at.y - y);
      if (away < distance) {
        [best, distance] = [placed, away];
      }
    }
    return best;
  }

  private choose(key: string | undefined): void {
    if (key !== undefined) {
      this.dispatchEvent(new PointEvent(key));
    }
  }

  private moveByKey(event: KeyboardEvent): void {
    if (event.ctrlKey || event.metaKey || event.altKey) {
      return;
    }
    if (event.key === 'Enter' || event.key === ' ') {
      event.preventDefault();
      this.choose(this.focused);
      return;
    }
    const next = movePoint(this.series, findPoint(this.series, this.focused), event.key);
    if (next) {
      event.preventDefault();
      this.hovered = undefined;
      this.focusOn(next);
    }
  }

  private focusOn({ point, series }: CurveCursor): void {
    this.querySelector<SVGElement>(`[data-point="${series}-${point}"]`)?.focus();
  }
}

/** The class of an ink; those of series have their colour as a style. */
function inkClass(ink: Ink): string {
  return typeof ink === 'string' ? `ink-${ink}` : 'ink-own';
}

function inkStyle(ink: Ink): string {
  return typeof ink === 'string' ? '' : `color: var(${ink.variable}, currentColor)`;
}

function drawn(shape: Shape): TemplateResult | typeof nothing {
  switch (shape.kind) {
    case 'line':
      return svg`<polyline
        class=${inkClass(shape.ink)}
        .style=${inkStyle(shape.ink)}
        points=${shape.places.map(({ x, y }) => `${x},${y}`).join(' ')}
        fill="none"
        stroke="currentColor"
        stroke-width=${shape.width}
        stroke-dasharray=${shape.dash?.join(' ') ?? nothing}
      ></polyline>`;
    case 'text': {
      const { anchor, at, ink, isTurned, size, text } = shape;
      return svg`<text
        class=${inkClass(ink)}
        x=${at.x}
        y=${at.y}
        fill="currentColor"
        font-size=${size}
        text-anchor=${anchor}
        transform=${isTurned ? `rotate(-90 ${at.x} ${at.y})` : nothing}
      >${text}</text>`;
    }
    case 'marker':
      return nothing;
  }
}

function ring({ x, y }: Place, radius: number, name: string): TemplateResult {
  return svg`<circle class=${name} cx=${x} cy=${y} r=${radius} aria-hidden="true"></circle>`;
}

/** What is known of a point, on the side where there is more room. */
function tooltip({ height, width }: Scene, { at, of }: PlacedPoint): TemplateResult {
  const across =
    at.x > width / 2 ? `right: ${width - at.x + TOOLTIP_AWAY}px` : `left: ${at.x + TOOLTIP_AWAY}px`;
  const along =
    at.y > height / 2
      ? `bottom: ${height - at.y + TOOLTIP_AWAY}px`
      : `top: ${at.y + TOOLTIP_AWAY}px`;
  return html`<dl class="heatmap-tooltip" aria-hidden="true" .style=${`${across}; ${along}`}>
    <dt class="tooltip-title">${of.title}</dt>
    ${of.facts.map(
      ([term, value]) =>
        html`<dt>${term}</dt>
          <dd>${value}</dd>`,
    )}
  </dl>`;
}

export type { ScatterPoint };
