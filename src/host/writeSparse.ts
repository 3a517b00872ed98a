import type { Uri } from 'vscode';
import type {
  Progress,
  SparseCompressRequest,
  SparseDecodeReport,
  SparseDecodeRequest,
  SparseReport,
} from '../protocol/sparse';
import { assertOtherFile, displayPath } from './compress';
import { formatBytes } from './formatBytes';
import { announceFile } from './messages';
import { rememberCompressedSparse } from './pressedFiles';
import { runWithNotification } from './progress';
import type { Services } from './services';
import { fileName } from './weightFiles';

export interface SparseWriteTask extends Omit<SparseCompressRequest, 'path' | 'output'> {
  readonly source: Uri;
  readonly output: Uri;
  readonly signal?: AbortSignal;
  readonly onProgress?: (progress: Progress) => void;
}

/** Writes a compressed matrix or tensor under a cancellable notification, and announces it. */
export async function writeSparse(
  { engine, files, log }: Services,
  { source, output, signal, onProgress, ...request }: SparseWriteTask,
): Promise<SparseReport> {
  assertOtherFile(source, output);
  const path = await files.pathOf(source);
  const written = await runWithNotification<SparseReport>({
    title: `Writing ${fileName(output)}`,
    signal,
    run: (stop, report) =>
      files.writeTo(output, (target) =>
        engine.sparseCompress(
          { ...request, path, output: target },
          {
            signal: stop,
            onProgress: (progress) => {
              report(progress);
              onProgress?.(progress);
            },
          },
        ),
      ),
  });
  rememberCompressedSparse(output);
  const report = { ...written, source: displayPath(source), output: displayPath(output) };
  const words =
    `${formatBytes(report.outputBytes)} instead of ${formatBytes(report.rawBytes)} as coordinates, ` +
    `relative error ${report.relativeError.toPrecision(3)}.`;
  log.info(`Wrote ${report.output}`, words);
  announceFile(`${fileName(output)}: ${words}`, output);
  return report;
}

export interface SparseDecodeTask extends Omit<SparseDecodeRequest, 'path' | 'output'> {
  readonly source: Uri;
  readonly output: Uri;
}

/** Writes the generated entries as text under a cancellable notification, and announces the file. */
export async function decodeSparse(
  { engine, files, log }: Services,
  { source, output, ...request }: SparseDecodeTask,
): Promise<SparseDecodeReport> {
  assertOtherFile(source, output);
  const path = await files.pathOf(source);
  const written = await runWithNotification<SparseDecodeReport>({
    title: `Decompressing ${fileName(source)}`,
    run: (signal, report) =>
      files.writeTo(output, (target) =>
        engine.sparseDecode({ ...request, path, output: target }, { signal, onProgress: report }),
      ),
  });
  const report = { ...written, source: displayPath(source), output: displayPath(output) };
  const { entries, outputBytes, smallest } = report;
  const words =
    `${entries.toLocaleString('en')} ${entries === 1 ? 'entry' : 'entries'}` +
    `${smallest === undefined ? '' : ` of at least ${smallest.toPrecision(3)}`}, ` +
    `${formatBytes(outputBytes)}.`;
  log.info(`Wrote ${report.output}`, words);
  announceFile(`${fileName(output)}: ${words}`, output);
  return report;
}
