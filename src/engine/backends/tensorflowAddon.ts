import { existsSync } from 'node:fs';
import { join } from 'node:path';

export const addonName = 'tfjs_binding.node';

/** The addon of a package, for the newest Node-API that this Node.js has. */
export function findAddon(
  folder: string,
  napi: number = Number(process.versions.napi),
): string | undefined {
  for (let version = napi; version >= 3; version--) {
    const path = join(folder, 'lib', `napi-v${version}`, addonName);
    if (existsSync(path)) {
      return path;
    }
  }
  return undefined;
}

/** What the systems' loaders say, as the end of a sentence. */
export function explainLoader(reason: string): string {
  const missing = /(lib[\w.+-]+): cannot open shared object file/.exec(reason)?.[1];
  if (missing) {
    return `the library ${missing} that it needs is missing`;
  }
  const symbols = /version [`'](GLIBC\w*_[\d.]+)' not found/.exec(reason)?.[1];
  if (symbols) {
    return `it needs a newer Linux (${symbols})`;
  }
  return reason.replace(/\.$/, '');
}
