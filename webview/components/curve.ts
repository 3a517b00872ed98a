import { html } from 'lit';
import type { PropertyValues, TemplateResult } from 'lit';
import uPlot from 'uplot';
import { onThemeChange, readTheme } from '../theme';
import type { Theme } from '../theme';
import { alignSeries, logTicks, moveCursor, nearestIndex } from './curveData';
import type { CurveMark, CurveCursor, CurvePoint, CurveSeries } from './curveData';
import { LightElement } from './lightElement';
import { CurvePainter } from './curvePainter';
import { lookOf } from './marker';
import type { SeriesLook } from './marker';

/** Beyond this many points a marker on each would only be a thick line. */
const MOST_MARKERS = 60;
/** How near, in CSS pixels, the mouse must come to a point. */
const REACH = 40;

/** A point was clicked, or Enter pressed on it. */
export class CurvePickEvent extends Event {
  constructor(
    readonly series: string,
    readonly point: CurvePoint,
  ) {
    super('curve-pick');
  }
}

/**
 * A line or bar plot on a canvas, with a cursor for mouse and keyboard that says in words where it
 * is: left and right along a series, up and down between series, Escape to leave.
 */
export class PressCurve extends LightElement {
  static override properties = {
    label: {},
    kind: {},
    series: { attribute: false },
    marks: { attribute: false },
    hiddenSeries: { attribute: false },
    logX: { attribute: false },
    logY: { attribute: false },
    xTitle: { attribute: false },
    yTitle: { attribute: false },
    formatX: { attribute: false },
    formatY: { attribute: false },
    describe: { attribute: false },
    spoken: { state: true },
  };

  declare label: string;
  declare kind: 'line' | 'bars';
  declare series: readonly CurveSeries[];
  declare marks: readonly CurveMark[];
  declare hiddenSeries: ReadonlySet<string>;
  declare logX: boolean;
  declare logY: boolean;
  declare xTitle: string;
  declare yTitle: string;
  declare formatX: (x: number) => string;
  declare formatY: (y: number) => string;
  /** A point in words, for the line below the plot. */
  declare describe: (series: CurveSeries, index: number) => string;
  declare spoken: string;

  private plot: uPlot | undefined;
  private theme: Theme | undefined;
  private cursor: CurveCursor | undefined;
  private observer: ResizeObserver | undefined;
  private stopTheme: (() => void) | undefined;

  constructor() {
    super();
    this.label = '';
    this.kind = 'line';
    this.series = [];
    this.marks = [];
    this.hiddenSeries = new Set();
    this.logX = false;
    this.logY = false;
    this.xTitle = '';
    this.yTitle = '';
    this.formatX = String;
    this.formatY = String;
    this.describe = (series, index) => {
      const point = series.points[index];
      return point
        ? `${series.label}: ${this.formatX(point.x)}, ${this.formatY(point.y)}`
        : series.label;
    };
    this.spoken = '';
  }

  override connectedCallback(): void {
    super.connectedCallback();
    this.stopTheme = onThemeChange(() => this.rebuild());
    this.observer = new ResizeObserver(() => this.resize());
    this.observer.observe(this);
  }

  override disconnectedCallback(): void {
    super.disconnectedCallback();
    this.stopTheme?.();
    this.observer?.disconnect();
    this.plot?.destroy();
    this.plot = undefined;
  }

  protected override render(): TemplateResult {
    return html`
      <div
        class="plot"
        role="application"
        tabindex="0"
        aria-roledescription="plot"
        aria-label="${this.label}. Arrow keys move from point to point."
        @keydown=${(event: KeyboardEvent) => this.moveByKey(event)}
        @blur=${() => this.place(undefined)}
        @mousemove=${(event: MouseEvent) => this.moveByMouse(event)}
        @mouseleave=${() => this.place(undefined)}
        @click=${() => this.pick()}
      ></div>
      <div class="readout">
        <span role="status">${this.spoken}</span
        ><span class="muted" ?hidden=${this.spoken !== ''}
          >Point at the plot or use the arrow keys to read it.</span
        >
      </div>
    `;
  }

