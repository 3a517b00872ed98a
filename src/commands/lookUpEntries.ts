import { window } from 'vscode';
import { describeFailure } from '../failures';
import type { Services } from '../host/services';
import type { SparseModelInfo } from '../protocol/sparse';
import { parseIndex } from './parseIndex';

export interface LookUp {
  /** Of the compressed file, on this machine. */
  readonly path: string;
  readonly model: SparseModelInfo;
  readonly title: string;
}

/** Asks for an index, shows its value, and asks for the next one until it is dismissed. */
export async function lookUpEntries(
  { engine }: Services,
  { path, model, title }: LookUp,
): Promise<void> {
  const { dims } = model;
  const places =
    dims.length === 2 ? 'row, column' : dims.map((_, mode) => `i${mode + 1}`).join(', ');
  const question = `${places}, counted from 0`;
  let prompt = question;
  let value = '';
  for (;;) {
    const text = await window.showInputBox({
      title,
      prompt,
      value,
      placeHolder: places,
      ignoreFocusOut: true,
      validateInput: (typed) => {
        const index = parseIndex(typed, dims);
        return typeof index === 'string' ? index : undefined;
      },
    });
    const index = text === undefined ? undefined : parseIndex(text, dims);
    if (text === undefined || index === undefined || typeof index === 'string') {
      return;
    }
    try {
      const { microseconds, values } = await engine.sparseEntries({ path, indices: [index] });
      const [found = NaN] = values;
      prompt = `(${index.join(', ')}) = ${found.toPrecision(6)}, in ${microseconds.toPrecision(2)} µs. Next: ${question}`;
    } catch (thrown) {
      prompt = `${describeFailure(thrown).message} Next: ${question}`;
    }
    value = text;
  }
}
