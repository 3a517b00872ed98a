import { html, nothing } from 'lit';
import type { ReactiveControllerHost, TemplateResult } from 'lit';
import type { SparseHost, SparseSample } from '../../src/protocol/sparse';
import type { Client } from '../../src/protocol/rpc';
import { failureOf } from '../host';
import { formatValue } from '../format';
import { formatIndex, formatMicroseconds, modeName } from './words';

/** Results that stay on show. */
const MOST_RESULTS = 50;

interface Found {
  readonly index: readonly number[];
  readonly value: number;
  /** What the data has there, where it is known. */
  readonly original: number | undefined;
}

/** Reads single entries of the file that was written. */
export class EntryLookup {
  private path = '';
  private texts: readonly string[] = [];
  private problem = '';
  private found: readonly Found[] = [];
  private microseconds: number | undefined;
  private isBusy = false;

  constructor(
    private readonly host: ReactiveControllerHost,
    private readonly client: Client<SparseHost>,
  ) {}

  /** @param sample entries whose values are known; none where indices are not those of the data. */
  render(path: string, dims: readonly number[], sample: readonly SparseSample[]): TemplateResult {
    this.adopt(path, dims.length);
    return html`<details id="lookup">
      <summary>Look up entries</summary>
      <form
        class="lookup"
        novalidate
        @submit=${(event: Event) => {
          event.preventDefault();
          void this.lookUp(dims);
        }}
      >
        ${dims.map((size, mode) => this.field(size, mode, dims.length))}
        <button type="submit" class="small-button" id="look-up" ?disabled=${this.isBusy}>
          Look Up
        </button>
        ${
          sample.length > 0
            ? html`<button
                type="button"
                class="small-button"
                id="look-up-sample"
                title="Reads the entries of the decode check from the file"
                ?disabled=${this.isBusy}
                @click=${() => void this.fetch(sample.map(({ index, value }) => ({ index, original: value })))}
              >
                Look Up the Sample
              </button>`
            : nothing
        }
      </form>
      ${
        this.problem === ''
          ? nothing
          : html`<p class="field-problem" id="lookup-problem" role="alert">${this.problem}</p>`
      }
      ${this.found.length > 0 ? this.results() : html`<p class="muted">Indices count from 0.</p>`}
    </details>`;
  }

  private field(size: number, mode: number, modes: number): TemplateResult {
    const name = modeName(mode, modes);
    return html`<label class="labelled"
      ><span class="muted">${name}</span>
      <input
        class="field"
        id="lookup-${mode}"
        type="text"
        inputmode="numeric"
        autocomplete="off"
        aria-invalid=${this.problem !== '' && indexOf(this.texts[mode], size) === undefined}
        aria-describedby=${this.problem === '' ? nothing : 'lookup-problem'}
        title="0 to ${size - 1}"
        .value=${this.texts[mode] ?? ''}
        @input=${(event: Event) => {
          this.texts = this.texts.with(mode, (event.target as HTMLInputElement).value);
        }}
    /></label>`;
  }

  private results(): TemplateResult {
    const hasOriginals = this.found.some(({ original }) => original !== undefined);
    return html`<div class="scroll-box tall" role="region" tabindex="0" aria-label="Entries found">
        <table class="plain figures" id="found">
          <thead>
            <tr>
              <th scope="col">Entry</th>
              <th scope="col" class="numeric">In the file</th>
              ${hasOriginals ? html`<th scope="col" class="numeric">In the data</th>` : nothing}
            </tr>
          </thead>
          <tbody>
            ${this.found.map(
              ({ index, original, value }) =>
                html`<tr>
                  <th scope="row">${formatIndex(index)}</th>
                  <td class="numeric">${formatValue(value)}</td>
                  ${
                    hasOriginals
                      ? html`<td class="numeric">
                          ${original === undefined ? '' : formatValue(original)}
                        </td>`
                      : nothing
                  }
                </tr>`,
            )}
          </tbody>
        </table>
      </div>
      <p class="muted" role="status" id="lookup-words">${this.words()}</p>`;
  }

  private words(): string {
    const [first] = this.found;
    return first
      ? `${formatIndex(first.index)} is ${formatValue(first.value)}; ${formatMicroseconds(this.microseconds ?? NaN)} an entry.`
      : '';
  }

  /** Another file has other entries. */
  private adopt(path: string, modes: number): void {
    if (path !== this.path || this.texts.length !== modes) {
      this.path = path;
      this.texts = new Array<string>(modes).fill('');
      this.problem = '';
      this.found = [];
    }
  }

  private async lookUp(dims: readonly number[]): Promise<void> {
    const index = dims.map((size, mode) => indexOf(this.texts[mode], size));
    const wrong = index.indexOf(undefined);
    if (wrong >= 0) {
      this.problem = `Enter a whole number from 0 to ${(dims[wrong] ?? 1) - 1} as ${modeName(wrong, dims.length)}.`;
      this.host.requestUpdate();
      return;
    }
    await this.fetch([{ index: index.map((one) => one ?? 0), original: undefined }]);
  }

  private async fetch(wanted: readonly Omit<Found, 'value'>[]): Promise<void> {
    const { path } = this;
    this.isBusy = true;
    this.problem = '';
    this.host.requestUpdate();
    try {
      const indices = wanted.map(({ index }) => index);
      const { microseconds, values } = await this.client.entries({ path, indices });
      if (path === this.path) {
        const found = wanted.map((one, at) => ({ ...one, value: values[at] ?? NaN }));
        this.found = [...found, ...this.found].slice(0, MOST_RESULTS);
        this.microseconds = microseconds;
      }
    } catch (thrown) {
      this.problem = failureOf(thrown).message;
    } finally {
      this.isBusy = false;
      this.host.requestUpdate();
    }
  }
}

function indexOf(text: string | undefined, size: number): number | undefined {
  const index = /^\s*\d{1,15}\s*$/.test(text ?? '') ? Number(text) : NaN;
  return index < size ? index : undefined;
}