  protected override updated(changed: PropertyValues): void {
    const names = [...changed.keys()].filter((name) => name !== 'spoken');
    if (names.length === 0) {
      return;
    }
    if (this.plot && names.every((name) => name === 'marks')) {
      // Marks follow a slider; the axes and lines are what they were.
      this.plot.redraw(false);
      return;
    }
    if (
      changed.has('series') &&
      !this.isStillThere(changed.get('series') as readonly CurveSeries[])
    ) {
      this.place(undefined);
    }
    this.rebuild();
  }

  private get stage(): HTMLElement | undefined {
    return this.querySelector<HTMLElement>('.plot') ?? undefined;
  }

  private rebuild(): void {
    const stage = this.stage;
    if (!stage || stage.clientWidth === 0) {
      return;
    }
    this.plot?.destroy();
    this.theme = readTheme();
    this.plot = new uPlot(
      this.options(stage, this.theme),
      alignSeries(this.series, this.logY),
      stage,
    );
  }

  private resize(): void {
    const stage = this.stage;
    if (!stage || stage.clientWidth === 0) {
      return;
    }
    if (!this.plot) {
      this.rebuild();
    } else if (this.plot.width !== stage.clientWidth || this.plot.height !== stage.clientHeight) {
      this.plot.setSize({ width: stage.clientWidth, height: stage.clientHeight });
    }
  }

  private options(stage: HTMLElement, theme: Theme): uPlot.Options {
    const axis = (title: string, format: (value: number) => string): uPlot.Axis => ({
      label: title,
      labelFont: theme.font,
      labelSize: 20,
      labelGap: 2,
      font: theme.font,
      stroke: theme.muted,
      gap: 4,
      grid: { show: !theme.isHighContrast, stroke: theme.grid, width: 1 },
      ticks: { stroke: theme.grid, width: 1, size: 4 },
      border: { show: theme.isHighContrast, stroke: theme.foreground, width: 1 },
      values: (_, splits) => splits.map((value) => (value == null ? '' : format(value))),
    });
    return {
      width: stage.clientWidth,
      height: stage.clientHeight,
      legend: { show: false },
      cursor: { show: false },
      padding: [18, 14, 0, 0],
      scales: {
        x: {
          time: false,
          distr: this.logX ? 3 : 1,
          range: (_, min, max) => (this.kind === 'bars' ? this.binRange() : this.xRange(min, max)),
        },
        y: this.logY
          ? { distr: 3 }
          : { range: (_, min, max) => [Math.min(0, min * 1.06), max > 0 ? max * 1.06 : 1] },
      },
      axes: [
        { ...axis(this.xTitle, this.formatX), ...(this.logX ? logAxis : {}), space: 56, size: 26 },
        { ...axis(this.yTitle, this.formatY), space: 32, size: 58 },
      ],
      series: [{}, ...this.series.map((one) => this.seriesOptions(one, theme))],
      hooks: { draw: [(plot) => this.draw(plot)] },
    };
  }

  private xRange(min: number, max: number): [number, number] {
    if (!this.logX) {
      return padded(min, max);
    }
    const [low, high] = padded(Math.log10(min), Math.log10(max));
    return [10 ** low, 10 ** high];
  }

  /** From the left edge of the first bar to the right edge of the last. */
  private binRange(): [number, number] {
    const points = this.series[0]?.points ?? [];
    const [low, high] = [points[0]?.x ?? 0, points.at(-1)?.x ?? 1];
    const half = points.length > 1 ? (high - low) / (points.length - 1) / 2 : 0.5;
    return [low - half, high + half];
  }

  private seriesOptions(series: CurveSeries, theme: Theme): uPlot.Series {
    const color = theme.color(lookFor(series).color);
    const bars = uPlot.paths.bars;
    return {
      label: series.label,
      show: !this.hiddenSeries.has(series.id),
      stroke: color,
      width: this.kind === 'bars' ? 0 : 1.75,
      ...(series.dashed ? { dash: [6, 4] } : {}),
      spanGaps: true,
      points: { show: false },
      ...(this.kind === 'bars' && bars
        ? { paths: bars({ size: [0.92, Infinity], align: 0 }), fill: color }
        : {}),
    };
  }

