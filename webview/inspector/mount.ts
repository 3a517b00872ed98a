import { registerComponents } from '../components/register';
import { InspectorPage } from './inspectorPage';
import type { InspectorPageHost } from './inspectorPage';

/** Shows the inspector in this document. */
export function mountInspector(host: InspectorPageHost): void {
  registerComponents();
  customElements.define('press-inspector', InspectorPage);
  document.body.append(new InspectorPage(host));
}
