import { existsSync, readFileSync } from 'node:fs';
import { dirname, join, resolve } from 'node:path';

/** Where optional native packages may be. */
export interface PackageFolders {
  /** A folder the user names. */
  readonly nativeFolder?: string;
  /** Where TensorPress installs them. */
  readonly installedFolder?: string;
  /** Where our own code is: its node_modules, and those above, are looked into. */
  readonly ownFolder?: string;
}

export interface FoundPackage {
  readonly name: string;
  /** The package's own folder, with its package.json. */
  readonly folder: string;
  readonly version: string;
}

/** Where `npm run native:install` puts them in a checkout, below its node_modules. */
export const checkoutFolder = '.tensorpress-native';

/**
 * Packages of one of these names, best first: in the user's folder, in the installed one, and in
 * the node_modules of the extension or command line itself and above; in each place by the order of
 * `names`.
 */
export function findPackages(
  names: readonly string[],
  { nativeFolder, installedFolder, ownFolder = __dirname }: PackageFolders,
): FoundPackage[] {
  const folders = [
    ...(nativeFolder ? names.flatMap((name) => userFolders(resolve(nativeFolder), name)) : []),
    ...(installedFolder ? names.map((name) => join(installedFolder, 'node_modules', name)) : []),
    ...ownPlaces(ownFolder).flatMap((place) => names.map((name) => join(place, name))),
  ];
  return [...new Set(folders)].flatMap((folder) => packageIn(folder, names) ?? []);
}

/** A user may name the folder above node_modules, node_modules itself, or the package. */
function userFolders(folder: string, name: string): string[] {
  return [join(folder, 'node_modules', name), join(folder, name), folder];
}

function ownPlaces(start: string): string[] {
  const places: string[] = [];
  for (let folder = start; ; folder = dirname(folder)) {
    const modules = join(folder, 'node_modules');
    places.push(join(modules, checkoutFolder, 'node_modules'), modules);
    if (dirname(folder) === folder) {
      return places;
    }
  }
}

function packageIn(folder: string, names: readonly string[]): FoundPackage | undefined {
  const file = join(folder, 'package.json');
  if (!existsSync(file)) {
    return undefined;
  }
  try {
    const { name, version } = JSON.parse(readFileSync(file, 'utf8')) as Record<string, unknown>;
    return typeof name === 'string' && typeof version === 'string' && names.includes(name)
      ? { name, folder, version }
      : undefined;
  } catch {
    return undefined;
  }
}
