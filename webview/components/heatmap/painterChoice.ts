import type { ReactiveController, ReactiveControllerHost } from 'lit';
import { CanvasPainter } from './canvasPainter';
import type { HeatmapPainter } from './painter';
import { WebglPainter } from './webglPainter';

/**
 * The painter in use: WebGL 2 where a graphics processor computes it, a canvas elsewhere and while
 * the WebGL context is lost. The host's attribute `data-renderer` says which.
 */
export class PainterChoice implements ReactiveController {
  private painter: HeatmapPainter | undefined;
  /** Waits for its WebGL context. */
  private lostCanvas: HTMLCanvasElement | undefined;

  /** @param onPainter is told of every change; a new painter has neither cells nor colours yet. */
  constructor(
    private readonly host: ReactiveControllerHost & HTMLElement,
    private readonly onPainter: (painter: HeatmapPainter | undefined) => void,
  ) {
    host.addController(this);
  }

  hostConnected(): void {
    // A host that comes back has lost its painter.
    this.host.requestUpdate();
  }

  hostDisconnected(): void {
    const { painter } = this;
    this.painter = undefined;
    this.lostCanvas = undefined;
    this.onPainter(undefined);
    // Last: the loss of its context is then nobody's business any more.
    painter?.dispose();
  }

  /** Makes a painter; its canvas goes into the rendered layer of the host. */
  open(): void {
    const canvas = document.createElement('canvas');
    const painter = WebglPainter.create(canvas) ?? new CanvasPainter();
    if (painter.kind === 'webgl2') {
      canvas.addEventListener('webglcontextlost', (event) => {
        // Otherwise it would never be given back.
        event.preventDefault();
        if (this.painter?.canvas === canvas) {
          // Kept, because nobody tells a canvas that has been collected that it may go on.
          this.lostCanvas = canvas;
          this.use(new CanvasPainter());
        }
      });
      canvas.addEventListener('webglcontextrestored', () => {
        const isAwaited = this.host.isConnected && this.lostCanvas === canvas;
        const restored = isAwaited ? WebglPainter.create(canvas) : undefined;
        if (restored) {
          this.lostCanvas = undefined;
          this.use(restored);
        }
      });
    }
    this.use(painter);
  }

  private use(painter: HeatmapPainter): void {
    this.host.querySelector('.heatmap-layers')?.replaceChildren(painter.canvas);
    this.host.dataset.renderer = painter.kind;
    this.painter = painter;
    this.onPainter(painter);
  }
}
