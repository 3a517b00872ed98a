import { Uri, window } from 'vscode';
import type { QuickPick, QuickPickItem } from 'vscode';
import { UsageError } from '../failures';
import type { TensorRow } from '../protocol/engine';
import { activeFile, pickFile } from './pick';
import type { FileKind } from './pick';
import type { Services } from './services';
import {
  compressedSparseExtensions,
  isCompressedSparseName,
  isSparseName,
  sparseExtensions,
  textExtensions,
} from './sparseExtensions';
import { weightExtensions } from './weightExtensions';
import { fileExtension, fileName, isWeightsFile } from './weightFiles';

const sparseKind: FileKind = {
  placeHolder: 'Choose a sparse matrix or tensor, or a weights file',
  extensions: [...sparseExtensions, ...weightExtensions],
  filters: {
    'Sparse Matrices, Tensors and Weight Files': [
      ...new Set([...sparseExtensions, ...textExtensions, ...weightExtensions].map(lastExtension)),
    ],
    'All Files': ['*'],
  },
};

const compressedKind: FileKind = {
  placeHolder: 'Choose a compressed matrix or tensor',
  extensions: compressedSparseExtensions,
  filters: { 'Compressed Matrices and Tensors': ['neukron', 'safetensors'] },
};

/** Dialogs know the last extension only. */
function lastExtension(extension: string): string {
  return extension.slice(extension.lastIndexOf('.') + 1);
}

const canBeSparse = (uri: Uri) => isSparseName(uri.path) || isWeightsFile(uri);

/**
 * The files a command was called for: the Explorer's selection, the editor's file, or, from the
 * palette, the active editor's file or one that the user picks; undefined when dismissed.
 */
export async function sparseFilesOf(
  uri: Uri | undefined,
  selection: unknown,
  title: string,
): Promise<readonly Uri[] | undefined> {
  const selected = Array.isArray(selection) ? selection.filter((item) => item instanceof Uri) : [];
  if (selected.length > 1) {
    return selected.filter(canBeSparse);
  }
  if (uri) {
    return [uri];
  }
  const active = activeFile();
  const picked = active && canBeSparse(active) ? active : await pickFile(title, sparseKind);
  return picked && [picked];
}

/** As {@link sparseFilesOf}, one file that stands for a sparse matrix or tensor. */
export async function compressedSparseFileOf(
  uri: Uri | undefined,
  title: string,
): Promise<Uri | undefined> {
  if (uri) {
    return uri;
  }
  const active = activeFile();
  return active && isCompressedSparseName(active.path) ? active : pickFile(title, compressedKind);
}

/** As a file holds it: a tensor by its name, or a sparse one without any. */
export type TensorChoice = { readonly tensor?: string } | 'dismissed';

/**
 * Which tensor of a file is meant. Asked is only where there are several.
 * @throws UsageError for a weights file without any that could be sparse.
 */
export async function pickTensor(
  services: Services,
  uri: Uri,
  title: string,
): Promise<TensorChoice> {
  if (!isWeightsFile(uri)) {
    return {};
  }
  const path = await services.files.pathOf(uri);
  const { tensors } = await services.engine.inspect({ path });
  if (fileExtension(uri) === 'npz' && isScipyArchive(tensors)) {
    return {};
  }
  const possible = tensors.filter(
    ({ problem, shape }) => problem === undefined && shape.filter((size) => size > 1).length > 1,
  );
  const [only] = possible;
  if (!only) {
    throw new UsageError(
      `${fileName(uri)} has no matrix and no tensor of more dimensions to compress.`,
      { file: fileName(uri) },
    );
  }
  if (possible.length === 1) {
    return { tensor: only.name };
  }
  const picker = window.createQuickPick<TensorItem>();
  const tensor = await pickWithDensities(services, path, possible, picker, title);
  return tensor === undefined ? 'dismissed' : { tensor };
}

/** Arrays that make up one sparse matrix, as `scipy.sparse.save_npz` names them. */
function isScipyArchive(tensors: readonly TensorRow[]): boolean {
  return ['format', 'shape', 'data'].every((name) => tensors.some((one) => one.name === name));
}

interface TensorItem extends QuickPickItem {
  readonly tensor: TensorRow;
  readonly zeros?: number;
}

/** Tensors up to this size are looked at for their zeros while the list is open. */
const countedBytes = 2 ** 26;

async function pickWithDensities(
  { engine, log }: Services,
  path: string,
  tensors: readonly TensorRow[],
  picker: QuickPick<TensorItem>,
  title: string,
): Promise<string | undefined> {
  const shares = new Map<string, number>();
  const show = () => {
    const [active] = picker.activeItems;
    picker.items = tensors
      .map((tensor) => itemOf(tensor, shares.get(tensor.name)))
      .sort((a, b) => (b.zeros ?? -1) - (a.zeros ?? -1));
    // The list may be sorted anew under the cursor.
    const again = picker.items.find(({ tensor }) => tensor === active?.tensor);
    if (again) {
      picker.activeItems = [again];
    }
  };
  picker.title = title;
  picker.placeholder = 'Choose a tensor; those with many zeros compress well';
  picker.matchOnDescription = true;
  // The list is sorted anew while it is read.
  picker.keepScrollPosition = true;
  show();
  const closed = new AbortController();
  try {
    return await new Promise<string | undefined>((resolve) => {
      picker.onDidAccept(() => resolve(picker.selectedItems[0]?.tensor.name));
      picker.onDidHide(() => resolve(undefined));
      picker.show();
      void countZeros();
    });
  } finally {
    closed.abort();
    picker.dispose();
  }

  async function countZeros(): Promise<void> {
    picker.busy = true;
    for (const { bytes, name } of tensors) {
      if (bytes <= countedBytes && !closed.signal.aborted) {
        const share = await shareOfZeros(name);
        if (share !== undefined && !closed.signal.aborted) {
          shares.set(name, share);
          show();
        }
      }
    }
    if (!closed.signal.aborted) {
      picker.busy = false;
    }
  }

  /** The first part of the statistics has it; what would come after is not waited for. */
  async function shareOfZeros(tensor: string): Promise<number | undefined> {
    const enough = new AbortController();
    let share: number | undefined;
    const note = ({ count, zeros }: { readonly count: number; readonly zeros: number }) => {
      share = zeros / Math.max(1, count);
      enough.abort();
    };
    await engine
      .statistics(
        { path, tensor, bins: 8 },
        { signal: AbortSignal.any([closed.signal, enough.signal]), onProgress: note },
      )
      .then(note, (thrown: unknown) => log.debug(`Zeros of ${tensor}: ${String(thrown)}`));
    return share;
  }
}

function itemOf(tensor: TensorRow, zeros: number | undefined): TensorItem {
  const form = `${tensor.shape.join(' × ')} · ${tensor.dtype}`;
  return {
    label: tensor.name,
    description: zeros === undefined ? form : `${form} · ${percent(zeros)} zeros`,
    tensor,
    ...(zeros !== undefined && { zeros }),
  };
}

function percent(share: number): string {
  return `${(100 * share).toFixed(share > 0 && share < 1 ? 1 : 0)} %`;
}
