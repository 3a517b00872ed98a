import { mountBenchmarks } from '../../webview/benchmarks/mount';
import { mountChoices } from '../../webview/choices/mount';
import { mountInspector } from '../../webview/inspector/mount';
import { mountPatterns } from '../../webview/patterns/mount';
import { mountSparse } from '../../webview/sparse/mount';
import { fakeBenchmarksHost } from './fakeBenchmarksHost';
import { fakeChoicesHost, fakeInspectorHost } from './fakeHosts';
import { fakePatternsHost } from './fakePatternsHost';
import { fakeSparseHost } from './fakeSparseHost';

const query = new URLSearchParams(location.search);
const state = query.get('state') ?? 'done';
switch (query.get('page')) {
  case 'inspector':
    mountInspector(fakeInspectorHost(state));
    break;
  case 'benchmarks':
    mountBenchmarks(fakeBenchmarksHost(state));
    break;
  case 'patterns':
    mountPatterns(fakePatternsHost(state));
    break;
  case 'sparse':
    mountSparse(fakeSparseHost(state));
    break;
  default:
    mountChoices(fakeChoicesHost(state));
}
