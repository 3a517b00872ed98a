import { mountBenchmarks } from '../../webview/benchmarks/mount';
import { mountChoices } from '../../webview/choices/mount';
import { mountInspector } from '../../webview/inspector/mount';
import { fakeBenchmarksHost } from './fakeBenchmarksHost';
import { fakeChoicesHost, fakeInspectorHost } from './fakeHosts';

const query = new URLSearchParams(location.search);
const state = query.get('state') ?? 'done';
switch (query.get('page')) {
  case 'inspector':
    mountInspector(fakeInspectorHost(state));
    break;
  case 'benchmarks':
    mountBenchmarks(fakeBenchmarksHost(state));
    break;
  default:
    mountChoices(fakeChoicesHost(state));
}
