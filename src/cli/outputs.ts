import { randomUUID } from 'node:crypto';
import { constants } from 'node:fs';
import { access, stat } from 'node:fs/promises';
import { basename, dirname, extname, join, resolve } from 'node:path';
import { UsageError } from '../failures';
import { writeError } from '../io/fileErrors';
import { writeAtomically } from '../io/atomicWrite';
import type { OutputTarget } from '../protocol/engine';

/** `<stem>.pressed.safetensors` beside the source. */
export function defaultPressedPath(source: string): string {
  return join(dirname(source), `${stemOf(source)}.pressed.safetensors`);
}

/** `<stem>.dense.<extension of the source's format>` beside the pressed file. */
export function defaultDensePath(pressed: string, sourceFormat: string): string {
  const stem = stemOf(pressed).replace(/\.pressed$/, '');
  return join(dirname(pressed), `${stem}.dense.${sourceFormat}`);
}

/** With a temporary name of this call's own, so that removing it can hit nothing else. */
export function targetOf(path: string): OutputTarget {
  const full = resolve(path);
  const name = `.${basename(full)}.${randomUUID().slice(0, 8)}.press.tmp`;
  return { path: full, temporary: join(dirname(full), name) };
}

/**
 * That `path` can be written: asked before anything is computed.
 * @throws UsageError when something is there and `force` is not given; FileError when its folder is
 * missing or may not be written to.
 */
export async function requireFree(path: string, force: boolean | undefined): Promise<void> {
  try {
    await access(dirname(resolve(path)), constants.W_OK);
  } catch (error) {
    throw writeError(path, error);
  }
  if (!force && (await exists(path))) {
    throw new UsageError(`"${path}" exists already; give another name, or --force to replace it.`, {
      file: path,
    });
  }
}

export async function writeText(path: string, text: string): Promise<void> {
  await writeAtomically(targetOf(path), (sink) => sink.write(new TextEncoder().encode(text)));
}

function stemOf(path: string): string {
  return basename(path, extname(path));
}

async function exists(path: string): Promise<boolean> {
  return stat(path).then(
    () => true,
    () => false,
  );
}
