import { randomUUID } from 'node:crypto';
import { stat } from 'node:fs/promises';
import { basename, dirname, extname, join, resolve } from 'node:path';
import { UsageError } from '../failures';
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

/** @throws UsageError when something is at `path` and `force` is not given. */
export async function requireFree(path: string, force: boolean | undefined): Promise<void> {
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
