import type { Cell } from './cellKeys';
import type { cellsInView } from './viewport';

/** A cell was chosen with the mouse or the keyboard, or the choice was given up. */
export class CellEvent extends Event {
  constructor(readonly cell: Cell | undefined) {
    super('cell-select');
  }
}

/** Other cells are in sight than before. */
export class ViewEvent extends Event {
  constructor(readonly inView: ReturnType<typeof cellsInView>) {
    super('view-change');
  }
}
