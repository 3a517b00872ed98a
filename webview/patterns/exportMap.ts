import type { PressHeatmap } from '../components/heatmap/heatmap';
import { formatPercent, formatTick } from '../format';
import { blocksCsv } from './csv';
import { figuresOf } from './figures';
import { legendTitle, showsLoss } from './mapPanel';
import type { ExportFormat, MapLook } from './mapPanel';
import type { OpenMap } from './openMap';
import { mapPng, mapSvgFile } from './pictures';
import { formatPair } from './words';

/** The map as a file: its picture, or its numbers. */
export async function exportMap(
  open: OpenMap,
  kept: number,
  heatmap: PressHeatmap,
  format: ExportFormat,
  look: MapLook,
): Promise<{ readonly name: string; readonly bytes: ArrayBuffer }> {
  const name = `${open.map.tensor}.blocks.${format}`;
  if (format === 'csv') {
    return { name, bytes: blocksCsv(open, kept) };
  }
  const isLoss = showsLoss(open, look);
  const words = {
    title: open.map.tensor,
    caption: caption(open, kept),
    legendTitle: legendTitle(open, isLoss),
    format: isLoss ? formatPercent : formatTick,
  };
  const bytes = format === 'png' ? await mapPng(heatmap, words) : await mapSvgFile(heatmap, words);
  return { name, bytes };
}

/** What the picture shows, below its title. */
export function caption(open: OpenMap, kept: number): string {
  const { relativeError, sparsity } = figuresOf(open, kept);
  const { columns, rows } = open.map;
  const pattern =
    open.kind === 'nm'
      ? `${kept}:${open.count}`
      : `blocks of ${formatPair(open.map.pattern.block)}, ${formatPercent(sparsity)} dropped`;
  return `${formatPair([rows, columns])}, ${pattern}, relative error ${formatPercent(relativeError)}`;
}
