import { readTheme } from '../../theme';
import { markerPaths } from '../marker';
import { OUTLINE } from './scene';
import type { Scene, Shape } from './scene';
import type { Inks } from './sceneSvg';

/** Those of the page as it is on the screen. */
export function themeInks(): Inks {
  const theme = readTheme();
  return {
    background: theme.background,
    of: (ink) =>
      typeof ink === 'string'
        ? { foreground: theme.foreground, muted: theme.muted, grid: theme.grid }[ink]
        : theme.color(ink.variable),
  };
}

/** A picture as a PNG. @param scale pixels for each unit of it. */
export async function scenePng(scene: Scene, inks: Inks, scale: number): Promise<ArrayBuffer> {
  const canvas = document.createElement('canvas');
  canvas.width = Math.round(scene.width * scale);
  canvas.height = Math.round(scene.height * scale);
  const context = canvas.getContext('2d');
  if (!context) {
    throw new Error('The browser has no memory left for a picture of this size.');
  }
  context.fillStyle = inks.background;
  context.fillRect(0, 0, canvas.width, canvas.height);
  context.scale(scale, scale);
  for (const shape of scene.shapes) {
    context.save();
    paintShape(context, shape, inks);
    context.restore();
  }
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

function paintShape(context: CanvasRenderingContext2D, shape: Shape, inks: Inks): void {
  switch (shape.kind) {
    case 'line': {
      context.strokeStyle = inks.of(shape.ink);
      context.lineWidth = shape.width;
      context.setLineDash([...(shape.dash ?? [])]);
      context.beginPath();
      shape.places.forEach(({ x, y }) => context.lineTo(x, y));
      context.stroke();
      return;
    }
    case 'text': {
      const { anchor, at, ink, isBold, isTurned, size, text } = shape;
      context.fillStyle = inks.of(ink);
      context.font = `${isBold ? '600 ' : ''}${size}px sans-serif`;
      context.textAlign = anchor === 'middle' ? 'center' : anchor;
      context.translate(at.x, at.y);
      if (isTurned) {
        context.rotate(-Math.PI / 2);
      }
      context.fillText(text, 0, 0);
      return;
    }
    case 'marker': {
      const { at, hollow, look, radius } = shape;
      const path = new Path2D(markerPaths[look.marker]);
      const color = inks.of({ variable: look.color });
      context.translate(at.x, at.y);
      context.scale(radius, radius);
      context.fillStyle = hollow ? inks.background : color;
      context.fill(path);
      if (hollow) {
        context.strokeStyle = color;
        context.lineWidth = OUTLINE;
        context.stroke(path);
      }
    }
  }
}
