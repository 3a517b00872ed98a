import type { HeatmapCells } from '../components/heatmap/frame';
import { lastCall } from '../lastCall';
import { blockColumns } from './blockColumns';
import { histogramOf } from './histogram';
import { cellsOf, choiceMarks, thresholdMarks } from './mapData';
import { showsLoss } from './mapPanel';
import type { MapLook } from './mapPanel';
import type { OpenMap } from './openMap';
import { curveSeries, histogramSeries } from './plots';

/** What the page derives from a map and its curves, and not anew at every step of the slider. */
export class MapDerived {
  readonly columns = lastCall(blockColumns);
  readonly series = lastCall(curveSeries);
  readonly histogram = lastCall(histogramOf);
  readonly bars = lastCall(histogramSeries);
  readonly choiceMarks = lastCall(choiceMarks);
  readonly thresholdMarks = lastCall(thresholdMarks);
  private readonly cellsFor = lastCall(cellsOf);

  /** Of N:M they follow the slider, which has few positions; those of blocks are always the same. */
  cells(open: OpenMap, look: MapLook, kept: number): HeatmapCells {
    return this.cellsFor(open, showsLoss(open, look), open.kind === 'nm' ? kept : 0);
  }
}
