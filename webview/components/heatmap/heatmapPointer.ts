import type { Cell } from './cellKeys';
import { ZOOM_STEP, moved, zoomed } from './sight';
import type { Point, Sight } from './sight';
import { cellAt } from './viewport';

/** Pixels of the wheel for one step of the zoom. */
const WHEEL_PIXELS = 250;
/** A press that moves less than this many pixels is a click. */
const CLICK_REACH = 4;

/** The cell under the pointer, and where the pointer is. */
export interface Hover extends Point {
  readonly cell: Cell;
}

/** What the pointer acts on. */
export interface PointerTarget {
  readonly sight: () => Sight | undefined;
  /** The element whose pixels the points are; undefined before the first rendering. */
  readonly stage: () => HTMLElement | undefined;
  readonly onSight: (sight: Sight) => void;
  readonly onHover: (hover: Hover | undefined) => void;
  readonly onChoose: (cell: Cell) => void;
}

/** Mouse, pen and finger on the stage: hovering, choosing, dragging, zooming with the wheel. */
export class HeatmapPointer {
  private drag: { x: number; y: number; moved: number } | undefined;

  constructor(private readonly target: PointerTarget) {}

  /** A button is down. */
  get isDown(): boolean {
    return this.drag !== undefined;
  }

  /** The picture is being moved. */
  get isMoving(): boolean {
    return (this.drag?.moved ?? 0) > 0;
  }

  press(event: PointerEvent): void {
    if (event.button === 0) {
      this.drag = { x: event.clientX, y: event.clientY, moved: 0 };
      this.target.stage()?.setPointerCapture(event.pointerId);
    }
  }

  move(event: PointerEvent): void {
    const { drag, target } = this;
    const sight = target.sight();
    if (!sight) {
      return;
    }
    if (drag) {
      const [dx, dy] = [event.clientX - drag.x, event.clientY - drag.y];
      const way = drag.moved + Math.abs(dx) + Math.abs(dy);
      this.drag = { x: event.clientX, y: event.clientY, moved: way };
      if (way >= CLICK_REACH) {
        target.onSight(moved(sight, dx, dy));
      }
      return;
    }
    const point = this.pointOf(event);
    const cell = cellAt(sight.stage, sight.view, point);
    target.onHover(cell && { cell, ...point });
  }

  release(event: PointerEvent): void {
    const { drag, target } = this;
    this.drag = undefined;
    const sight = target.sight();
    if (drag && sight && drag.moved < CLICK_REACH) {
      const cell = cellAt(sight.stage, sight.view, this.pointOf(event));
      if (cell) {
        target.onChoose(cell);
      }
    }
  }

  cancel(): void {
    this.drag = undefined;
  }

  leave(): void {
    this.target.onHover(undefined);
  }

  doubleClick(event: MouseEvent): void {
    this.zoom(ZOOM_STEP ** 2, event);
  }

  wheel(event: WheelEvent): void {
    // Elsewhere the wheel scrolls the page, in which the map must not be a trap.
    const hasFocus = this.target.stage() === document.activeElement;
    if (event.ctrlKey || event.metaKey || hasFocus) {
      event.preventDefault();
      this.zoom(ZOOM_STEP ** (-event.deltaY / WHEEL_PIXELS), event);
    }
  }

  private zoom(factor: number, event: MouseEvent): void {
    const sight = this.target.sight();
    if (sight) {
      this.target.onSight(zoomed(sight, factor, this.pointOf(event)));
    }
  }

  private pointOf(event: MouseEvent): Point {
    const box = this.target.stage()?.getBoundingClientRect();
    return { x: event.clientX - (box?.left ?? 0), y: event.clientY - (box?.top ?? 0) };
  }
}
