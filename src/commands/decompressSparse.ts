import { Uri, window } from 'vscode';
import type { QuickPickItem } from 'vscode';
import { UsageError } from '../failures';
import { compressedSparseFileOf } from '../host/pickSparse';
import type { Services } from '../host/services';
import { defaultDecodedOutput } from '../host/sparseFiles';
import { fileName } from '../host/weightFiles';
import { decodeSparse } from '../host/writeSparse';
import type {
  SparseDecodeReport,
  SparseDecodeRequest,
  SparseEntries,
  SparseModelInfo,
} from '../protocol/sparse';
import { commandIds } from './ids';
import { lookUpEntries } from './lookUpEntries';
import { optionsOf, registerCommand } from './registerCommand';

/** With an `output` or `entries`, the command asks nothing and returns what it found or rejects. */
export interface DecompressSparseOptions {
  readonly output?: Uri;
  /** What is kept, with an `output`: entries of at least this magnitude, … */
  readonly threshold?: number;
  /** … or so many of the largest. */
  readonly largest?: number;
  /** Rounds values to whole numbers first. */
  readonly round?: boolean;
  /** Places counted from 0, instead of an output. */
  readonly entries?: readonly (readonly number[])[];
}

type Kept = Pick<SparseDecodeRequest, 'keep' | 'round'>;
type Options = DecompressSparseOptions | readonly Uri[];

export function registerDecompressSparse(services: Services): void {
  const run = async (
    file?: Uri | string,
    options?: Options,
  ): Promise<SparseDecodeReport | SparseEntries | undefined> => {
    // Links pass text.
    const uri = typeof file === 'string' ? Uri.parse(file, true) : file;
    const { entries, output, ...wanted } = optionsOf(options);
    if (uri && output) {
      return decodeSparse(services, { source: uri, output, ...keptOf(wanted) });
    }
    if (uri && entries) {
      const path = await services.files.pathOf(uri);
      return services.engine.sparseEntries({ path, indices: entries });
    }
    return ask(services, uri);
  };
  registerCommand(services, commandIds.decompressSparse, run, {
    isHeadless: (_, options) => {
      const { entries, output } = optionsOf(options);
      return output !== undefined || entries !== undefined;
    },
  });
}

/** @throws UsageError unless exactly one of the two is given. */
function keptOf({ largest, round, threshold }: DecompressSparseOptions): Kept {
  if ((largest === undefined) === (threshold === undefined)) {
    throw new UsageError('Give either `threshold` or `largest` together with `output`.');
  }
  const keep = largest !== undefined ? { largest } : { threshold: threshold ?? 0 };
  return { keep, ...(round && { round }) };
}

async function ask(
  services: Services,
  uri: Uri | undefined,
): Promise<SparseDecodeReport | undefined> {
  const source = await compressedSparseFileOf(uri, 'Decompress');
  if (!source) {
    return undefined;
  }
  const path = await services.files.pathOf(source);
  const model = await services.engine.sparseModel({ path });
  const title = `Decompress ${fileName(source)}`;
  const what = await pickWhat(model, title);
  if (what === 'entries') {
    await lookUpEntries(services, { path, model, title });
    return undefined;
  }
  const kept = what && (await askWhatToKeep(model, title));
  const output = kept && (await askForOutput(source, model, title));
  return output && decodeSparse(services, { source, output, ...kept });
}

async function pickWhat(
  model: SparseModelInfo,
  title: string,
): Promise<'file' | 'entries' | undefined> {
  const kind = model.dims.length === 2 ? 'MatrixMarket' : 'FROSTT';
  const order = model.hasOrders
    ? ''
    : '; without orders, so rows and columns come in an order of its own';
  const picked = await window.showQuickPick(
    [
      {
        label: `$(file-text) Write a ${kind} file…`,
        detail: 'Its largest entries as text, as other programs read it',
        what: 'file' as const,
      },
      {
        label: '$(search) Look up entries…',
        detail: 'Values by their index, without writing anything',
        what: 'entries' as const,
      },
    ],
    { title, placeHolder: `${describe(model)}${order}` },
  );
  return picked?.what;
}

/** e.g. `neukron, 1,005 × 25,919, 92,159 nonzeros in the source`. */
function describe({ dims, method, nonzeros }: SparseModelInfo): string {
  const form = dims.map((size) => size.toLocaleString('en')).join(' × ');
  const source =
    nonzeros === undefined ? '' : `, ${nonzeros.toLocaleString('en')} nonzeros in the source`;
  return `${method}, ${form}${source}`;
}

interface KeepItem extends QuickPickItem {
  readonly ask: () => Promise<Kept | undefined>;
}

async function askWhatToKeep(model: SparseModelInfo, title: string): Promise<Kept | undefined> {
  const elements = model.dims.reduce((product, size) => product * size, 1);
  const largest: KeepItem = {
    label: 'As many of the largest as I say',
    detail: 'Every entry of a compressed matrix has some value; the largest stand for the nonzeros',
    ask: async () => {
      const text = await window.showInputBox({
        title,
        prompt: 'How many of the largest entries',
        value: model.nonzeros === undefined ? '' : String(model.nonzeros),
        validateInput: (value) =>
          wholeNumber(value, elements) === undefined
            ? `Give a whole number from 1 to ${elements.toLocaleString('en')}.`
            : undefined,
      });
      const count = wholeNumber(text ?? '', elements);
      return count === undefined ? undefined : { keep: { largest: count } };
    },
  };
  const threshold: KeepItem = {
    label: 'All that are large enough',
    detail: 'Entries of at least a magnitude',
    ask: async () => {
      const text = await window.showInputBox({
        title,
        prompt: 'The smallest magnitude of an entry that is kept',
        value: '0.5',
        validateInput: (value) =>
          positiveNumber(value) === undefined ? 'Give a number above 0, such as 0.5.' : undefined,
      });
      const least = positiveNumber(text ?? '');
      return least === undefined ? undefined : { keep: { threshold: least } };
    },
  };
  const whole: KeepItem = {
    label: 'Whole numbers',
    detail: 'Values rounded, as for counts; what rounds to 0 is left out',
    ask: async () => ({ keep: { threshold: 1 }, round: true }),
  };
  const items =
    model.nonzeros === undefined ? [threshold, largest, whole] : [largest, threshold, whole];
  const picked = await window.showQuickPick(items, { title, placeHolder: 'Which entries to keep' });
  return picked?.ask();
}

function wholeNumber(text: string, most: number): number | undefined {
  const value = Number(text.replace(/[\s,_]/g, ''));
  return Number.isSafeInteger(value) && value >= 1 && value <= most ? value : undefined;
}

function positiveNumber(text: string): number | undefined {
  const value = Number(text);
  return text.trim() !== '' && Number.isFinite(value) && value > 0 ? value : undefined;
}

function askForOutput(
  source: Uri,
  { dims }: SparseModelInfo,
  title: string,
): Thenable<Uri | undefined> {
  const [matrixMarket, frostt] = [{ MatrixMarket: ['mtx'] }, { FROSTT: ['tns'] }];
  return window.showSaveDialog({
    title,
    saveLabel: 'Write',
    defaultUri: defaultDecodedOutput(source, dims),
    // MatrixMarket knows matrices only.
    filters: dims.length === 2 ? { ...matrixMarket, ...frostt } : frostt,
  });
}
