import { createWriteStream } from 'node:fs';
import { mkdir } from 'node:fs/promises';
import { dirname } from 'node:path';
import { pipeline } from 'node:stream/promises';
import { openPromise } from 'yauzl';
import { inside, type Unpacking } from './unpackTar';

/** Unpacks chosen members of a zip archive; sizes are checked. */
export async function unpackZip(options: Unpacking): Promise<void> {
  const { archive, folder, place, signal, report } = options;
  const zip = await openPromise(archive);
  let written = 0;
  try {
    for await (const entry of zip.eachEntry()) {
      signal?.throwIfAborted();
      const relative = entry.fileName.endsWith('/') ? undefined : place(entry.fileName);
      if (relative === undefined) {
        continue;
      }
      const target = inside(folder, relative, archive);
      await mkdir(dirname(target), { recursive: true });
      const isExecutable = (entry.externalFileAttributes >>> 16) & 0o111;
      await pipeline(
        await zip.openReadStreamPromise(entry),
        createWriteStream(target, { mode: isExecutable ? 0o755 : 0o644, flags: 'wx' }),
        { signal },
      );
      written += entry.uncompressedSize;
      report?.(written);
    }
  } finally {
    zip.close();
  }
}
