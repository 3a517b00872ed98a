import { html, nothing } from 'lit';
import type { TemplateResult } from 'lit';
import type {
  FailureData,
  FileSummary,
  InspectorHost,
  InspectorPageEvents,
  InspectorState,
  TensorStatistics,
} from '../../src/protocol/inspector';
import type { Client } from '../../src/protocol/rpc';
import { failureNotice } from '../components/failureNotice';
import { filterField } from '../components/filterField';
import { LightElement } from '../components/lightElement';
import { waiting } from '../components/progressLine';
import type { RowEvent, SortEvent } from '../components/table';
import type { Column } from '../components/table';
import { compareNames, compareNumbers, compareShapes, filterRows } from '../components/tableRows';
import { formatBytes, formatCount, formatShape } from '../format';
import { failureOf } from '../host';
import type { PageHost } from '../host';
import { SelectionLoader } from '../selectionLoader';
import type { Loading } from '../selectionLoader';
import { onThemeChange } from '../theme';
import { fileHeader, fileMetadata, pressedBanner } from './fileHeader';
import { tensorDetail } from './tensorDetail';
import { ThumbnailLoader } from './thumbnailLoader';
import { thumbnailTiles } from './thumbnailPicture';

type TensorRow = FileSummary['tensors'][number];
type SortState = InspectorState['sort'];

export type InspectorPageHost = PageHost<InspectorHost, InspectorPageEvents, InspectorState>;

/** The Weights Inspector: the table of a file's tensors, and one of them in detail. */
export class InspectorPage extends LightElement {
  static override properties = {
    file: { state: true },
    failure: { state: true },
    actionFailure: { state: true },
    filter: { state: true },
    sort: { state: true },
    selected: { state: true },
    loading: { state: true },
    expanded: { state: true },
  };

  declare private file: FileSummary | undefined;
  declare private failure: FailureData | undefined;
  declare private actionFailure: FailureData | undefined;
  declare private filter: string;
  declare private sort: SortState;
  declare private selected: string | undefined;
  declare private loading: Loading<TensorStatistics> | undefined;
  declare private expanded: ReadonlySet<string>;

  private readonly client: Client<InspectorHost>;
  private readonly loader: SelectionLoader<TensorStatistics>;
  private readonly thumbnails: ThumbnailLoader;
  private stopFollowingTheme: (() => void) | undefined;
  private columns: readonly Column<TensorRow>[] = [];

  constructor(private readonly host: InspectorPageHost) {
    super();
    this.id = 'inspector';
    this.className = 'page';
    const state = host.readState();
    this.file = undefined;
    this.failure = undefined;
    this.actionFailure = undefined;
    this.filter = state?.filter ?? '';
    this.sort = state?.sort;
    this.selected = state?.selected;
    this.loading = undefined;
    this.expanded = new Set();
    this.client = host.connect({ fileChanged: (answer) => this.show(answer) });
    this.loader = new SelectionLoader(
      (tensor, signal, onProgress) => this.client.statistics({ tensor }, { signal, onProgress }),
      (loading) => (this.loading = loading),
    );
    this.thumbnails = new ThumbnailLoader((tensors, signal, onProgress) =>
      this.client.thumbnails({ tensors, size: thumbnailTiles }, { signal, onProgress }),
    );
    void this.start();
  }

  override connectedCallback(): void {
    super.connectedCallback();
    this.stopFollowingTheme = onThemeChange(() => this.thumbnails.repaint());
  }

  override disconnectedCallback(): void {
    super.disconnectedCallback();
    this.stopFollowingTheme?.();
  }

  protected override render(): TemplateResult {
    if (this.failure) {
      return html`<main class="page-message">
        ${failureNotice(this.failure, {
          title: 'The weights could not be read',
          onRetry: () => void this.start(),
        })}
      </main>`;
    }
    if (!this.file) {
      return html`<main class="page-message">${waiting('Reading the header of the file…')}</main>`;
    }
    const { file } = this;
    return html`
      ${fileHeader(file)}
      ${
        file.pressed
          ? pressedBanner(file.pressed, () => this.act(this.client.reconstruct({})))
          : nothing
      }
      ${
        file.pressedProblem === undefined
          ? nothing
          : html`<section class="notice warning" role="note" id="pressed-problem">
              <p class="notice-title">Written by TensorPress, but it cannot be reconstructed</p>
              <p class="breakable">${file.pressedProblem}</p>
            </section>`
      }
      ${
        this.actionFailure
          ? failureNotice(this.actionFailure, {
              title: 'That did not work',
              onDismiss: () => (this.actionFailure = undefined),
            })
          : nothing
      }
      <div class="toolbar">
        ${filterField({
          filter: this.filter,
          shown: filterRows(file.tensors, this.filter).length,
          total: file.tensors.length,
          onFilter: (filter) => this.setFilter(filter),
        })}
        <span class="spring"></span>
        ${
          file.pressed
            ? nothing
            : html`<vscode-button id="compress" @click=${() => this.act(this.client.compress({}))}
                >Compress Weights…</vscode-button
              >`
        }
      </div>
      <main class="split">
        <div class="split-list">
          <press-table
            id="tensor-table"
            label="Tensors of the file"
            .columns=${this.columns}
            .rows=${file.tensors}
            .filter=${this.filter}
            .sort=${this.sort}
            .selected=${this.selected}
            .emptyText=${'This file has no tensors.'}
            .rowClass=${(row: TensorRow) => (row.problem ? 'problem' : '')}
            @row-select=${(event: RowEvent) => this.select(event.name)}
            @sort-change=${(event: SortEvent) => this.setSort(event.sort as SortState)}
          ></press-table>
        </div>
        <section class="split-detail" id="tensor-detail" aria-label="Selected tensor" tabindex="-1">
          ${this.renderDetail(file)}
        </section>
      </main>
      ${fileMetadata(file.metadata, this.expanded, (name) => {
        this.expanded = new Set([...this.expanded, name]);
      })}
    `;
  }

