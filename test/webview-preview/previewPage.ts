import { mountChoices } from '../../webview/choices/mount';
import { mountInspector } from '../../webview/inspector/mount';
import { fakeChoicesHost, fakeInspectorHost } from './fakeHosts';

const query = new URLSearchParams(location.search);
const state = query.get('state') ?? 'done';
if (query.get('page') === 'inspector') {
  mountInspector(fakeInspectorHost(state));
} else {
  mountChoices(fakeChoicesHost(state));
}
