import type { HeatmapPicture } from '../components/heatmap/picture';
import { LEVELS, hexColor, levelRgb } from '../components/heatmap/colorScale';
import { legendShares, valueAt } from '../components/heatmap/levels';
import { escapeXml } from '../xml';

/** Beyond this many cells rectangles make a file that viewers choke on. */
export const MOST_RECTANGLES = 20_000;

const MARGIN = 16;
const LEGEND_WIDTH = 240;

export interface SvgPicture {
  readonly title: string;
  readonly caption: string;
  readonly rows: number;
  readonly columns: number;
  readonly kept: number;
  /** Units of the drawing. */
  readonly width: number;
  readonly height: number;
  readonly legendTitle: string;
  readonly format: (value: number) => string;
}

/**
 * The whole map with title and legend: small grids as rectangles, one path per colour; large ones
 * as the PNG in `image`, a data address.
 */
export function mapSvg(view: SvgPicture, picture: HeatmapPicture, image?: string): string {
  const { width, height } = view;
  const total = { width: Math.max(width, LEGEND_WIDTH) + 2 * MARGIN, height: height + 130 };
  const ink = hexColor(picture.foreground);
  return [
    `<svg xmlns="http://www.w3.org/2000/svg" width="${total.width}" height="${total.height}" viewBox="0 0 ${total.width} ${total.height}" font-family="sans-serif" fill="${ink}">`,
    `<title>${escapeXml(view.title)}</title>`,
    `<rect width="100%" height="100%" fill="${hexColor(picture.background)}"/>`,
    `<text x="${MARGIN}" y="26" font-size="15">${escapeXml(view.title)}</text>`,
    `<text x="${MARGIN}" y="46" font-size="12">${escapeXml(view.caption)}</text>`,
    `<g transform="translate(${MARGIN} 60)">`,
    image === undefined
      ? rectangles(view, picture)
      : `<image width="${width}" height="${height}" preserveAspectRatio="none" image-rendering="pixelated" href="${image}"/>`,
    '</g>',
    svgLegend(view, picture, height + 78),
    '</svg>',
    '',
  ].join('\n');
}

function rectangles(
  { columns, height, kept, rows, width }: SvgPicture,
  { cells: { levels, places }, colors }: HeatmapPicture,
): string {
  const paths = new Map<string, string>();
  for (let cell = 0; cell < rows * columns; cell++) {
    const isDropped = places !== undefined && (places[cell] ?? 0) >= kept;
    const color = hexColor(levelRgb(colors, (levels[cell] ?? 0) + (isDropped ? LEVELS : 0)));
    const path = `M${cell % columns} ${Math.floor(cell / columns)}h1v1h-1z`;
    paths.set(color, (paths.get(color) ?? '') + path);
  }
  const scale = `scale(${width / columns} ${height / rows})`;
  const drawn = [...paths].map(([color, path]) => `<path fill="${color}" d="${path}"/>`);
  return `<g transform="${scale}" shape-rendering="crispEdges">\n${drawn.join('\n')}\n</g>`;
}

function svgLegend(
  { format, legendTitle }: SvgPicture,
  { cells, colors, range }: HeatmapPicture,
  top: number,
): string {
  const steps = 32;
  const bars = Array.from({ length: steps }, (_, step) => {
    const color = hexColor(levelRgb(colors, (step / (steps - 1)) * (LEVELS - 1)));
    const size = LEGEND_WIDTH / steps;
    return `<rect x="${MARGIN + step * size}" y="${top}" width="${size + 0.5}" height="10" fill="${color}"/>`;
  });
  const anchors = ['start', 'middle', 'end'];
  const ticks = legendShares.map(
    (share, index) =>
      `<text x="${MARGIN + share * LEGEND_WIDTH}" y="${top + 24}" font-size="11" text-anchor="${anchors[index]}">${escapeXml(format(valueAt(range, share)))}</text>`,
  );
  const words = cells.places ? `${legendTitle}; grey: dropped` : legendTitle;
  return [
    ...bars,
    ...ticks,
    `<text x="${MARGIN}" y="${top + 40}" font-size="11">${escapeXml(words)}</text>`,
  ].join('\n');
}
