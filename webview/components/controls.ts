import {
  TextField,
  provideVSCodeDesignSystem,
  vsCodeBadge,
  vsCodeButton,
  vsCodeCheckbox,
  vsCodeDivider,
  vsCodeProgressRing,
  vsCodeRadio,
  vsCodeRadioGroup,
  vsCodeTextField,
} from '@vscode/webview-ui-toolkit';

export type { Checkbox, RadioGroup } from '@vscode/webview-ui-toolkit';
export type { TextField };

/**
 * Registers the toolkit's controls the pages use. The toolkit is archived upstream: this is the
 * only module that knows it, so that a successor is a change in one place.
 */
export function registerControls(): void {
  keepNames(TextField.prototype);
  provideVSCodeDesignSystem().register(
    vsCodeBadge(),
    vsCodeButton(),
    vsCodeCheckbox(),
    vsCodeDivider(),
    vsCodeProgressRing(),
    vsCodeRadio(),
    vsCodeRadioGroup(),
    vsCodeTextField(),
  );
}

/**
 * A text field of the toolkit names itself "Text field", or by its unit, when it is connected,
 * whatever name it was given; a screen reader is to say the name it was given.
 */
function keepNames(field: TextField): void {
  const { connectedCallback } = field;
  field.connectedCallback = function (this: TextField): void {
    const name = this.getAttribute('aria-label');
    connectedCallback.call(this);
    if (name !== null) {
      this.setAttribute('aria-label', name);
    }
  };
}
