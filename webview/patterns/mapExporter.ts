import type { PatternsHost } from '../../src/protocol/patterns';
import type { Client } from '../../src/protocol/rpc';
import type { ActionFailures } from '../components/actionFailures';
import type { PressHeatmap } from '../components/heatmap/heatmap';
import { exportMap } from './exportMap';
import type { ExportFormat, MapLook } from './mapPanel';
import { numpyMask } from './numpyMask';
import type { OpenMap } from './openMap';

/** Takes the map out of the page: as a file, or its mask to the clipboard. */
export class MapExporter {
  /** @param say tells eyes and screen readers what has happened. */
  constructor(
    private readonly client: Client<PatternsHost>,
    private readonly failures: ActionFailures,
    private readonly say: (words: string) => void,
  ) {}

  async save(
    open: OpenMap,
    kept: number,
    heatmap: PressHeatmap,
    format: ExportFormat,
    look: MapLook,
  ): Promise<void> {
    this.say('');
    try {
      const file = await exportMap(open, kept, heatmap, format, look);
      const path = await this.client.save(file);
      this.say(path === undefined ? '' : `Exported as ${path}.`);
    } catch (thrown) {
      this.failures.show('The map could not be exported', thrown);
    }
  }

  /** N:M has no mask of blocks. */
  copyMask(open: OpenMap, kept: number): void {
    if (open.kind === 'block') {
      const copied = this.client.copy({ text: numpyMask(open, kept), what: 'The mask' });
      this.failures.watch(
        copied.then(() => this.say('The mask is on the clipboard, as Python code.')),
      );
    }
  }
}
