import { join } from 'node:path';
import type { Uri } from 'vscode';
import { UsageError } from '../failures';
import { pickTensor, sparseFilesOf } from '../host/pickSparse';
import type { Services } from '../host/services';
import { readSettings } from '../host/settings';
import type { SparseMethod, SparseOptionValue, SparseReport } from '../protocol/sparse';
import type { SparsePanels } from '../views/sparse/sparsePanels';
import { commandIds } from './ids';
import { optionsOf, registerCommand } from './registerCommand';

const title = 'Compress Sparse Matrix';

/** With an `output`, the command asks nothing and returns the report or rejects. */
export interface CompressSparseOptions {
  /** Of a weights file; asked for where there are several. */
  readonly tensor?: string;
  readonly output?: Uri;
  /** What makes the file: with an `output`. */
  readonly method?: SparseMethod;
  /** Settings of the method; those left out have their defaults. */
  readonly options?: Readonly<Record<string, SparseOptionValue>>;
  readonly seed?: number;
  /** Whether rows and columns keep their identity; they do when left out. */
  readonly withOrders?: boolean;
  /** Of the numbers that are stored: `float32` when left out. */
  readonly type?: 'float32' | 'float16';
}

export function registerCompressSparse(services: Services, panels: SparsePanels): void {
  type Options = CompressSparseOptions | readonly Uri[];
  const run = async (uri?: Uri, options?: Options): Promise<SparseReport | undefined> => {
    const { output, tensor, ...wanted } = optionsOf(options);
    if (uri && output) {
      return compressDirectly(services, panels, uri, { ...wanted, tensor, output });
    }
    for (const file of (await sparseFilesOf(uri, options, title)) ?? []) {
      const choice = tensor === undefined ? await pickTensor(services, file, title) : { tensor };
      if (choice === 'dismissed') {
        return undefined;
      }
      panels.open(file, choice);
    }
    return undefined;
  };
  registerCommand(services, commandIds.compressSparse, run, {
    isHeadless: (_, options) => optionsOf(options).output !== undefined,
  });
}

function compressDirectly(
  { context }: Services,
  panels: SparsePanels,
  source: Uri,
  {
    method,
    options = {},
    output,
    seed,
    tensor,
    type,
    withOrders = true,
  }: CompressSparseOptions & { readonly output: Uri },
): Promise<SparseReport> {
  if (method === undefined) {
    throw new UsageError('To compress a sparse matrix, give a `method` together with `output`.');
  }
  return panels.write({
    source,
    output,
    ...(tensor !== undefined && { tensor }),
    attempt: { method, options },
    seed: seed ?? readSettings(source).seed,
    withOrders,
    ...(type && { type }),
    checkpoints: join(context.globalStorageUri.fsPath, 'sparse'),
  });
}
