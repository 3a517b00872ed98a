import { mkdir, readdir, rename, rm, writeFile } from 'node:fs/promises';
import { basename, join } from 'node:path';
import { FormatError } from '../failures';
import { addonName } from '../engine/backends/tensorflowAddon';
import { compileAddon } from './compiler';
import { tfjsNodeVersion, type Library } from './recipes';
import { unpackTar } from './unpackTar';
import { unpackZip } from './unpackZip';

/** Files that the package is put together from, all of them checked. */
export interface TensorFlowParts {
  readonly tfjsNode: string;
  readonly library: { readonly file: string; readonly layout: Library['layout'] };
  readonly addon:
    { readonly prebuilt: string } | { readonly compiler: string; readonly headers: string };
}

export interface Assembly {
  /** Empty; the package when all has gone well. */
  readonly folder: string;
  /** Empty; for what is needed meanwhile. */
  readonly scratch: string;
  readonly signal?: AbortSignal;
  readonly report: (message: string) => void;
}

/** Where tfjs-node looks for its addon, and the addon for its libraries. */
const addonFolder = 'lib/napi-v8';
const libraryFolder = 'deps/lib';

/** The native files, as the manifest lists them. */
export const nativeFolders: readonly string[] = [addonFolder, libraryFolder];

/**
 * Puts a package @tensorflow/tfjs-node together that the engine can load: its kernels, TensorFlow's
 * library, the addon between them, and in place of TensorFlow.js the copy inside the engine, so
 * that none of the packages it depends on is needed.
 */
export async function assembleTensorFlow(
  parts: TensorFlowParts,
  assembly: Assembly,
): Promise<void> {
  const { folder, scratch, signal, report } = assembly;
  report('unpacking tfjs-node');
  await unpackTar({ archive: parts.tfjsNode, folder, place: placeOfTfjsNode, signal });
  await writeStandIns(folder);
  report('unpacking TensorFlow');
  await unpackLibrary(parts.library, { folder, scratch, signal });
  await mkdir(join(folder, addonFolder), { recursive: true });
  if ('prebuilt' in parts.addon) {
    const { prebuilt } = parts.addon;
    await unpack(prebuilt, {
      folder,
      place: (name) => (basename(name) === addonName ? `${addonFolder}/${addonName}` : undefined),
      signal,
    });
    await linkOnWindows(folder);
    return;
  }
  report('building the addon');
  const { compiler, headers } = parts.addon;
  await unpackTar({
    archive: headers,
    folder: join(scratch, 'node'),
    place: (name) => /^package\/include\/([\w]+\.h)$/.exec(name)?.[1],
    signal,
  });
  const libraries = await readdir(join(folder, libraryFolder));
  await compileAddon({
    compiler,
    sources: ['tfjs_backend.cc', 'tfjs_binding.cc'].map((name) => join(folder, 'binding', name)),
    includes: [join(scratch, 'node'), join(scratch, 'include')],
    libraries: linkable(libraries).map((name) => join(folder, libraryFolder, name)),
    output: join(folder, addonFolder, addonName),
    librariesFromAddon: '../../deps/lib',
    signal,
  });
  await rm(join(folder, 'binding'), { recursive: true });
}

