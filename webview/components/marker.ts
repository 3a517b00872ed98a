import { html, svg } from 'lit';
import type { TemplateResult } from 'lit';

/** Outlines around the origin, of about unit radius; so that colour is never the only carrier. */
export const markerPaths = {
  circle: 'M1 0A1 1 0 1 1 -1 0A1 1 0 1 1 1 0Z',
  square: 'M-.88-.88H.88V.88H-.88Z',
  diamond: 'M0-1.25L1.25 0L0 1.25L-1.25 0Z',
  triangle: 'M0-1.15L1.15.95H-1.15Z',
  plus: 'M-.4-1.15H.4V-.4H1.15V.4H.4V1.15H-.4V.4H-1.15V-.4H-.4Z',
  cross:
    'M-1.1-.55L-.55-1.1L0-.55L.55-1.1L1.1-.55L.55 0L1.1 .55L.55 1.1L0 .55L-.55 1.1L-1.1 .55L-.55 0Z',
  nabla: 'M0 1.15L1.15-.95H-1.15Z',
  star: 'M0-1.45L.41-.57L1.38-.45L.67.22L.85 1.17L0 .71L-.85 1.17L-.67.22L-1.38-.45L-.41-.57Z',
  hourglass: 'M-1.05-1.05H1.05L.3 0L1.05 1.05H-1.05L-.3 0Z',
} as const;

export type Marker = keyof typeof markerPaths;

export interface SeriesLook {
  readonly marker: Marker;
  /** A theme variable. */
  readonly color: string;
}

/** VS Code's orange of charts is a dark brown on dark themes; this is bright enough on all. */
const CYAN = '--vscode-terminal-ansiCyan';

const looks: Readonly<Record<string, SeriesLook>> = {
  svd: { marker: 'circle', color: '--vscode-charts-blue' },
  cp: { marker: 'triangle', color: '--vscode-charts-yellow' },
  tucker: { marker: 'square', color: '--vscode-charts-green' },
  tt: { marker: 'diamond', color: '--vscode-charts-purple' },
  kronecker: { marker: 'plus', color: '--vscode-charts-red' },
  block: { marker: 'cross', color: CYAN },
  kpd: { marker: 'nabla', color: '--vscode-charts-foreground' },
  neukron: { marker: 'star', color: '--vscode-charts-foreground' },
  kronfit: { marker: 'plus', color: '--vscode-charts-red' },
  tsvd: { marker: 'circle', color: '--vscode-charts-blue' },
  cur: { marker: 'diamond', color: '--vscode-charts-purple' },
  cmd: { marker: 'cross', color: CYAN },
  accams: { marker: 'nabla', color: '--vscode-charts-red' },
  baccams: { marker: 'hourglass', color: '--vscode-charts-blue' },
};

/** One more than colours, so that neither comes back with the other for long. */
const shapes = ['circle', 'square', 'triangle', 'diamond', 'plus', 'nabla', 'cross'] as const;
const colors = [
  ...['blue', 'yellow', 'green', 'purple', 'red'].map((name) => `--vscode-charts-${name}`),
  CYAN,
];

/** Looks for what is no method, in the order in which they are taken; no two are the same. */
export const palette: readonly SeriesLook[] = Array.from(
  { length: shapes.length * colors.length },
  (_, index) => ({
    marker: shapes[index % shapes.length] ?? 'circle',
    color: colors[index % colors.length] ?? CYAN,
  }),
);

/** One colour and one shape for each method, on every surface. */
export function lookOf(method: string): SeriesLook {
  return looks[method] ?? { marker: 'circle', color: '--vscode-foreground' };
}

/** The method's marker, beside its name in tables and legends. */
export function methodMarker(method: string): TemplateResult {
  return lookMarker(lookOf(method));
}

/** @param hollow as published figures are drawn. */
export function lookMarker({ marker, color }: SeriesLook, hollow = false): TemplateResult {
  return html`<svg
    class=${hollow ? 'marker hollow' : 'marker'}
    viewBox="-1.6 -1.6 3.2 3.2"
    aria-hidden="true"
    .style=${`color: var(${color}, currentColor)`}
  >
    ${svg`<path d=${markerPaths[marker]} fill="currentColor"></path>`}
  </svg>`;
}
