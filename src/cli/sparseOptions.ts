import { mkdir } from 'node:fs/promises';
import { resolve } from 'node:path';
import { InvalidArgumentError, Option } from 'commander';
import { sparseMethods, type SparseMethod } from '../engine/sparse/sparseModel';
import { UsageError } from '../failures';
import { errorCode, writeError } from '../io/fileErrors';
import { parseSeed } from './options';

/** A setting as it was typed; what it may be depends on method and tensor. */
export interface TypedSetting {
  readonly name: string;
  readonly text: string;
}

/** A method and its settings as they were typed. */
export interface TypedAttempt {
  readonly method: SparseMethod;
  readonly settings: readonly TypedSetting[];
}

export function sparseTensorOption(): Option {
  return new Option('--tensor <name>', 'the tensor of a weights file (default: the only one)');
}

export function sparseSeedOption(): Option {
  return new Option('--seed <number>', 'seed of random starts, samples and swaps')
    .default(0)
    .argParser(parseSeed);
}

export function ordersOption(description: string): Option {
  return new Option('--orders', description);
}

export function checkpointsOption(): Option {
  return new Option(
    '--checkpoints <folder>',
    'keep where trainings stand there, and go on from what is there',
  );
}

/**
 * The folder's full path; it is made where there is none.
 * @throws UsageError for a file, FileError when it cannot be made.
 */
export async function checkpointsFolder(path: string): Promise<string> {
  const folder = resolve(path);
  try {
    await mkdir(folder, { recursive: true });
  } catch (error) {
    if (['EEXIST', 'ENOTDIR'].includes(errorCode(error) ?? '')) {
      throw new UsageError(`"${path}" is not a folder; --checkpoints names one.`, { file: path });
    }
    throw writeError(folder, error);
  }
  return folder;
}

export function parseSparseMethod(text: string): SparseMethod {
  const name = text.trim();
  const method = sparseMethods.find((known) => known === name);
  if (!method) {
    throw new InvalidArgumentError(
      `"${name}" is not a method; choose from ${sparseMethods.join(', ')}.`,
    );
  }
  return method;
}

/** Separated by commas, each once. */
export function parseSparseMethods(text: string): SparseMethod[] {
  return [...new Set(text.split(',').map(parseSparseMethod))];
}

/** `name=value`; with what came before it, for options that may be repeated. */
export function parseSetting(text: string, before: readonly TypedSetting[] = []): TypedSetting[] {
  const match = /^\s*([^\s=]+)\s*=\s*(.*?)\s*$/.exec(text);
  if (!match || match[2] === '') {
    throw new InvalidArgumentError(
      `"${text}" is not a setting; give its name and value, e.g. rank=20.`,
    );
  }
  const [, name, value] = match;
  if (before.some((setting) => setting.name === name)) {
    throw new InvalidArgumentError(`"${name}" is given twice.`);
  }
  return [...before, { name, text: value }];
}

/** `method name=value …`, e.g. `tsvd rank=20`; with what came before it. */
export function parseTry(text: string, before: readonly TypedAttempt[] = []): TypedAttempt[] {
  const [method, ...settings] = text.trim().split(/\s+/);
  return [
    ...before,
    {
      method: parseSparseMethod(method),
      settings: settings.reduce<TypedSetting[]>((all, setting) => parseSetting(setting, all), []),
    },
  ];
}

/** A place, counted from 0; with what came before it. */
export function parseEntry(
  text: string,
  before: readonly (readonly number[])[] = [],
): (readonly number[])[] {
  const index = text.split(',').map((part) => (part.trim() === '' ? Number.NaN : Number(part)));
  if (index.some((i) => !Number.isSafeInteger(i) || i < 0)) {
    throw new InvalidArgumentError(
      `"${text}" is not a place; give an index of each mode, counted from 0, e.g. 3,14.`,
    );
  }
  return [...before, index];
}

export function parseThreshold(text: string): number {
  const value = text.trim() === '' ? Number.NaN : Number(text);
  if (!(value >= 0 && value < Infinity)) {
    throw new InvalidArgumentError('Give a number from 0: the least magnitude that is kept.');
  }
  return value;
}

export function parseLargest(text: string): number {
  const count = text.trim() === '' ? Number.NaN : Number(text);
  if (!Number.isSafeInteger(count) || count < 1) {
    throw new InvalidArgumentError('Give a whole number of at least 1.');
  }
  return count;
}
