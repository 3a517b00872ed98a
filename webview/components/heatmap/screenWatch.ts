import type { ReactiveController, ReactiveControllerHost } from 'lit';
import { onThemeChange } from '../../theme';

export interface ScreenChanges {
  /** The host has another size, or is seen for the first time. */
  readonly onSize: () => void;
  /** A CSS pixel has another number of device pixels: another screen, or the page is magnified. */
  readonly onPixelRatio: () => void;
  readonly onTheme: () => void;
}

/** Watches, while its host is in the page, what a picture on the screen depends on. */
export class ScreenWatch implements ReactiveController {
  private observer: ResizeObserver | undefined;
  private stopTheme: (() => void) | undefined;
  private pixelRatio: MediaQueryList | undefined;

  constructor(
    private readonly host: ReactiveControllerHost & HTMLElement,
    private readonly changes: ScreenChanges,
  ) {
    host.addController(this);
  }

  hostConnected(): void {
    this.stopTheme = onThemeChange(() => this.changes.onTheme());
    this.observer = new ResizeObserver(() => this.changes.onSize());
    this.observer.observe(this.host);
    this.watchPixelRatio();
  }

  hostDisconnected(): void {
    this.stopTheme?.();
    this.observer?.disconnect();
    this.pixelRatio?.removeEventListener('change', this.onPixelRatio);
  }

  /** A query tells of leaving one ratio only, so that each ratio needs a query of its own. */
  private watchPixelRatio(): void {
    this.pixelRatio?.removeEventListener('change', this.onPixelRatio);
    this.pixelRatio = matchMedia(`(resolution: ${devicePixelRatio}dppx)`);
    this.pixelRatio.addEventListener('change', this.onPixelRatio);
  }

  private readonly onPixelRatio = (): void => {
    this.watchPixelRatio();
    this.changes.onPixelRatio();
  };
}
