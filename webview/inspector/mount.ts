import { registerComponents } from '../components/register';
import { InspectorPage } from './inspectorPage';
import type { InspectorPageHost } from './inspectorPage';
import { PressThumbnail } from './thumbnail';

/** Shows the inspector in this document. */
export function mountInspector(host: InspectorPageHost): void {
  registerComponents();
  customElements.define('press-thumbnail', PressThumbnail);
  customElements.define('press-inspector', InspectorPage);
  document.body.append(new InspectorPage(host));
}
