import type { SparseMethod } from '../protocol/sparse';

/**
 * What the manifest's menus are contributed for besides weights files, which is read before any of
 * the extension runs. A test compares it with the manifest and with the formats of the engine.
 */
export const sparseExtensions = ['mtx', 'tns', 'mtx.gz', 'tns.gz'] as const;

/** Texts of coordinates that may have any of these names; their content tells. */
export const textExtensions = ['csv', 'txt'] as const;

/** Methods that are written as factors in a safetensors file, whose name then has the method. */
export const factorMethods = [
  'kronfit',
  'tsvd',
  'cur',
  'cmd',
  'accams',
  'baccams',
  'cp',
  'tucker',
] as const satisfies readonly SparseMethod[];

/** How the names of files end that were written by compressing a sparse matrix or tensor. */
export const compressedSparseExtensions: readonly string[] = [
  'neukron',
  ...factorMethods.map((method) => `${method}.safetensors`),
];

/** Metadata that a safetensors file of factors has, whatever it is called. */
export const compressedSparseKey = 'tensorpress.sparse';

/** Whether the name says that a file holds a sparse matrix or tensor, and nothing else. */
export function isSparseName(name: string): boolean {
  return endsWithOne(name, sparseExtensions);
}

/** Whether the name says that a file was written by compressing a sparse matrix or tensor. */
export function isCompressedSparseName(name: string): boolean {
  return endsWithOne(name, compressedSparseExtensions);
}

/** The name without what says how the data is stored: `email` of `email.mtx.gz`. */
export function sparseStem(name: string): string {
  const known = [...sparseExtensions, ...compressedSparseExtensions, ...textExtensions]
    .filter((extension) => endsWithOne(name, [extension]))
    .sort((a, b) => b.length - a.length);
  const [longest] = known;
  return longest === undefined
    ? name.replace(/(?<=.)\.[^.]*$/, '')
    : name.slice(0, -longest.length - 1);
}

function endsWithOne(name: string, extensions: readonly string[]): boolean {
  return extensions.some((extension) => name.toLowerCase().endsWith(`.${extension}`));
}
