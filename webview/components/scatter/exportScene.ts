import type { Scene, Shape } from './scene';
import { textWidth } from './scene';
import { MARKER_RADIUS, scatterScene } from './scatterScene';
import type { ScatterView } from './scatterScene';

export interface ExportWords {
  readonly title: string;
  readonly caption: string;
}

const MARGIN = 16;
const HEAD = 52;

/** A whole picture for a file: the plot below a title and a legend. */
export function exportScene(view: ScatterView, { caption, title }: ExportWords): Scene {
  const { fontSize: size, height, width } = view;
  const legend = legendShapes(view, width - 2 * MARGIN);
  const top = HEAD + legend.height;
  const plot = scatterScene(view);
  const shapes: Shape[] = [
    ...legend.shapes.map((shape) => moved(shape, MARGIN, HEAD)),
    ...plot.shapes.map((shape) => moved(shape, 0, top)),
    ...plot.points.map(({ at, of, series }): Shape => ({
      kind: 'marker',
      at: { x: at.x, y: at.y + top },
      radius: MARKER_RADIUS,
      look: view.series[series]?.look ?? { marker: 'circle', color: '--vscode-foreground' },
      hollow: of.hollow === true,
    })),
  ];
  return {
    width,
    height: height + top,
    shapes: [line(title, 22, size * 1.2, true), line(caption, 42, size, false), ...shapes],
  };
}

function line(text: string, y: number, size: number, isBold: boolean): Shape {
  const ink = isBold ? 'foreground' : 'muted';
  return { kind: 'text', at: { x: MARGIN, y }, text, ink, size, anchor: 'start', isBold };
}

/** The series beside one another, in as many lines as they need. */
function legendShapes(
  { fontSize: size, series }: ScatterView,
  width: number,
): { readonly shapes: readonly Shape[]; readonly height: number } {
  const shapes: Shape[] = [];
  let [x, y] = [0, 0];
  for (const { label: text, look } of series) {
    const needed = textWidth(text, size) + 3 * size;
    if (x > 0 && x + needed > width) {
      [x, y] = [0, y + 1.6 * size];
    }
    const [middle, base] = [y + size, y + 1.35 * size];
    shapes.push(
      { kind: 'marker', at: { x: x + MARKER_RADIUS, y: middle }, radius: MARKER_RADIUS, look, hollow: false }, // prettier-ignore
      { kind: 'text', at: { x: x + 1.3 * size, y: base }, text, ink: 'foreground', size, anchor: 'start' }, // prettier-ignore
    );
    x += needed;
  }
  return { shapes, height: series.length > 0 ? y + 2 * size : 0 };
}

function moved(shape: Shape, dx: number, dy: number): Shape {
  const by = ({ x, y }: { readonly x: number; readonly y: number }) => ({ x: x + dx, y: y + dy });
  return shape.kind === 'line'
    ? { ...shape, places: shape.places.map(by) }
    : { ...shape, at: by(shape.at) };
}
