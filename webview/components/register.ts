import { PressCurve } from './curve';
import { PressTable } from './table';
import { registerControls } from './controls';

/** Makes the elements known to the page; called once by each entry. */
export function registerComponents(): void {
  registerControls();
  customElements.define('press-table', PressTable);
  customElements.define('press-curve', PressCurve);
}
