import { Uri, commands, env } from 'vscode';
import { UsageError } from '../failures';
import type { Plan } from '../protocol/choices';
import type { CompressReport, Progress, ReconstructReport } from '../protocol/engine';
import { formatBytes } from './formatBytes';
import { announceFile } from './messages';
import { rememberPressed } from './pressedFiles';
import { runWithNotification } from './progress';
import type { Services } from './services';
import { readSettings } from './settings';
import { fileName, fileStem, sibling } from './weightFiles';

export interface CompressTask {
  readonly source: Uri;
  readonly plan: Plan;
  readonly output: Uri;
  readonly signal?: AbortSignal;
  readonly onProgress?: (progress: Progress) => void;
}

export interface ReconstructTask {
  readonly source: Uri;
  readonly output: Uri;
}

/** Where a pressed file goes unless the user says otherwise: beside its source. */
export function defaultOutput(source: Uri): Uri {
  const { outputSuffix } = readSettings(source);
  return sibling(source, `${fileStem(source)}${outputSuffix}.safetensors`);
}

export function defaultPlanFile(source: Uri): Uri {
  return sibling(source, `${fileStem(source)}.press.json`);
}

/** @param format of the file that was pressed, which is also its extension. */
export function defaultReconstruction(source: Uri, format: string): Uri {
  const { outputSuffix } = readSettings(source);
  const stem = fileStem(source);
  const original = stem.endsWith(outputSuffix) ? stem.slice(0, -outputSuffix.length) : stem;
  return sibling(source, `${original}.dense.${format}`);
}

/** Writes the pressed file under a cancellable notification, and announces it. */
export async function compressFile(
  { engine, files, log }: Services,
  task: CompressTask,
): Promise<CompressReport> {
  const { source, plan, output } = task;
  assertOtherFile(source, output);
  const path = await files.pathOf(source);
  const written = await runWithNotification<CompressReport>({
    title: `Compressing ${fileName(source)}`,
    signal: task.signal,
    run: (signal, report) =>
      files.writeTo(output, (target) =>
        engine.compress(
          { path, plan, output: target },
          {
            signal,
            onProgress: (progress) => {
              report(progress);
              task.onProgress?.(progress);
            },
          },
        ),
      ),
  });
  rememberPressed(output);
  // Ticks off the walkthrough's step.
  void commands.executeCommand('setContext', 'tensorpress.hasCompressed', true);
  const report = { ...written, source: displayPath(source), output: displayPath(output) };
  log.info(`Wrote ${report.output}`, describeSizes(report));
  announceFile(`${fileName(output)}: ${describeSizes(report)}`, output);
  return report;
}

/** Writes the dense approximation of a pressed file, and announces it. */
export async function reconstructFile(
  { engine, files, log }: Services,
  { source, output }: ReconstructTask,
): Promise<ReconstructReport> {
  assertOtherFile(source, output);
  const path = await files.pathOf(source);
  const written = await runWithNotification<ReconstructReport>({
    title: `Reconstructing ${fileName(source)}`,
    run: (signal, report) =>
      files.writeTo(output, (target) =>
        engine.reconstruct({ path, output: target }, { signal, onProgress: report }),
      ),
  });
  const report = { ...written, source: displayPath(source), output: displayPath(output) };
  log.info(`Wrote ${report.output}`, `${report.reconstructed.length} tensors reconstructed`);
  announceFile(
    `${fileName(output)} holds the dense weights, ${formatBytes(report.outputBytes)}.`,
    output,
  );
  return report;
}

/** The engine compares local paths; it never sees where a copy of a virtual file came from. */
export function assertOtherFile(source: Uri, output: Uri): void {
  if (source.toString() === output.toString()) {
    throw new UsageError(
      `${fileName(source)} is the source file itself, which is never overwritten; give another name.`,
      { file: fileName(source) },
    );
  }
}

/** Local files by their path, others by their URI: what {@link uriOfDisplayPath} takes back. */
export function displayPath(uri: Uri): string {
  return uri.scheme === 'file' ? uri.fsPath : uri.toString(true);
}

function describeSizes({ sourceBytes, outputBytes, error }: CompressReport): string {
  const share = new Intl.NumberFormat(env.language, { style: 'percent', maximumFractionDigits: 1 });
  return (
    `${formatBytes(sourceBytes)} → ${formatBytes(outputBytes)} ` +
    `(${share.format(outputBytes / sourceBytes)} of the size), ` +
    `relative error ${error.relative.toPrecision(3)}.`
  );
}

export function uriOfDisplayPath(path: string): Uri {
  return /^[a-z][\w+.-]+:\/\//i.test(path) ? Uri.parse(path, true) : Uri.file(path);
}