  /** What lies over the lines: markers, marks, the cursor. */
  private draw(plot: uPlot): void {
    const { theme } = this;
    if (!theme) {
      return;
    }
    const painter = new CurvePainter(plot, theme, this.logY);
    painter.verticalMarks(this.marks.filter(({ y }) => y === undefined));
    if (this.kind === 'line') {
      this.series
        .filter(({ id, points }) => !this.hiddenSeries.has(id) && points.length <= MOST_MARKERS)
        .forEach((one) => painter.markers(one.points, lookFor(one), one.dashed));
    }
    this.marks.forEach(({ x, y }) => {
      if (y !== undefined) {
        painter.ring({ x, y }, { color: theme.foreground, radius: 8, width: 1.5 });
      }
    });
    const point = this.pointAtCursor();
    if (point) {
      painter.verticalLine(point.x, theme.accent);
      if (this.kind === 'line') {
        painter.ring(point, { color: theme.accent, radius: 6, width: 2 });
      }
    }
  }

  private pointAtCursor(): CurvePoint | undefined {
    return this.cursor && this.series[this.cursor.series]?.points[this.cursor.point];
  }

  /** Whether the cursor is where it was: a curve that grows does not take the reader's place. */
  private isStillThere(before: readonly CurveSeries[] | undefined): boolean {
    const { cursor } = this;
    if (!cursor) {
      return true;
    }
    const [old, now] = [before, this.series].map((series) => series?.[cursor.series]);
    const [from, to] = [old?.points[cursor.point], now?.points[cursor.point]];
    return old?.id === now?.id && to !== undefined && from?.x === to.x && from.y === to.y;
  }

  private place(cursor: CurveCursor | undefined): void {
    if (cursor?.series === this.cursor?.series && cursor?.point === this.cursor?.point) {
      return;
    }
    this.cursor = cursor;
    const series = cursor && this.series[cursor.series];
    this.spoken = cursor && series ? this.describe(series, cursor.point) : '';
    this.plot?.redraw(false);
  }

  private pick(): void {
    const series = this.cursor && this.series[this.cursor.series];
    const point = this.pointAtCursor();
    if (series && point) {
      this.dispatchEvent(new CurvePickEvent(series.id, point));
    }
  }

  private moveByKey(event: KeyboardEvent): void {
    if (event.key === 'Escape') {
      this.place(undefined);
      return;
    }
    if (event.key === 'Enter') {
      this.pick();
      return;
    }
    const next = moveCursor(this.series, this.hiddenSeries, this.cursor, event.key);
    if (next) {
      event.preventDefault();
      this.place(next);
    }
  }

  private moveByMouse(event: MouseEvent): void {
    const { plot } = this;
    if (!plot) {
      return;
    }
    const box = plot.over.getBoundingClientRect();
    const [left, top] = [event.clientX - box.left, event.clientY - box.top];
    let best: CurveCursor | undefined;
    let distance = Infinity;
    this.series.forEach((series, index) => {
      if (this.hiddenSeries.has(series.id) || series.points.length === 0) {
        return;
      }
      const candidates =
        series.points.length > MOST_MARKERS || this.kind === 'bars'
          ? [nearestIndex(series.points, plot.posToVal(left, 'x'))]
          : series.points.keys();
      for (const at of candidates) {
        const point = series.points[at];
        if (!point) {
          continue;
        }
        const dx = plot.valToPos(point.x, 'x') - left;
        const dy = plot.valToPos(point.y, 'y') - top;
        const away =
          this.kind === 'bars' || this.series.length === 1 ? Math.abs(dx) : Math.hypot(dx, dy);
        if (away < distance) {
          distance = away;
          best = { series: index, point: at };
        }
      }
    });
    this.place(distance <= REACH ? best : undefined);
  }
}

const logAxis: Partial<uPlot.Axis> = {
  splits: (_, __, min, max) => logTicks(min, max),
  filter: (_, splits) => splits,
};

function lookFor({ id, look }: CurveSeries): SeriesLook {
  return look ?? lookOf(id);
}

function padded(min: number, max: number): [number, number] {
  const pad = (max - min || 1) * 0.03;
  return [min - pad, max + pad];
}
