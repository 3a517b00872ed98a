import { moveCell } from './cellKeys';
import type { Cell, KeyPress } from './cellKeys';
import { ZOOM_STEP, moved, showing, whole, zoomCentre, zoomed } from './sight';
import type { Sight } from './sight';
import { cellsInView } from './viewport';

/** Share of the stage that Shift and an arrow move. */
const PAN_SHARE = 0.2;

export interface HeatmapKey extends KeyPress {
  readonly shiftKey: boolean;
  readonly altKey: boolean;
  readonly metaKey: boolean;
}

/** What a key comes to: another sight, or a cell (undefined for none) and a sight of it. */
export type KeyAction =
  | { readonly kind: 'look'; readonly sight: Sight }
  | { readonly kind: 'choose'; readonly sight: Sight; readonly cell: Cell | undefined };

/**
 * The action of a key, or undefined when it is none of the heatmap's: plus, minus and 0 zoom,
 * Shift and an arrow move the picture, Escape gives the chosen cell up, and the keys of
 * {@link moveCell} choose another.
 */
export function keyAction(
  event: HeatmapKey,
  sight: Sight,
  selected: Cell | undefined,
): KeyAction | undefined {
  if (event.altKey || event.metaKey) {
    return undefined;
  }
  const looked = sightFor(event, sight, selected);
  if (looked) {
    return { kind: 'look', sight: looked };
  }
  const { stage, view } = sight;
  const inView = cellsInView(stage, view);
  const middle = {
    row: Math.floor((inView.rows[0] + inView.rows[1]) / 2),
    column: Math.floor((inView.columns[0] + inView.columns[1]) / 2),
  };
  const cell = moveCell(selected, event, stage.rows, stage.columns, middle);
  if (cell) {
    return { kind: 'choose', sight: showing(sight, cell), cell };
  }
  return event.key === 'Escape' && selected
    ? { kind: 'choose', sight, cell: undefined }
    : undefined;
}

function sightFor(
  { ctrlKey, key, shiftKey }: HeatmapKey,
  sight: Sight,
  selected: Cell | undefined,
): Sight | undefined {
  if (shiftKey && key.startsWith('Arrow')) {
    const { height, width } = sight.stage;
    const by = (x: number, y: number) =>
      moved(sight, x * width * PAN_SHARE, y * height * PAN_SHARE);
    return { ArrowLeft: by(1, 0), ArrowRight: by(-1, 0), ArrowUp: by(0, 1), ArrowDown: by(0, -1) }[
      key
    ];
  }
  if (ctrlKey) {
    return undefined;
  }
  const zoom = (factor: number) => zoomed(sight, factor, zoomCentre(sight, selected));
  switch (key) {
    case '+':
    case '=':
      return zoom(ZOOM_STEP);
    case '-':
      return zoom(1 / ZOOM_STEP);
    case '0':
      return whole(sight);
    default:
      return undefined;
  }
}
