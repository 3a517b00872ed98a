import { byteTicks, decimalTicks, logRange, shareOf } from './axes';
import type { Place, Scene, Shape } from './scene';
import { textWidth } from './scene';
import type { ScatterMark, ScatterPoint, ScatterSeries } from './scatterData';

export interface ScatterAxis {
  readonly title: string;
  readonly format: (value: number) => string;
  /** Whether its round numbers are those of bytes. */
  readonly isBytes: boolean;
}

export interface ScatterView {
  readonly series: readonly ScatterSeries[];
  readonly marks: readonly ScatterMark[];
  /** Corners of a staircase from left to right: the least y at each x. */
  readonly front: readonly Place[];
  readonly x: ScatterAxis;
  readonly y: ScatterAxis;
  readonly width: number;
  readonly height: number;
  readonly fontSize: number;
}

export interface PlacedPoint {
  readonly series: number;
  readonly point: number;
  readonly of: ScatterPoint;
  readonly at: Place;
}

export interface ScatterScene extends Scene {
  /** Left to right and top to bottom of the data. */
  readonly frame: { readonly left: number; readonly top: number; right: number; bottom: number };
  readonly points: readonly PlacedPoint[];
}

export const MARKER_RADIUS = 4.6;

/** Where everything of a scatter plot lies; markers apart, which the page makes its own of. */
export function scatterScene(view: ScatterView): ScatterScene {
  const { fontSize, height, marks, series, width } = view;
  const values = series.flatMap(({ points }) => points);
  const x = logRange([...values.map((point) => point.x), ...marks.map((mark) => mark.x)]);
  const y = logRange(values.map((point) => point.y));
  const yTicks = ticksOf(view.y, y, Math.floor(height / (3 * fontSize)));
  const widest = Math.max(
    ...yTicks.map((tick) => textWidth(view.y.format(tick), fontSize)),
    3 * fontSize,
  );
  const frame = {
    left: widest + 2.4 * fontSize,
    top: 1.8 * fontSize,
    right: width - 1.7 * fontSize,
    bottom: height - 3.2 * fontSize,
  };
  const xTicks = ticksOf(
    view.x,
    x,
    Math.max(2, Math.floor((frame.right - frame.left) / (5.5 * fontSize))),
  );
  const place = (point: Place): Place => ({
    x: frame.left + shareOf(x, point.x) * (frame.right - frame.left),
    y: frame.bottom - shareOf(y, point.y) * (frame.bottom - frame.top),
  });
  const atX = (value: number) => place({ x: value, y: y.low }).x;
  const atY = (value: number) => place({ x: x.low, y: value }).y;
  return {
    width,
    height,
    frame,
    shapes: [
      ...xTicks.flatMap((tick) => xTick(atX(tick), view.x.format(tick), frame, fontSize)),
      ...yTicks.flatMap((tick) => yTick(atY(tick), view.y.format(tick), frame, fontSize)),
      ...titles(view, frame),
      ...markShapes(marks, atX, frame, fontSize),
      ...staircase(view.front.map(place), frame.right),
      ...series.flatMap(({ look, points }) => joined(points.map(place), look.color)),
    ],
    points: series.flatMap(({ points }, index) =>
      points.map((of, point) => ({ series: index, point, of, at: place(of) })),
    ),
  };
}

type Frame = ScatterScene['frame'];

function ticksOf(
  { isBytes }: ScatterAxis,
  range: { readonly low: number; readonly high: number },
  most: number,
): readonly number[] {
  return isBytes ? byteTicks(range, most) : decimalTicks(range, Math.max(2, most));
}

function xTick(x: number, text: string, { bottom, top }: Frame, size: number): Shape[] {
  return [
    { kind: 'line', places: [{ x, y: top }, { x, y: bottom + 4 }], ink: 'grid', width: 1 }, // prettier-ignore
    { kind: 'text', at: { x, y: bottom + 1.4 * size }, text, ink: 'muted', size, anchor: 'middle' },
  ];
}

function yTick(y: number, text: string, { left, right }: Frame, size: number): Shape[] {
  const at = { x: left - 8, y: y + 0.35 * size };
  return [
    { kind: 'line', places: [{ x: left - 4, y }, { x: right, y }], ink: 'grid', width: 1 }, // prettier-ignore
    { kind: 'text', at, text, ink: 'muted', size, anchor: 'end' },
  ];
}

function titles({ fontSize: size, height, x, y }: ScatterView, frame: Frame): Shape[] {
  const { bottom, left, right, top } = frame;
  const below = { x: (left + right) / 2, y: height - 0.5 * size };
  const beside = { x: size, y: (top + bottom) / 2 };
  return [
    { kind: 'text', at: below, text: x.title, ink: 'muted', size, anchor: 'middle' },
    { kind: 'text', at: beside, text: y.title, ink: 'muted', size, anchor: 'middle', isTurned: true }, // prettier-ignore
  ];
}

/** Lines over the whole height, their names above them as far as the plot is wide. */
function markShapes(
  marks: readonly ScatterMark[],
  atX: (value: number) => number,
  { bottom, left, right, top }: Frame,
  size: number,
): Shape[] {
  return marks.flatMap(({ label: text, x: value }): Shape[] => {
    const x = atX(value);
    const half = textWidth(text, size) / 2;
    const anchor = x + half > right ? 'end' : x - half < left ? 'start' : 'middle';
    const places = [{ x, y: top }, { x, y: bottom }]; // prettier-ignore
    return [
      { kind: 'line', places, ink: 'foreground', width: 1.25, dash: [6, 3] },
      { kind: 'text', at: { x, y: top - 0.5 * size }, text, ink: 'foreground', size, anchor },
    ];
  });
}

function staircase(corners: readonly Place[], right: number): Shape[] {
  if (corners.length === 0) {
    return [];
  }
  const places = corners.flatMap((corner, index) => {
    const next = corners[index + 1];
    return [corner, { x: next?.x ?? right, y: corner.y }];
  });
  return [{ kind: 'line', places, ink: 'muted', width: 1, dash: [2, 3] }];
}

function joined(places: readonly Place[], variable: string): Shape[] {
  return places.length > 1 ? [{ kind: 'line', places, ink: { variable }, width: 1.4 }] : [];
}
