import { registerComponents } from '../components/register';
import { BenchmarksPage } from './benchmarksPage';
import type { BenchmarksPageHost } from './benchmarksPage';

/** Shows the benchmarks in this document. */
export function mountBenchmarks(host: BenchmarksPageHost): void {
  registerComponents();
  customElements.define('press-benchmarks', BenchmarksPage);
  document.body.append(new BenchmarksPage(host));
}
