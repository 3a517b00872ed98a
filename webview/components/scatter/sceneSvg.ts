import { escapeXml } from '../../xml';
import { markerPaths } from '../marker';
import { OUTLINE } from './scene';
import type { Ink, Scene, Shape } from './scene';

/** The colours that a picture has in a file. */
export interface Inks {
  readonly background: string;
  readonly of: (ink: Ink) => string;
}

/** A picture as a file of its own. */
export function sceneSvg({ height, shapes, width }: Scene, inks: Inks, title: string): string {
  return [
    `<svg xmlns="http://www.w3.org/2000/svg" width="${width}" height="${height}" viewBox="0 0 ${width} ${height}" font-family="sans-serif">`,
    `<title>${escapeXml(title)}</title>`,
    `<rect width="100%" height="100%" fill="${escapeXml(inks.background)}"/>`,
    ...shapes.map((shape) => shapeSvg(shape, inks)),
    '</svg>',
    '',
  ].join('\n');
}

function shapeSvg(shape: Shape, inks: Inks): string {
  switch (shape.kind) {
    case 'line': {
      const places = shape.places.map(({ x, y }) => `${short(x)},${short(y)}`).join(' ');
      const dash = shape.dash ? ` stroke-dasharray="${shape.dash.join(' ')}"` : '';
      return `<polyline points="${places}" fill="none" stroke="${escapeXml(inks.of(shape.ink))}" stroke-width="${shape.width}"${dash}/>`;
    }
    case 'text': {
      const { anchor, at, ink, isBold, isTurned, size, text } = shape;
      const [x, y] = [short(at.x), short(at.y)];
      const turned = isTurned ? ` transform="rotate(-90 ${x} ${y})"` : '';
      const weight = isBold ? ' font-weight="600"' : '';
      return `<text x="${x}" y="${y}" font-size="${short(size)}" text-anchor="${anchor}" fill="${escapeXml(inks.of(ink))}"${weight}${turned}>${escapeXml(text)}</text>`;
    }
    case 'marker': {
      const { at, hollow, look, radius } = shape;
      const color = escapeXml(inks.of({ variable: look.color }));
      const fill = hollow ? escapeXml(inks.background) : color;
      return `<path transform="translate(${short(at.x)} ${short(at.y)}) scale(${radius})" d="${markerPaths[look.marker]}" fill="${fill}" stroke="${color}" stroke-width="${hollow ? OUTLINE : 0}"/>`;
    }
  }
}

const short = (value: number): number => Number(value.toFixed(2));
