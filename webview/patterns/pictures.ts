import { base64 } from '../base64';
import { LEVELS, hexColor, levelRgb } from '../components/heatmap/colorScale';
import { frameOf } from '../components/heatmap/frame';
import type { PressHeatmap } from '../components/heatmap/heatmap';
import type { HeatmapPicture } from '../components/heatmap/picture';
import { legendShares, valueAt } from '../components/heatmap/levels';
import { paint } from '../components/heatmap/paint';
import { fit } from '../components/heatmap/viewport';
import { MOST_RECTANGLES, mapSvg } from './svg';
import type { SvgPicture } from './svg';

export type PictureWords = Pick<SvgPicture, 'title' | 'caption' | 'legendTitle' | 'format'>;

/** Longer side of the whole map in an export. */
const SIDE = 1024;

/** The map as it is on the screen, with title and legend, as a PNG. */
export async function mapPng(heatmap: PressHeatmap, words: PictureWords): Promise<ArrayBuffer> {
  const map = heatmap.snapshot();
  const picture = heatmap.drawn;
  if (!map || !picture) {
    throw new Error('There is no picture to export yet.');
  }
  const scale = devicePixelRatio;
  const [margin, head, foot] = [14 * scale, 54 * scale, 62 * scale];
  const canvas = document.createElement('canvas');
  canvas.width = map.width + 2 * margin;
  canvas.height = map.height + head + foot;
  const context = contextOf(canvas);
  context.fillStyle = hexColor(picture.background);
  context.fillRect(0, 0, canvas.width, canvas.height);
  context.fillStyle = hexColor(picture.foreground);
  context.font = `${15 * scale}px sans-serif`;
  context.fillText(words.title, margin, 22 * scale, map.width);
  context.font = `${12 * scale}px sans-serif`;
  context.fillText(words.caption, margin, 42 * scale, map.width);
  context.drawImage(map, margin, head);
  drawLegend(context, picture, words, margin, head + map.height + 10 * scale, scale);
  return pngBytes(canvas);
}

/** The whole map with title and legend, as an SVG. */
export async function mapSvgFile(heatmap: PressHeatmap, words: PictureWords): Promise<ArrayBuffer> {
  const picture = heatmap.drawn;
  const { cells, kept, aspect } = heatmap;
  if (!picture || !cells) {
    throw new Error('There is no picture to export yet.');
  }
  const width = Math.round(Math.min(SIDE, SIDE * aspect));
  const height = Math.round(width / aspect);
  const { rows, columns } = cells;
  const view: SvgPicture = { ...words, rows, columns, kept, width, height };
  const image =
    rows * columns <= MOST_RECTANGLES
      ? undefined
      : `data:image/png;base64,${base64(new Uint8Array(await wholePng(picture, view)))}`;
  const bytes = new TextEncoder().encode(mapSvg(view, picture, image));
  return bytes.buffer;
}

/** A cell is a pixel where there is room, else several are averaged, as on the screen. */
async function wholePng(picture: HeatmapPicture, view: SvgPicture): Promise<ArrayBuffer> {
  const { columns, kept, rows } = view;
  const [width, height] = [Math.min(columns, 2 * SIDE), Math.min(rows, 2 * SIDE)];
  const stage = { width, height, rows, columns, aspect: width / height };
  const canvas = document.createElement('canvas');
  canvas.width = width;
  canvas.height = height;
  const context = contextOf(canvas);
  const image = context.createImageData(width, height);
  paint(
    frameOf(stage, fit(stage), 1, kept, false),
    picture.cells,
    picture.colors,
    new Uint32Array(image.data.buffer),
  );
  context.putImageData(image, 0, 0);
  return pngBytes(canvas);
}

function drawLegend(
  context: CanvasRenderingContext2D,
  { cells, colors, foreground, range }: HeatmapPicture,
  { format, legendTitle }: PictureWords,
  left: number,
  top: number,
  scale: number,
): void {
  const width = 240 * scale;
  for (let level = 0; level < LEVELS; level++) {
    context.fillStyle = hexColor(levelRgb(colors, level));
    context.fillRect(left + (level / LEVELS) * width, top, width / LEVELS + 1, 10 * scale);
  }
  context.fillStyle = hexColor(foreground);
  context.font = `${11 * scale}px sans-serif`;
  const aligns = ['left', 'center', 'right'] as const;
  legendShares.forEach((share, index) => {
    context.textAlign = aligns[index] ?? 'left';
    context.fillText(format(valueAt(range, share)), left + share * width, top + 24 * scale);
  });
  context.textAlign = 'left';
  const words = cells.places ? `${legendTitle}; grey: dropped` : legendTitle;
  context.fillText(words, left, top + 41 * scale);
}

function contextOf(canvas: HTMLCanvasElement): CanvasRenderingContext2D {
  const context = canvas.getContext('2d');
  if (!context) {
    throw new Error('The browser has no memory left for a picture of this size.');
  }
  return context;
}

function pngBytes(canvas: HTMLCanvasElement): Promise<ArrayBuffer> {
  return new Promise((resolve, reject) => {
    canvas.toBlob((blob) => {
      if (blob) {
        resolve(blob.arrayBuffer());
      } else {
        reject(new Error('The browser could not make a PNG of this picture.'));
      }
    }, 'image/png');
  });
}
