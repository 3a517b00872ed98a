import { formatBytes } from '../../host/formatBytes';
import type { FailureData, SparseModelInfo } from '../../protocol/sparse';
import { escapeHtml } from '../escapeHtml';

export interface SparseModelPage {
  readonly name: string;
  readonly content: SparseModelInfo | FailureData;
  /** Of the stylesheet. */
  readonly style: string;
  readonly styleSource: string;
  /** Where the link to decompress leads. */
  readonly decompress: string;
}

/** A compressed matrix in figures, as a page without scripts. */
export function sparseModelHtml(page: SparseModelPage): string {
  const policy = `default-src 'none'; style-src ${page.styleSource}`;
  return `<!doctype html>
<html lang="en">
  <head>
    <meta charset="utf-8" />
    <meta http-equiv="Content-Security-Policy" content="${escapeHtml(policy)}" />
    <meta name="viewport" content="width=device-width, initial-scale=1" />
    <link rel="stylesheet" href="${escapeHtml(page.style)}" />
    <title>${escapeHtml(page.name)}</title>
  </head>
  <body>
    ${'kind' in page.content ? failed(page.content) : known(page, page.content)}
  </body>
</html>
`;
}

function failed({ message }: FailureData): string {
  return `<main class="page-message">
      <section class="notice error" role="alert">
        <p class="notice-title">The file could not be read</p>
        <p class="breakable">${escapeHtml(message)}</p>
      </section>
    </main>`;
}

function known({ decompress, name }: SparseModelPage, model: SparseModelInfo): string {
  const { details, dims, hasOrders, method, nonzeros, parameters, size } = model;
  const elements = dims.reduce((product, one) => product * one, 1);
  const facts: readonly (readonly [term: string, value: string])[] = [
    ['Method', method === 'neukron' ? 'NeuKron' : method],
    [dims.length === 2 ? 'Matrix' : 'Tensor', dims.map(count).join(' × ')],
    ['Entries', count(elements)],
    ...(nonzeros === undefined ? [] : [['Nonzeros of the source', count(nonzeros)] as const]),
    ['Parameters', count(parameters)],
    ['File', formatBytes(size)],
    [
      'Rows and columns',
      hasOrders
        ? 'where they were in the source'
        : 'in an order of the model’s own, padding among them',
    ],
    ...Object.entries(details).map(([term, value]) => [term, describe(value)] as const),
  ];
  return `<main class="page">
      <header class="page-head"><h1 class="breakable">${escapeHtml(name)}</h1></header>
      <p class="muted">A network that stands for a ${dims.length === 2 ? 'matrix' : 'tensor'}, and generates each of its entries.</p>
      <dl class="detail-list number">
        ${facts
          .map(
            ([term, value]) =>
              `<dt class="breakable">${escapeHtml(term)}</dt><dd class="breakable">${escapeHtml(value)}</dd>`,
          )
          .join('\n        ')}
      </dl>
      <p><a href="${escapeHtml(decompress)}">Write its entries to a file, or look some up…</a></p>
    </main>`;
}

function describe(value: SparseModelInfo['details'][string]): string {
  if (typeof value === 'object') {
    return value.map(describe).join(', ');
  }
  return typeof value === 'number' ? String(Number(value.toPrecision(6))) : String(value);
}

function count(value: number): string {
  return value.toLocaleString('en');
}
