import { stat } from 'node:fs/promises';
import { basename } from 'node:path';
import type { TensorEntry, TensorSource, WeightsFile, WeightsFormat } from '../../formats/format';
import { formatByName, formats, openWeights } from '../../formats/registry';
import { encode } from '../../formats/tensorData';
import { writeAtomically } from '../../io/atomicWrite';
import { openLocalFile } from '../../io/localFile';
import type { OutputTarget, ReconstructReport } from '../../protocol/engine';
import { UnsupportedError, UsageError } from '../../failures';
import { startBackend } from '../backends/backend';
import { part, unattended, type Job } from '../job';
import { dtypes } from '../tensor/dtype';
import { elementCount } from '../tensor/tensor';
import { pressedKey, readPressedHeader, type PressedHeader } from './pressedHeader';
import { restoreTensor } from './restoreTensor';

/**
 * Writes the dense approximation of the pressed file at `path`: the source's tensors under their
 * names, in its order, shapes and dtypes, with its metadata. The output's extension decides about
 * the format; where it is of none, it is the source's own. One tensor is in memory at a time.
 * @throws UsageError when the file is not a pressed one or the output is that file; UnsupportedError
 * when the output's format cannot hold a tensor; FormatError, FileError, CancelledError. Nothing is
 * left behind then.
 */
export async function reconstructFile(
  { path, output }: { readonly path: string; readonly output: OutputTarget },
  job: Job = unattended,
): Promise<ReconstructReport> {
  const started = performance.now();
  const file = await openWeights(await openLocalFile(path));
  try {
    const header = readPressedHeader(file);
    const format = formatFor(output.path, header);
    await startBackend();
    const sources = sourcesOf(file, header, format, job);
    // NumPy's formats have no place for metadata; what came from one has none.
    const metadata = format.id === 'safetensors' ? sourceMetadata(file) : {};
    await writeAtomically(
      { ...output, source: path },
      (sink) => format.write(sink, sources, metadata, part(job, 0, 1)),
      job,
    );
    return {
      source: path,
      output: output.path,
      sourceBytes: file.size,
      outputBytes: (await stat(output.path)).size,
      reconstructed: Object.keys(header.tensors),
      elapsedMs: performance.now() - started,
    };
  } finally {
    await file.close();
  }
}

type WritableFormat = WeightsFormat & Required<Pick<WeightsFormat, 'write'>>;

function formatFor(output: string, header: PressedHeader): WritableFormat {
  const id = header.source.format;
  const format = formatByName(output) ?? formats.find((known) => known.id === id);
  if (!format || !canWrite(format)) {
    throw new UsageError(
      `"${basename(output)}" cannot be written: the format ${format?.label ?? id} is read only; give a name that ends in .safetensors.`,
      { file: output, value: id },
    );
  }
  return format;
}

function canWrite(format: WeightsFormat): format is WritableFormat {
  return format.write !== undefined;
}

/** In the source's order: a pressed tensor stands where its first factor is. */
function sourcesOf(
  file: WeightsFile,
  header: PressedHeader,
  format: WeightsFormat,
  job: Job,
): TensorSource[] {
  const ownerOf = new Map(
    Object.entries(header.tensors).flatMap(([name, { factors }]) =>
      factors.map(({ tensor }, i) => [tensor, { name, isFirst: i === 0 }] as const),
    ),
  );
  return file.tensors.flatMap((entry) => {
    const owner = ownerOf.get(entry.name);
    if (!owner) {
      return [denseSource(file, entry, format, job)];
    }
    return owner.isFirst ? [restoredSource(file, owner.name, header, job)] : [];
  });
}

function restoredSource(
  file: WeightsFile,
  name: string,
  header: PressedHeader,
  job: Job,
): TensorSource {
  const { shape, dtype } = header.tensors[name];
  return {
    name,
    shape,
    dtype,
    byteLength: elementCount(shape) * dtypes[dtype].bytes,
    bytes: async () => {
      job.throwIfCancelled();
      return encode((await restoreTensor(file, name, header, job)).data, dtype, job);
    },
  };
}

function denseSource(
  file: WeightsFile,
  entry: TensorEntry,
  format: WeightsFormat,
  job: Job,
): TensorSource {
  if (entry.dtype === undefined && format.id !== file.format) {
    throw new UnsupportedError(
      `Tensor "${entry.name}" of type ${entry.storedDtype} cannot be written as ${format.label}; give a name that ends in .safetensors.`,
      { file: file.name, tensor: entry.name, value: entry.storedDtype },
    );
  }
  return {
    name: entry.name,
    shape: entry.shape,
    dtype: entry.dtype ?? 'uint8',
    ...(entry.dtype === undefined && { storedDtype: entry.storedDtype }),
    byteLength: entry.bytes,
    bytes: () => file.readBytes(entry, job),
  };
}

function sourceMetadata(file: WeightsFile): Record<string, string> {
  const entries = Object.entries(file.metadata).filter(([key]) => key !== pressedKey);
  return Object.fromEntries(entries);
}
