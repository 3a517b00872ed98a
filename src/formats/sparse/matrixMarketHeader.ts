import { FormatError, UnsupportedError } from '../../failures';
import { requireFileSizes } from './assembleFile';
import { quoted, type TextLines } from './textLines';

export type Symmetry = 'general' | 'symmetric' | 'skew-symmetric';

export interface MatrixMarketHeader {
  /** What a value is; those of a pattern are left out and are 1. */
  readonly field: 'real' | 'integer' | 'pattern';
  readonly symmetry: Symmetry;
  readonly dims: readonly [rows: number, columns: number];
  readonly stated: number;
}

export const banner = '%%MatrixMarket';

const fields: Readonly<Record<string, MatrixMarketHeader['field']>> = {
  real: 'real',
  double: 'real',
  integer: 'integer',
  'unsigned-integer': 'integer',
  pattern: 'pattern',
};

/**
 * Reads everything before the entries: banner, comments, and the line of sizes.
 * @throws FormatError for a header that is none; UnsupportedError for dense, complex and hermitian
 * matrices, and for vectors.
 */
export async function readMatrixMarketHeader(
  lines: TextLines,
  file: string,
): Promise<MatrixMarketHeader> {
  const first = (await lines.nextLine()) ?? '';
  const kind = parseBanner(first, file);
  const sizes = await sizeLine(lines, file);
  const [rows, columns, stated] = sizes;
  requireFileSizes(file, [rows, columns]);
  if (kind.symmetry !== 'general' && rows !== columns) {
    throw new FormatError(
      `"${file}" says that it is ${kind.symmetry} but has ${rows} rows and ${columns} columns; it is damaged.`,
      { file },
    );
  }
  return { ...kind, dims: [rows, columns], stated };
}

function parseBanner(line: string, file: string): Pick<MatrixMarketHeader, 'field' | 'symmetry'> {
  const [mark, object, format, field, symmetry] = line.trim().toLowerCase().split(/\s+/);
  if (mark !== banner.toLowerCase()) {
    throw new FormatError(
      `"${file}" does not begin with "${banner}"; it is not a MatrixMarket file, or has lost its first line.`,
      { file },
    );
  }
  if (object !== 'matrix') {
    throw unsupported(
      file,
      `holds a "${quoted(object ?? '')}", and only a matrix can be read`,
      object,
    );
  }
  if (format === 'array') {
    throw unsupported(
      file,
      'is a dense matrix ("array"); save it as "coordinate", or the array as .npy',
      format,
    );
  }
  if (format !== 'coordinate') {
    throw unsupported(
      file,
      `is in the format "${quoted(format ?? '')}", and only "coordinate" is known`,
      format,
    );
  }
  const known = fields[field ?? ''];
  if (known === undefined) {
    throw field === 'complex'
      ? unsupported(file, 'holds complex numbers; save their real part or their magnitude', field)
      : unsupported(
          file,
          `has values of the type "${quoted(field ?? '')}", which is not known`,
          field,
        );
  }
  if (symmetry === 'hermitian') {
    throw unsupported(
      file,
      'is hermitian, that is complex; save its real part as "symmetric"',
      symmetry,
    );
  }
  if (symmetry !== 'general' && symmetry !== 'symmetric' && symmetry !== 'skew-symmetric') {
    throw unsupported(
      file,
      `has the symmetry "${quoted(symmetry ?? '')}", which is not known`,
      symmetry,
    );
  }
  return { field: known, symmetry };
}

function unsupported(file: string, what: string, value: string | undefined): UnsupportedError {
  return new UnsupportedError(`"${file}" ${what}.`, { file, value });
}

async function sizeLine(lines: TextLines, file: string): Promise<[number, number, number]> {
  for (;;) {
    const line = await lines.nextLine();
    if (line === undefined) {
      throw new FormatError(
        `"${file}" ends before the line with its numbers of rows, columns and entries; it is truncated.`,
        { file },
      );
    }
    if (line.trim() === '' || line.startsWith('%')) {
      continue;
    }
    const numbers = /^\s*(\d{1,15})\s+(\d{1,15})\s+(\d{1,15})\s*$/.exec(line);
    if (!numbers) {
      throw new FormatError(
        `"${file}": line ${lines.linesRead} should have the numbers of rows, columns and entries, but is "${quoted(line)}".`,
        { file, value: lines.linesRead },
      );
    }
    return [Number(numbers[1]), Number(numbers[2]), Number(numbers[3])];
  }
}
