import { FormatError, UnsupportedError, UsageError } from '../../failures';
import type { WeightsFile } from '../../formats/format';
import {
  indexDTypes,
  methods,
  type Attributes,
  type IndexDType,
  type Method,
  type Rank,
} from '../decompositions/decomposition';
import { dtypes, type DType } from '../tensor/dtype';

/** The key of the file's metadata under which the header lies as JSON; docs/format.md has it all. */
export const pressedKey = 'tensorpress';

/** A reader of version 1 refuses any other: fields may be added in it, never change their meaning. */
export const pressedFormatVersion = 1;

/** How one tensor of the source is stored. */
export interface PressedTensor {
  readonly method: Method;
  readonly shape: readonly number[];
  /** Of the source's tensor and of each factor that says no other. */
  readonly dtype: DType;
  readonly rank: Rank;
  /** Where each factor of the method lies, in the method's order. */
  readonly factors: readonly {
    /** What the method calls it, e.g. `core`. */
    readonly name: string;
    /** The name of the file's tensor that holds it. */
    readonly tensor: string;
    /** Of indices and bitmaps. */
    readonly dtype?: IndexDType;
  }[];
  readonly attributes: Attributes;
  /** ||W - W~|| / ||W|| of the factors as stored. */
  readonly relativeError: number;
}

export interface PressedHeader {
  readonly formatVersion: typeof pressedFormatVersion;
  readonly tool: { readonly name: string; readonly version: string };
  readonly source: {
    /** Without a folder. */
    readonly name: string;
    /** `safetensors`, `npy` or `npz`. */
    readonly format: string;
    readonly bytes: number;
    readonly sha256: string;
  };
  readonly seed: number;
  readonly tensors: Readonly<Record<string, PressedTensor>>;
}

export function isPressed(file: WeightsFile): boolean {
  return Object.hasOwn(file.metadata, pressedKey);
}

/** @throws UsageError for a pressed file: a second loss would not be measured against the source. */
export function requireNotPressed(file: WeightsFile): void {
  if (isPressed(file)) {
    const { source } = readPressedHeader(file);
    throw new UsageError(
      `"${file.name}" has been compressed by TensorPress already; compress its source "${source.name}", or reconstruct the dense weights first.`,
      { file: file.name },
    );
  }
}

export function writePressedHeader(header: PressedHeader): string {
  return JSON.stringify(header);
}

/**
 * The header of a pressed file, every field checked, and every factor found in the file.
 * @throws UsageError when the file was not written by TensorPress, UnsupportedError for a later
 * version of the format, FormatError naming the field that is wrong.
 */
export function readPressedHeader(file: WeightsFile): PressedHeader {
  const text = Object.hasOwn(file.metadata, pressedKey) ? file.metadata[pressedKey] : undefined;
  if (text === undefined) {
    throw new UsageError(
      `"${file.name}" was not written by TensorPress: its weights are dense already.`,
      { file: file.name },
    );
  }
  const reader = new HeaderReader(file.name);
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch (error) {
    throw reader.wrong('is not valid JSON', error);
  }
  const header = reader.object(value, 'it');
  if (header.formatVersion !== pressedFormatVersion) {
    throw new UnsupportedError(
      `"${file.name}" is a pressed file of version ${JSON.stringify(header.formatVersion)}, and only version ${pressedFormatVersion} is known; update TensorPress.`,
      { file: file.name, value: String(header.formatVersion), limit: pressedFormatVersion },
    );
  }
  const tool = reader.object(header.tool, 'tool');
  const source = reader.object(header.source, 'source');
  const tensors = reader.object(header.tensors, 'tensors');
  const checked: PressedHeader = {
    formatVersion: pressedFormatVersion,
    tool: {
      name: reader.string(tool.name, 'tool.name'),
      version: reader.string(tool.version, 'tool.version'),
    },
    source: {
      name: reader.string(source.name, 'source.name'),
      format: reader.string(source.format, 'source.format'),
      bytes: reader.number(source.bytes, 'source.bytes'),
      sha256: reader.string(source.sha256, 'source.sha256'),
    },
    seed: reader.number(header.seed, 'seed'),
    tensors: Object.fromEntries(
      Object.entries(tensors).map(([name, tensor]) => [name, reader.tensor(tensor, name)]),
    ),
  };
  requireFactors(file, checked);
  return checked;
}

