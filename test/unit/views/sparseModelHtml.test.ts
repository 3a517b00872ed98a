import { describe, expect, it } from 'vitest';
import type { SparseModelInfo } from '../../../src/protocol/sparse';
import { sparseModelHtml } from '../../../src/views/sparseModel/sparseModelHtml';

const model: SparseModelInfo = {
  path: '/data/email.neukron',
  name: 'email.neukron',
  size: 2048,
  method: 'neukron',
  dims: [1005, 25919],
  parameters: 311,
  hasOrders: true,
  details: { hidden: 5, scale: [1.5, 2] },
};
const page = {
  name: 'email.neukron',
  content: model,
  style: 'https://host/webview.css',
  styleSource: 'https://host',
  decompress:
    'command:tensorpress.decompressSparse?%5B%22file%3A%2F%2F%2Fdata%2Femail.neukron%22%5D',
};

describe('the page of a .neukron', () => {
  it('says what the file stands for, and leads to its entries', () => {
    const html = sparseModelHtml(page);
    for (const text of [
      'email.neukron',
      '1,005 × 25,919',
      '26,048,595',
      '311',
      '2.0 KB',
      '1.5, 2',
    ]) {
      expect(html).toContain(text);
    }
    expect(html).toContain('where they were in the source');
    expect(html).toContain(`href="${page.decompress}"`);
    expect(html).not.toContain('<script');
  });

  it('says that a model without orders has another one', () => {
    expect(sparseModelHtml({ ...page, content: { ...model, hasOrders: false } })).toContain(
      'in an order of the model’s own',
    );
  });

  it('says why a file cannot be read, and keeps hostile names from becoming markup', () => {
    const message = '"<img src=x onerror=alert(1)>.neukron" is cut short.';
    const html = sparseModelHtml({
      ...page,
      name: '<img src=x onerror=alert(1)>.neukron',
      content: { kind: 'format', message, details: {} },
    });
    expect(html).not.toContain('<img');
    expect(html).toContain('&lt;img src=x onerror=alert(1)&gt;.neukron&quot; is cut short.');
  });
});
