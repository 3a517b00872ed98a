import { html } from 'lit';
import type { PropertyValues, TemplateResult } from 'lit';
import type { Thumbnail } from '../../src/protocol/inspector';
import { LightElement } from '../components/lightElement';
import { readTheme } from '../theme';
import { pictureSize, pictureOpacities } from './thumbnailPicture';
import type { PicturedTensor, ThumbnailLoader } from './thumbnailLoader';

/**
 * The small picture of a tensor: the stronger the colour, the larger the values there. It only
 * adorns; the patterns panel has the same with words and numbers.
 */
export class PressThumbnail extends LightElement {
  static override properties = {
    tensor: { attribute: false },
    loader: { attribute: false },
  };

  declare tensor: PicturedTensor | undefined;
  declare loader: ThumbnailLoader | undefined;

  private leave: (() => void) | undefined;
  private pictured: string | undefined;

  override connectedCallback(): void {
    super.connectedCallback();
    this.ask();
  }

  override disconnectedCallback(): void {
    super.disconnectedCallback();
    this.stop();
  }

  protected override render(): TemplateResult {
    return html`<canvas width="0" height="0"></canvas>`;
  }

  protected override updated(changed: PropertyValues<this>): void {
    if (changed.has('loader') || this.tensor?.name !== this.pictured) {
      this.ask();
    }
  }

  private ask(): void {
    this.stop();
    // Before its first rendering there is nothing to paint on.
    if (this.isConnected && this.hasUpdated && this.loader && this.tensor) {
      this.pictured = this.tensor.name;
      this.leave = this.loader.want(this.tensor, (picture) => this.paint(picture));
    }
  }

  private stop(): void {
    this.leave?.();
    this.leave = undefined;
    this.pictured = undefined;
  }

  private paint(picture: Thumbnail): void {
    const canvas = this.querySelector('canvas');
    const context = canvas?.getContext('2d');
    if (!canvas || !context) {
      return;
    }
    const { columns, rows } = picture;
    // Also empties it.
    canvas.width = columns;
    canvas.height = rows;
    if (columns === 0 || rows === 0) {
      return;
    }
    const { height, width } = pictureSize(picture);
    canvas.style.width = `${width}px`;
    canvas.style.height = `${height}px`;
    const image = context.createImageData(columns, rows);
    pictureOpacities(picture).forEach((opacity, cell) => (image.data[4 * cell + 3] = opacity));
    context.putImageData(image, 0, 0);
    // One hue, whatever form the theme writes it in.
    context.globalCompositeOperation = 'source-in';
    context.fillStyle = readTheme().color('--vscode-charts-blue');
    context.fillRect(0, 0, columns, rows);
  }
}
