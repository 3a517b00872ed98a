import { PressHeatmap } from '../components/heatmap/heatmap';
import { registerComponents } from '../components/register';
import { PressScatter } from '../components/scatter/scatter';
import { SparsePage } from './sparsePage';
import type { SparsePageHost } from './sparsePage';

/** Shows the compression of a sparse matrix or tensor in this document. */
export function mountSparse(host: SparsePageHost): void {
  registerComponents();
  customElements.define('press-heatmap', PressHeatmap);
  customElements.define('press-scatter', PressScatter);
  customElements.define('press-sparse', SparsePage);
  document.body.append(new SparsePage(host));
}
