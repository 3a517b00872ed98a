import { describe, expect, it } from 'vitest';
import { sparseMethods } from '../../../src/engine/sparse/sparseModel';
import { headerKey } from '../../../src/engine/sparse/stored/header';
import { storedExtension } from '../../../src/engine/sparse/stored';
import { sparseExtensions as readExtensions } from '../../../src/formats/sparse/registry';
import {
  compressedSparseKey,
  factorMethods,
  isCompressedSparseName,
  isSparseName,
  sparseExtensions,
  sparseStem,
} from '../../../src/host/sparseExtensions';
import { weightExtensions } from '../../../src/host/weightExtensions';

describe('the names of sparse files', () => {
  it('are those of the formats that are read, texts also with .gz', () => {
    const withDots = sparseExtensions.map((extension) => `.${extension}`);
    const plain = readExtensions.filter(
      (extension) => !weightExtensions.some((weights) => `.${weights}` === extension),
    );
    expect(withDots.sort()).toEqual([...plain, ...plain.map((text) => `${text}.gz`)].sort());
  });

  it('have the method where it is written as factors', () => {
    expect([...factorMethods].sort()).toEqual(
      sparseMethods.filter((method) => storedExtension(method) === 'safetensors').sort(),
    );
  });

  it('are not needed to know a file of factors', () => {
    expect(compressedSparseKey).toBe(headerKey);
  });

  it.each([
    ['email.mtx', true, false],
    ['/data/Email.MTX.gz', true, false],
    ['uber.tns', true, false],
    ['m.npz', false, false],
    ['tns', false, false],
    ['email.neukron', false, true],
    ['email.tsvd.safetensors', false, true],
    ['email.BACCAMS.safetensors', false, true],
    ['email.safetensors', false, false],
    ['email.mtx.txt', false, false],
  ])('tell what %s is', (name, isSparse, isCompressed) => {
    expect(isSparseName(name)).toBe(isSparse);
    expect(isCompressedSparseName(name)).toBe(isCompressed);
  });

  it.each([
    ['email.mtx', 'email'],
    ['email.mtx.gz', 'email'],
    ['v1.2.tns', 'v1.2'],
    ['model.safetensors', 'model'],
    ['email.tsvd.safetensors', 'email'],
    ['email.neukron', 'email'],
    ['email.Email.CSV', 'email.Email'],
    ['noname', 'noname'],
    ['.hidden', '.hidden'],
  ])('without what says how the data is stored: %s is %s', (name, stem) => {
    expect(sparseStem(name)).toBe(stem);
  });
});
