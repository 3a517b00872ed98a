import { workspace } from 'vscode';
import type { Uri } from 'vscode';
import { FileError, describeFailure } from '../../failures';
import { runWithNotification } from '../../host/progress';
import type { Services } from '../../host/services';
import { readSettings } from '../../host/settings';
import type { Settings } from '../../host/settings';
import { fileName } from '../../host/weightFiles';
import type { ChoicesProgress, ChoicesResult } from '../../protocol/engine';
import type { ChoicesCache } from './choicesCache';

/** Choices that take no longer than this are shown by the panel alone. */
const quietMs = 1000;

export interface ChoicesTask {
  readonly signal: AbortSignal;
  readonly cache: ChoicesCache;
  /** `stamp` tells this state of the file from later ones. */
  readonly onBegin: (fileBytes: number, settings: Settings, stamp: string) => void;
  readonly onProgress: (part: ChoicesProgress) => void;
}

/**
 * The choices of a file under its settings, from the cache or by the engine, with a cancellable
 * notification if they take long.
 */
export async function computeChoices(
  { context, engine, files, log }: Services,
  uri: Uri,
  { cache, onBegin, onProgress, signal }: ChoicesTask,
): Promise<ChoicesResult> {
  const name = fileName(uri);
  const settings = readSettings(uri);
  const { keptLevels, methods, seed } = settings;
  const { size, stamp } = await statSource(uri);
  onBegin(size, settings, stamp);

  const { version } = context.extension.packageJSON as { readonly version: string };
  const key = [uri.toString(), stamp, methods, keptLevels, seed, version];
  const known = await cache.read(key);
  if (known) {
    log.info(`Choices of ${name}: taken from the last time`);
    return known;
  }
  const path = await files.pathOf(uri);
  const result = await runWithNotification<ChoicesResult>({
    title: `Computing choices for ${name}`,
    signal,
    appearAfterMs: quietMs,
    run: (stop, report) =>
      engine.choices(
        { path, methods, kept: keptLevels, seed },
        {
          signal: stop,
          onProgress: (part) => {
            report(part);
            onProgress(part);
          },
        },
      ),
  });
  log.info(
    `Choices of ${name}: ${result.choices.length} in ${Math.round(result.elapsedMs)} ms ` +
      `on ${result.backend}`,
  );
  await cache.write(key, result).catch((error: unknown) => {
    log.warn(`Choices of ${name} could not be kept for next time: ${String(error)}`);
  });
  return result;
}

export async function statSource(uri: Uri): Promise<{ size: number; stamp: string }> {
  try {
    const { mtime, size } = await workspace.fs.stat(uri);
    return { size, stamp: `${mtime}-${size}` };
  } catch (error) {
    const { message } = describeFailure(error);
    throw new FileError(`${fileName(uri)} cannot be read: ${message}`, { file: fileName(uri) });
  }
}