function requireFactors(file: WeightsFile, { tensors }: PressedHeader): void {
  const stored = new Map(file.tensors.map((entry) => [entry.name, entry]));
  const used = new Set<string>();
  for (const [name, { factors, dtype }] of Object.entries(tensors)) {
    const fail = (reason: string) =>
      new FormatError(`"${file.name}": the pressed tensor "${name}" ${reason}.`, {
        file: file.name,
        tensor: name,
      });
    if (stored.has(name) && !factors.some(({ tensor }) => tensor === name)) {
      throw fail('is stored dense as well');
    }
    for (const { tensor, dtype: own = dtype } of factors) {
      const entry = stored.get(tensor);
      if (!entry) {
        throw fail(`lacks its factor "${tensor}"; the file was changed after it was written`);
      }
      if (entry.dtype !== own) {
        throw fail(`has a factor "${tensor}" of type ${entry.storedDtype} instead of ${own}`);
      }
      if (used.has(tensor)) {
        throw fail(`shares its factor "${tensor}" with another`);
      }
      used.add(tensor);
    }
  }
}

/** Checks of single fields; each failure names the field. */
class HeaderReader {
  constructor(private readonly file: string) {}

  wrong(reason: string, cause?: unknown): FormatError {
    return new FormatError(
      `"${this.file}": the metadata "${pressedKey}" ${reason}; the file is damaged, or was changed by another program.`,
      { file: this.file },
      { cause },
    );
  }

  object(value: unknown, field: string): Record<string, unknown> {
    if (typeof value !== 'object' || value === null || Array.isArray(value)) {
      throw this.wrong(`has no object where "${field}" is expected`);
    }
    return value as Record<string, unknown>;
  }

  string(value: unknown, field: string): string {
    if (typeof value !== 'string') {
      throw this.wrong(`has no text in "${field}"`);
    }
    return value;
  }

  number(value: unknown, field: string): number {
    if (typeof value !== 'number' || !(value >= 0)) {
      throw this.wrong(`has no number of 0 or more in "${field}"`);
    }
    return value;
  }

  sizes(value: unknown, field: string): number[] {
    if (!Array.isArray(value) || !value.every((size) => Number.isSafeInteger(size) && size > 0)) {
      throw this.wrong(`has no list of positive whole numbers in "${field}"`);
    }
    return value as number[];
  }

  indexDType(value: unknown, field: string): IndexDType {
    const found = indexDTypes.find((dtype) => dtype === value);
    if (!found) {
      throw this.wrong(
        `has ${JSON.stringify(value)} in "${field}", not ${indexDTypes.join(' or ')}`,
      );
    }
    return found;
  }

  tensor(value: unknown, name: string): PressedTensor {
    const at = (key: string) => `tensors.${name}.${key}`;
    const tensor = this.object(value, `tensors.${name}`);
    const method = methods.find((known) => known === tensor.method);
    if (!method) {
      throw this.wrong(`names the unknown method ${JSON.stringify(tensor.method)} for "${name}"`);
    }
    const dtype = this.string(tensor.dtype, at('dtype'));
    if (!Object.hasOwn(dtypes, dtype) || !dtypes[dtype as DType].isFloat) {
      throw this.wrong(`names ${JSON.stringify(dtype)} as the type of "${name}"`);
    }
    if (!Array.isArray(tensor.factors) || tensor.factors.length === 0) {
      throw this.wrong(`has no list of factors for "${name}"`);
    }
    return {
      method,
      shape: this.sizes(tensor.shape, at('shape')),
      dtype: dtype as DType,
      rank:
        typeof tensor.rank === 'number'
          ? this.sizes([tensor.rank], at('rank'))[0]
          : this.sizes(tensor.rank, at('rank')),
      factors: tensor.factors.map((factor: unknown, i) => {
        const fields = this.object(factor, at(`factors[${i}]`));
        return {
          name: this.string(fields.name, at(`factors[${i}].name`)),
          tensor: this.string(fields.tensor, at(`factors[${i}].tensor`)),
          ...(fields.dtype !== undefined && {
            dtype: this.indexDType(fields.dtype, at(`factors[${i}].dtype`)),
          }),
        };
      }),
      attributes: this.attributes(tensor.attributes, at('attributes')),
      relativeError: this.number(tensor.relativeError, at('relativeError')),
    };
  }

  private attributes(value: unknown, field: string): Attributes {
    const attributes = this.object(value, field);
    for (const [key, attribute] of Object.entries(attributes)) {
      const isList = Array.isArray(attribute) && attribute.every((x) => typeof x === 'number');
      if (!isList && !['string', 'number', 'boolean'].includes(typeof attribute)) {
        throw this.wrong(`has a value of no allowed kind in "${field}.${key}"`);
      }
    }
    return attributes as Attributes;
  }
}