  private renderDetail(file: FileSummary): TemplateResult {
    const row = file.tensors.find(({ name }) => name === this.selected);
    if (!row) {
      return html`<p class="empty">
        Select a tensor to see its values: range, zeros, histogram, and how fast its singular values
        fall.
      </p>`;
    }
    const pressed = file.pressed?.tensors.find(({ factors }) => factors.includes(row.name));
    return tensorDetail({
      row,
      pressed,
      loading: this.loading,
      onRetry: () => this.loader.select(row.name),
      onCopy: (text) => this.act(this.client.copy({ text })),
      onPatterns: () => this.act(this.client.patterns({ tensor: row.name })),
      onSparse: () => this.act(this.client.sparse({ tensor: row.name })),
    });
  }

  private async start(): Promise<void> {
    this.failure = undefined;
    try {
      this.show(await this.client.ready({}));
    } catch (thrown) {
      this.failure = failureOf(thrown);
    }
  }

  private show(answer: { file: FileSummary } | { failure: FailureData }): void {
    this.loader.cancel();
    this.loading = undefined;
    if ('failure' in answer) {
      this.failure = answer.failure;
      return;
    }
    this.failure = undefined;
    this.file = answer.file;
    this.thumbnails.clear();
    this.columns = columnsFor(answer.file, this.thumbnails);
    this.selected ??= answer.file.tensors.find(isWorthOpening)?.name;
    const row = answer.file.tensors.find(({ name }) => name === this.selected);
    this.loader.select(row && !row.problem ? row.name : undefined);
  }

  private select(name: string): void {
    this.selected = name;
    const row = this.file?.tensors.find((one) => one.name === name);
    this.loader.select(row && !row.problem ? name : undefined);
    this.save();
  }

  private setFilter(filter: string): void {
    this.filter = filter;
    this.save();
  }

  private setSort(sort: SortState): void {
    this.sort = sort;
    this.save();
  }

  private save(): void {
    const { selected, filter, sort } = this;
    this.host.writeState({ filter, sort, ...(selected === undefined ? {} : { selected }) });
  }

  private act(call: Promise<unknown>): void {
    call.catch((thrown: unknown) => (this.actionFailure = failureOf(thrown)));
  }
}

/** Something to look at before the first click, whose statistics take no time worth mentioning. */
function isWorthOpening({ parameters, problem, shape }: TensorRow): boolean {
  return problem === undefined && shape.length > 1 && parameters > 1 && parameters <= 2 ** 20;
}

/** Pictures are made unasked, so a tensor is read for one only where that takes a moment. */
function isWorthPicturing({ bytes, parameters, problem }: TensorRow): boolean {
  return problem === undefined && parameters > 1 && bytes <= 2 ** 26;
}

function columnsFor(file: FileSummary, thumbnails: ThumbnailLoader): readonly Column<TensorRow>[] {
  const largest = file.tensors.reduce((most, { bytes }) => Math.max(most, bytes), 1);
  return [
    {
      id: 'name',
      title: 'Name',
      width: 'minmax(8.4rem, 2.5fr)',
      render: (row) =>
        html`<span class="pictured"
          ><press-thumbnail
            aria-hidden="true"
            .tensor=${isWorthPicturing(row) ? row : undefined}
            .loader=${thumbnails}
          ></press-thumbnail
          ><span class="clip" title=${row.problem ?? row.name}
            >${row.problem ? html`<span class="problem-sign" aria-hidden="true">⚠</span> ` : nothing}${row.name}${
              row.problem
                ? html`<span class="visually-hidden">, cannot be read: ${row.problem}</span>`
                : nothing
            }</span
          ></span
        >`,
      compare: (a, b) => compareNames(a.name, b.name),
    },
    {
      id: 'shape',
      title: 'Shape',
      width: 'minmax(7.4rem, 1.5fr)',
      render: (row) =>
        html`<span class="clip" title=${formatShape(row.shape)}>${formatShape(row.shape)}</span>`,
      compare: (a, b) => compareShapes(a.shape, b.shape),
    },
    {
      id: 'dtype',
      title: 'Type',
      width: 'minmax(4.4rem, 0.7fr)',
      hideBelow: 460,
      render: (row) => row.dtype,
      compare: (a, b) => compareNames(a.dtype, b.dtype),
    },
    {
      id: 'parameters',
      title: 'Parameters',
      width: 'minmax(7rem, 1fr)',
      numeric: true,
      hideBelow: 500,
      render: (row) => formatCount(row.parameters),
      compare: (a, b) => compareNumbers(a.parameters, b.parameters),
    },
    {
      id: 'bytes',
      title: 'Size',
      width: 'minmax(5.4rem, 1.2fr)',
      numeric: true,
      render: (row) =>
        html`<span class="bar-cell"
          ><span class="bar" aria-hidden="true"
            ><span class="bar-fill" .style=${`width: ${(100 * row.bytes) / largest}%`}></span></span
          ><span>${formatBytes(row.bytes)}</span></span
        >`,
      compare: (a, b) => compareNumbers(a.bytes, b.bytes),
    },
  ];
}
