import { registerComponents } from '../components/register';
import { ChoiceTable } from './choiceTable';
import { ChoicesPage } from './choicesPage';
import type { ChoicesPageHost } from './choicesPage';

/** Shows the decomposition choices in this document. */
export function mountChoices(host: ChoicesPageHost): void {
  registerComponents();
  customElements.define('press-choice-table', ChoiceTable);
  customElements.define('press-choices', ChoicesPage);
  document.body.append(new ChoicesPage(host));
}
