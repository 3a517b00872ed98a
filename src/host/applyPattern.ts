import { env } from 'vscode';
import type { Uri } from 'vscode';
import type { Progress } from '../protocol/engine';
import type { PatternOutput, PatternReport, PatternSelection } from '../protocol/patterns';
import { assertOtherFile, defaultOutput, displayPath } from './compress';
import { formatBytes } from './formatBytes';
import { announceFile } from './messages';
import { rememberPressed } from './pressedFiles';
import { runWithNotification } from './progress';
import type { Services } from './services';
import { readSettings } from './settings';
import { safeFileName } from './safeFileName';
import { fileExtension, fileName, fileStem, sibling } from './weightFiles';

export interface PatternTask {
  readonly source: Uri;
  readonly selection: PatternSelection;
  readonly as: PatternOutput;
  /** Of `kpd`. */
  readonly rank?: number;
  readonly output: Uri;
  readonly signal?: AbortSignal;
  readonly onProgress?: (progress: Progress) => void;
}

/** Where the output of a pattern goes unless the user says otherwise: beside its source. */
export function defaultPatternOutput(source: Uri, tensor: string, as: PatternOutput): Uri {
  switch (as) {
    case 'bsr':
    case 'kpd':
      return defaultOutput(source);
    case 'zeros':
      return sibling(source, `${fileStem(source)}.pruned.${fileExtension(source)}`);
    case 'mask':
      return sibling(source, `${safeFileName(tensor)}.mask.npy`);
  }
}

/** What the output of a pattern is called, and its extension, for the dialog that asks for it. */
export function patternFileKind(source: Uri, as: PatternOutput): Record<string, string[]> {
  switch (as) {
    case 'bsr':
    case 'kpd':
      return { Safetensors: ['safetensors'] };
    case 'zeros':
      return { 'Weight Files': [fileExtension(source)] };
    case 'mask':
      return { 'NumPy Arrays': ['npy'] };
  }
}

/** Writes a tensor with its pattern under a cancellable notification, and announces the file. */
export async function applyPattern(
  { engine, files, log }: Services,
  { source, selection, as, rank, output, ...task }: PatternTask,
): Promise<PatternReport> {
  assertOtherFile(source, output);
  const { seed } = readSettings(source);
  const path = await files.pathOf(source);
  const written = await runWithNotification<PatternReport>({
    title: `Writing ${fileName(output)}`,
    signal: task.signal,
    run: (signal, report) =>
      files.writeTo(output, (target) =>
        engine.applyPattern(
          { path, selection, as, rank, seed, output: target },
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
  if (as === 'bsr' || as === 'kpd') {
    rememberPressed(output);
  }
  const report = { ...written, output: displayPath(output) };
  const words = describe(report, selection.tensor);
  log.info(`Wrote ${report.output}`, words);
  announceFile(`${fileName(output)}: ${words}`, output);
  return report;
}

function describe(report: PatternReport, tensor: string): string {
  const share = new Intl.NumberFormat(env.language, { style: 'percent', maximumFractionDigits: 1 });
  const dropped = `${share.format(report.dropped / Math.max(1, report.elements))} of ${tensor}`;
  const error = `relative error ${report.relativeError.toPrecision(3)}`;
  switch (report.as) {
    case 'bsr':
    case 'kpd':
      return (
        `${formatBytes(report.sourceBytes)} → ${formatBytes(report.outputBytes)}, ` +
        `${dropped} dropped, ${error}.`
      );
    case 'zeros':
      return `${dropped} set to zero, ${error}; ${formatBytes(report.outputBytes)} as before.`;
    case 'mask':
      return `the mask drops ${dropped}, ${error}; ${formatBytes(report.outputBytes)}.`;
  }
}
