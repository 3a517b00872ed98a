import { LitElement } from 'lit';

/**
 * An element whose content lives in the page itself: one stylesheet serves all of them, and names
 * and descriptions can refer to each other by id.
 */
export class LightElement extends LitElement {
  protected override createRenderRoot(): this {
    return this;
  }
}
