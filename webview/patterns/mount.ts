import { PressHeatmap } from '../components/heatmap/heatmap';
import { registerComponents } from '../components/register';
import { PatternsPage } from './patternsPage';
import type { PatternsPageHost } from './patternsPage';

/** Shows block-sparse patterns in this document. */
export function mountPatterns(host: PatternsPageHost): void {
  registerComponents();
  customElements.define('press-heatmap', PressHeatmap);
  customElements.define('press-patterns', PatternsPage);
  document.body.append(new PatternsPage(host));
}
