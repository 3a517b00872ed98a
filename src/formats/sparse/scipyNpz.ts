import type { Job } from '../../engine/job';
import type { DenseTensor } from '../../engine/tensor/tensor';
import { FormatError, UnsupportedError } from '../../failures';
import type { RandomAccessFile } from '../../io/randomAccessFile';
import type { WeightsFile } from '../format';
import { isZip } from '../foreign';
import { npyDataOffset, npyPrefixLength } from '../npyHeader';
import { npzFormat } from '../npz';
import { readTensor } from '../tensorData';
import { readZipDirectory, type ZipMember } from '../zipArchive';
import { assembleFile, requireFileSizes } from './assembleFile';
import type { SparseFile, SparseFormat } from './sparseFormat';
import type { SparseSource } from './sparseSource';
import { expandScipy, type ScipyArrays, type ScipyLayout } from './scipyLayouts';
import { latin1, quoted } from './textLines';

/** What `scipy.sparse.save_npz` writes: the arrays of a sparse matrix in a .npz archive. */
export const scipyNpzFormat: SparseFormat = {
  id: 'scipy',
  label: 'SciPy sparse archive',
  extensions: ['.npz'],
  // An archive of dense arrays is a .npz too; the array that names the layout tells.
  matches: async ({ file, head, isCompressed }) =>
    !isCompressed && isZip(head) && (await formatMember(file).catch(() => undefined)) !== undefined,
  read: readScipyNpz,
};

const layouts: readonly ScipyLayout[] = ['csr', 'csc', 'bsr', 'coo', 'dia'];

async function formatMember(file: RandomAccessFile): Promise<ZipMember | undefined> {
  const members = await readZipDirectory(file);
  const has = (name: string) => members.some((member) => member.name === name);
  const format = members.find(({ name }) => name === 'format.npy');
  return has('shape.npy') && has('data.npy') ? format : undefined;
}

async function readScipyNpz({ file }: SparseSource, job: Job): Promise<SparseFile> {
  const layout = await readLayout(file);
  // Not closed: the file belongs to the caller.
  const weights = await npzFormat.open(file);
  const shape = [...(await array(weights, 'shape', job)).data];
  requireFileSizes(file.name, shape);
  const arrays: ScipyArrays = {
    file: file.name,
    shape,
    has: (name) => weights.tensors.some((entry) => entry.name === name),
    read: (name) => array(weights, name, job),
  };
  const { indices, values } = await expandScipy(layout, arrays, job);
  const read = assembleFile(file.name, shape, indices, values, job);
  return {
    format: 'scipy',
    name: file.name,
    size: file.size,
    stored: values.length,
    ...read,
    notes: [`Stored as ${layout.toUpperCase()}.`],
  };
}

/** The array `format` is one short text, as bytes or, in old files, in four bytes a character. */
async function readLayout(file: RandomAccessFile): Promise<ScipyLayout> {
  const member = await formatMember(file);
  if (!member || member.size > 4096) {
    throw new FormatError(`"${file.name}" does not say how its sparse matrix is stored.`, {
      file: file.name,
    });
  }
  const bytes = await member.readFrom(0);
  const what = `"${file.name}": "format.npy"`;
  const offset = npyDataOffset(bytes.subarray(0, npyPrefixLength), what, file.name);
  const text = latin1(bytes.subarray(offset).filter((byte) => byte !== 0));
  const layout = layouts.find((known) => known === text);
  if (layout === undefined) {
    throw new UnsupportedError(
      `"${file.name}" stores a sparse matrix as "${quoted(text)}", which is not known; save it with .tocsr().`,
      { file: file.name, value: quoted(text) },
    );
  }
  return layout;
}

async function array(weights: WeightsFile, name: string, job: Job): Promise<DenseTensor> {
  const entry = weights.tensors.find((tensor) => tensor.name === name);
  if (!entry) {
    throw new FormatError(
      `"${weights.name}" has no array "${name}", which a sparse matrix needs; it is damaged.`,
      { file: weights.name, tensor: name },
    );
  }
  return readTensor(weights, entry, job);
}