/** Kernels and the sources of the addon; neither tests nor types. */
function placeOfTfjsNode(name: string): string | undefined {
  const path = name.replace(/^package\//, '');
  const isWanted =
    path === 'package.json' ||
    /^binding\/\w+\.(cc|h)$/.test(path) ||
    (/^dist\/(kernels\/)?\w+\.js$/.test(path) && !/_test\.js$|\/run_tests\.js$/.test(path));
  return isWanted ? path : undefined;
}

async function writeStandIns(folder: string): Promise<void> {
  for (const name of ['@tensorflow/tfjs', '@tensorflow/tfjs-core']) {
    const standIn = join(folder, 'node_modules', name);
    await mkdir(standIn, { recursive: true });
    const manifest = { name, version: tfjsNodeVersion, main: 'index.js' };
    await writeFile(join(standIn, 'package.json'), `${JSON.stringify(manifest)}\n`);
    await writeFile(
      join(standIn, 'index.js'),
      "// The engine's own copy; backends/tensorflow.ts puts it there.\n" +
        "module.exports = globalThis[Symbol.for('tensorpress.tfjs')];\n",
    );
  }
  // Only TensorBoard's summaries use it, and the package behind it is large.
  await mkdir(join(folder, 'dist/proto'), { recursive: true });
  await writeFile(join(folder, 'dist/proto/api_pb.js'), 'module.exports = {};\n');
}

async function unpackLibrary(
  { file, layout }: TensorFlowParts['library'],
  { folder, scratch, signal }: Pick<Assembly, 'folder' | 'scratch' | 'signal'>,
): Promise<void> {
  const place = layout === 'wheel' ? placeOfWheel : placeOfLibtensorflow;
  const unpacked = join(scratch, 'library');
  await unpack(file, { folder: unpacked, place, signal });
  const libraries = await readdir(join(unpacked, 'lib')).catch(() => []);
  if (libraries.length === 0) {
    throw new FormatError(`${basename(file)} holds no TensorFlow library.`, { file });
  }
  await mkdir(join(folder, 'deps'), { recursive: true });
  await rename(join(unpacked, 'lib'), join(folder, libraryFolder));
  // Without headers, for an addon that is built already.
  await rename(join(unpacked, 'include'), join(scratch, 'include')).catch(() => {});
  await rename(join(unpacked, 'licence'), join(folder, 'deps/licence')).catch(() => {});
}

/** `lib/libtensorflow.so.2`, `include/tensorflow/c/c_api.h`; on Windows some lie at the top. */
function placeOfLibtensorflow(name: string): string | undefined {
  const path = name.replace(/^\.\//, '');
  if (/^(lib\/)?(lib)?tensorflow(_framework)?(\.\d+)*\.(so|dylib|dll|lib)(\.\d+)*$/.test(path)) {
    return `lib/${basename(path)}`;
  }
  return placeOfHeader(path) ?? placeOfLicence(path);
}

/** The same files in a package for Python, whose library has another name. */
function placeOfWheel(name: string): string | undefined {
  const path = name.replace(/^tensorflow\//, '');
  return /^libtensorflow_(cc|framework)\.(so\.\d+|\d+\.dylib)$/.test(path)
    ? `lib/${path}`
    : (placeOfHeader(path) ?? placeOfLicence(path));
}

/** The few headers of thousands that the addon includes. */
function placeOfHeader(path: string): string | undefined {
  return /^include\/tensorflow\/(tsl\/)?(c|c\/eager|core\/platform|platform)\/\w+\.h$/.test(path)
    ? path
    : undefined;
}

function placeOfLicence(path: string): string | undefined {
  return /^(\w+-[\d.]+\.dist-info\/)?(LICENSE|THIRD_PARTY_TF_C_LICENSES|THIRD_PARTY_NOTICES\.txt)$/.test(
    path,
  )
    ? `licence/${basename(path)}`
    : undefined;
}

/** Each library once, not under all the names that are links to it. */
function linkable(names: readonly string[]): string[] {
  const byLibrary = new Map<string, string>();
  for (const name of [...names].sort()) {
    const library = name.split('.')[0];
    const isShared = /\.so(\.\d+)?$|^\w+\.\d+\.dylib$/.test(name);
    if (isShared) {
      byLibrary.set(library, name);
    }
  }
  return [...byLibrary.values()];
}

/** Windows looks for libraries beside the addon. */
async function linkOnWindows(folder: string): Promise<void> {
  if (process.platform === 'win32') {
    await rename(
      join(folder, libraryFolder, 'tensorflow.dll'),
      join(folder, addonFolder, 'tensorflow.dll'),
    );
  }
}

function unpack(
  archive: string,
  options: { folder: string; place(name: string): string | undefined; signal?: AbortSignal },
): Promise<void> {
  return /\.(whl|zip)$/.test(archive)
    ? unpackZip({ archive, ...options })
    : unpackTar({ archive, ...options });
}
