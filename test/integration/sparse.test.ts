import assert from 'node:assert/strict';
import { mkdtempSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { TabInputWebview, Uri, commands, window } from 'vscode';
import type { CompressSparseOptions } from '../../src/commands/compressSparse';
import type { DecompressSparseOptions } from '../../src/commands/decompressSparse';
import type { SparseDecodeReport, SparseEntries, SparseReport } from '../../src/protocol/sparse';
import {
  blockDims,
  blockSides,
  readEntries,
  tensorDims,
  writeBlockMatrix,
  writeBlockTensor,
} from '../support/sparseFiles';
import type { Entries } from '../support/sparseFiles';
import { readWeights } from '../support/weightsFile';
import { closeEditors, filesIn, folderWithSample, sha256, until } from './support';

const areas = blockSides.map(([height, width]) => height * width).sort((a, b) => b - a);
const nonzeros = areas.reduce((sum, area) => sum + area, 0);

function folderWithMatrix(name = 'blocks.mtx'): {
  folder: string;
  matrix: Uri;
  entries: Entries;
} {
  const folder = mkdtempSync(join(tmpdir(), 'press-'));
  const path = join(folder, name);
  return { folder, matrix: Uri.file(path), entries: writeBlockMatrix(path) };
}

function compress(
  source: Uri,
  output: string,
  options: Omit<CompressSparseOptions, 'output'>,
): Thenable<SparseReport> {
  return commands.executeCommand<SparseReport>('tensorpress.compressSparse', source, {
    ...options,
    output: Uri.file(output),
  });
}

function decompress(
  source: string,
  output: string,
  options: Omit<DecompressSparseOptions, 'output'>,
): Thenable<SparseDecodeReport> {
  return commands.executeCommand<SparseDecodeReport>(
    'tensorpress.decompressSparse',
    Uri.file(source),
    { ...options, output: Uri.file(output) },
  );
}

function lookUp(path: string, entries: number[][]): Thenable<SparseEntries> {
  return commands.executeCommand<SparseEntries>('tensorpress.decompressSparse', Uri.file(path), {
    entries,
  });
}

const squaredNorm = (entries: Entries) =>
  [...entries.values()].reduce((sum, value) => sum + value ** 2, 0);

/** ||X - Y||^2 over all entries of both. */
function squaredDifference(a: Entries, b: Entries): number {
  const keys = new Set([...a.keys(), ...b.keys()]);
  return [...keys].reduce((sum, key) => sum + ((a.get(key) ?? 0) - (b.get(key) ?? 0)) ** 2, 0);
}

suite('Compressing a sparse matrix', () => {
  teardown(closeEditors);

  test('by SVD writes factors whose error is what the singular values leave', async () => {
    const { folder, matrix } = folderWithMatrix();
    const before = sha256(matrix.fsPath);
    const output = join(folder, 'blocks.tsvd.safetensors');
    const report = await compress(matrix, output, { method: 'tsvd', options: { rank: 2 } });
    assert.ok(Math.abs(report.squaredError - (areas[2] ?? 0)) < 1e-3, `${report.squaredError}`);
    const relative = Math.sqrt((areas[2] ?? 0) / nonzeros);
    assert.ok(Math.abs(report.relativeError - relative) < 1e-5, `${report.relativeError}`);
    assert.equal(report.source, matrix.fsPath);
    assert.equal(report.output, output);
    assert.equal(report.outputBytes, statSync(output).size);
    assert.equal(report.sourceBytes, statSync(matrix.fsPath).size);
    assert.equal(report.rawBytes, 16 * nonzeros);
    assert.equal(sha256(matrix.fsPath), before);
    assert.deepEqual(filesIn(folder), ['blocks.mtx', 'blocks.tsvd.safetensors']);
  });

  for (const name of ['blocks.mtx', 'blocks.mtx.gz']) {
    test(`and decompressing it gives the entries of ${name} back`, async () => {
      const { entries, folder, matrix } = folderWithMatrix(name);
      const factors = join(folder, 'factors.safetensors');
      const decoded = join(folder, 'decoded.mtx');
      await compress(matrix, factors, { method: 'tsvd', options: { rank: 3 } });
      const report = await decompress(factors, decoded, { threshold: 0.5 });
      assert.equal(report.entries, nonzeros);
      assert.deepEqual(report.dims, [...blockDims]);
      assert.equal(report.outputBytes, statSync(decoded).size);
      const found = readEntries(decoded);
      assert.deepEqual([...found.keys()].sort(), [...entries.keys()].sort());
      assert.ok(squaredDifference(found, entries) < 1e-6);
      const rounded = join(folder, 'rounded.mtx');
      await decompress(factors, rounded, { largest: nonzeros, round: true });
      assert.deepEqual(new Map([...readEntries(rounded)].sort()), new Map([...entries].sort()));
    });
  }

  test('by NeuKron writes a network that generates every entry', async () => {
    const { folder, matrix } = folderWithMatrix();
    const output = join(folder, 'blocks.neukron');
    const report = await compress(matrix, output, {
      method: 'neukron',
      options: { hidden: 5, epochs: 5 },
      seed: 1,
    });
    assert.equal(report.withOrders, true);
    assert.equal(report.outputBytes, statSync(output).size);
    const decoded = join(folder, 'decoded.mtx');
    await decompress(output, decoded, { largest: 50 });
    const found = readEntries(decoded);
    assert.equal(found.size, 50);
    const [[key, value] = ['0,0', NaN]] = found;
    const { values } = await lookUp(output, [key.split(',').map(Number)]);
    assert.ok(Math.abs((values[0] ?? NaN) - value) <= 1e-6 * Math.abs(value));
  });

  test('with the same seed writes the same file', async () => {
    const { folder, matrix } = folderWithMatrix();
    const options = { method: 'neukron', options: { hidden: 3, epochs: 2 }, seed: 5 } as const;
    await compress(matrix, join(folder, 'a.neukron'), options);
    await compress(matrix, join(folder, 'b.neukron'), { ...options, type: 'float32' });
    assert.equal(sha256(join(folder, 'a.neukron')), sha256(join(folder, 'b.neukron')));
  });

  test('without orders, or with half the digits, writes a smaller file', async () => {
    const { folder, matrix } = folderWithMatrix();
    const options = { method: 'neukron', options: { hidden: 5, epochs: 1 } } as const;
    const whole = await compress(matrix, join(folder, 'a.neukron'), options);
    const bare = await compress(matrix, join(folder, 'b.neukron'), {
      ...options,
      withOrders: false,
    });
    const half = await compress(matrix, join(folder, 'c.neukron'), { ...options, type: 'float16' });
    assert.equal(bare.withOrders, false);
    assert.ok(bare.outputBytes < whole.outputBytes);
    assert.ok(half.outputBytes < whole.outputBytes);
  });

  test('takes a tensor of three modes, and gives it back', async () => {
    const folder = mkdtempSync(join(tmpdir(), 'press-'));
    const source = join(folder, 'blocks.tns');
    const entries = writeBlockTensor(source);
    const factors = join(folder, 'blocks.tucker.safetensors');
    const decoded = join(folder, 'decoded.tns');
    const report = await compress(Uri.file(source), factors, {
      method: 'tucker',
      options: { ranks: [2, 2, 2] },
    });
    assert.ok(report.relativeError < 1e-4, `${report.relativeError}`);
    await decompress(factors, decoded, { threshold: 0.5 });
    const found = readEntries(decoded);
    assert.deepEqual([...found.keys()].sort(), [...entries.keys()].sort());
    assert.ok(squaredDifference(found, entries) < 1e-6 * squaredNorm(entries));
    const last = tensorDims.map((size) => size - 1);
    const { values } = await lookUp(factors, [last]);
    assert.ok(Math.abs((values[0] ?? NaN) - (entries.get(last.join(',')) ?? 0)) < 1e-3);
  });

  test('takes a tensor of a weights file', async () => {
    const { folder, sample } = folderWithSample();
    const output = join(folder, 'fc3.safetensors');
    const report = await compress(sample, output, {
      tensor: 'fc3.weight',
      method: 'tsvd',
      options: { rank: 4 },
    });
    const all = join(folder, 'all.mtx');
    await decompress(output, all, { largest: 10 * 84 });
    const dense = readWeights(sample.fsPath).get('fc3.weight');
    assert.ok(dense);
    const [rows = 0, columns = 0] = dense.shape;
    const source = new Map(
      [...dense.values].map((value, at) => [`${Math.floor(at / columns)},${at % columns}`, value]),
    );
    assert.equal(source.size, rows * columns);
    const error = Math.sqrt(squaredDifference(source, readEntries(all)) / squaredNorm(source));
    assert.ok(Math.abs(error - report.relativeError) < 1e-5, `${error} measured`);
  });

  const refused: readonly [what: string, Omit<CompressSparseOptions, 'output'>, reason: RegExp][] =
    [
      ['no method', {}, /method/],
      [
        'a method that is for matrices of another kind',
        { method: 'tsvd', options: { rank: 0 } },
        /0/,
      ],
      ['a tensor that is not there', { method: 'tsvd', tensor: 'fc9' }, /fc9/],
    ];
  for (const [what, options, reason] of refused) {
    test(`refuses ${what}, and writes nothing`, async () => {
      const { folder, matrix } = folderWithMatrix();
      await assert.rejects(
        async () => compress(matrix, join(folder, 'never.safetensors'), options),
        reason,
      );
      assert.deepEqual(filesIn(folder), ['blocks.mtx']);
    });
  }

  test('does not overwrite the source, nor with its entries', async () => {
    const { folder, matrix } = folderWithMatrix();
    const before = sha256(matrix.fsPath);
    await assert.rejects(
      async () => compress(matrix, matrix.fsPath, { method: 'tsvd' }),
      /source file itself/,
    );
    const factors = join(folder, 'factors.safetensors');
    await compress(matrix, factors, { method: 'tsvd', options: { rank: 3 } });
    const written = readFileSync(factors);
    await assert.rejects(async () => decompress(factors, factors, { largest: 1 }), /source file/);
    assert.ok(readFileSync(factors).equals(written));
    assert.equal(sha256(matrix.fsPath), before);
  });

  test('says where a broken file is broken', async () => {
    const { folder, matrix } = folderWithMatrix();
    const broken = join(folder, 'broken.mtx');
    const lines = readFileSync(matrix.fsPath, 'utf8').split('\n');
    writeFileSync(broken, [...lines.slice(0, 9), '3 four 1', ...lines.slice(9)].join('\n'));
    await assert.rejects(
      async () => compress(Uri.file(broken), join(folder, 'never.safetensors'), { method: 'tsvd' }),
      /broken\.mtx.*\b10\b/s,
    );
    assert.deepEqual(filesIn(folder), ['blocks.mtx', 'broken.mtx']);
  });
});

suite('Decompressing', () => {
  teardown(closeEditors);

  test('asks what to keep beside an output', async () => {
    const { folder, matrix } = folderWithMatrix();
    const output = join(folder, 'never.mtx');
    await assert.rejects(async () => decompress(matrix.fsPath, output, {}), /threshold.*largest/);
    await assert.rejects(
      async () => decompress(matrix.fsPath, output, { threshold: 1, largest: 1 }),
      /threshold.*largest/,
    );
  });

  test('refuses a file that stands for no sparse matrix', async () => {
    const { folder, sample } = folderWithSample();
    await assert.rejects(
      async () => decompress(sample.fsPath, join(folder, 'never.mtx'), { largest: 5 }),
      /lenet5-mnist/,
    );
    await assert.rejects(async () => lookUp(sample.fsPath, [[0, 0]]), /lenet5-mnist/);
    assert.deepEqual(filesIn(folder), ['lenet5-mnist.safetensors']);
  });

  test('refuses places outside the matrix', async () => {
    const { folder, matrix } = folderWithMatrix();
    const factors = join(folder, 'factors.safetensors');
    await compress(matrix, factors, { method: 'tsvd', options: { rank: 1 } });
    await assert.rejects(async () => lookUp(factors, [[0, 90]]), /90/);
    await assert.rejects(async () => lookUp(factors, [[0, 0, 0]]), /./);
  });
});

suite('The panel of a sparse matrix', () => {
  teardown(closeEditors);

  const panels = (label: string) =>
    window.tabGroups.all
      .flatMap(({ tabs }) => tabs)
      .filter(({ input }) => input instanceof TabInputWebview)
      .filter((tab) => tab.label === label);

  test('opens once for each file', async () => {
    const { matrix } = folderWithMatrix();
    await commands.executeCommand('tensorpress.compressSparse', matrix);
    await until('the panel', () => panels('Sparse: blocks.mtx').length === 1);
    await commands.executeCommand('vscode.open', matrix);
    await commands.executeCommand('tensorpress.compressSparse', matrix);
    await until('the panel to be in front', () => panels('Sparse: blocks.mtx')[0]?.isActive);
    assert.equal(panels('Sparse: blocks.mtx').length, 1);
    await commands.executeCommand('tensorpress.compressSparse', folderWithMatrix().matrix);
    await until('the panel of the other file', () => panels('Sparse: blocks.mtx').length === 2);
  });

  test('opens once for each tensor of a weights file', async () => {
    const { sample } = folderWithSample();
    const label = (tensor: string) => `Sparse: lenet5-mnist.safetensors › ${tensor}`;
    const open = (tensor: string) =>
      commands.executeCommand('tensorpress.compressSparse', sample, { tensor });
    await open('fc1.weight');
    await open('fc2.weight');
    await until('both panels', () =>
      ['fc1.weight', 'fc2.weight'].every((tensor) => panels(label(tensor)).length === 1),
    );
    await open('fc1.weight');
    await until('the first to be in front', () => panels(label('fc1.weight'))[0]?.isActive);
    assert.equal(panels(label('fc1.weight')).length, 1);
  });
});
