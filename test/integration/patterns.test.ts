import assert from 'node:assert/strict';
import { readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { TabInputWebview, Uri, commands, window } from 'vscode';
import type { ReconstructReport } from '../../src/protocol/engine';
import type {
  BlockPattern,
  NmPattern,
  PatternOutput,
  PatternReport,
  PatternSelection,
} from '../../src/protocol/patterns';
import { heaviestBlocks, keepBlocks } from '../support/blocks';
import { readWeights, relativeDifference } from '../support/weightsFile';
import { closeEditors, filesIn, folderWithSample, sha256, until } from './support';

const tensor = 'fc1.weight';
const [rows, columns] = [120, 400];
const edge = 8;
const kept = 300;
const blocks: BlockPattern = {
  kind: 'block',
  scheme: 'matrix',
  block: [edge, edge],
  criterion: 'frobenius',
  scope: 'matrix',
};
const twoOfFour: NmPattern = { kind: 'nm', scheme: 'matrix', m: 4 };
const selection: PatternSelection = { tensor, pattern: blocks, kept };

function apply(
  source: Uri,
  output: string,
  as: PatternOutput,
  what: PatternSelection = selection,
): Thenable<PatternReport> {
  return commands.executeCommand<PatternReport>('tensorpress.previewPatterns', source, {
    selection: what,
    as,
    output: Uri.file(output),
  });
}

/** The sample's tensor with zeros in all but its heaviest blocks. */
function pruned(values: Float32Array): Float32Array {
  const matrix = { values, rows, columns, edge };
  return keepBlocks(matrix, heaviestBlocks(matrix, kept));
}

async function reconstruct(source: string, output: string): Promise<void> {
  await commands.executeCommand<ReconstructReport>('tensorpress.reconstruct', Uri.file(source), {
    output: Uri.file(output),
  });
}

function valuesOf(path: string, name = tensor): Float32Array {
  const found = readWeights(path).get(name);
  assert.ok(found, `${name} is in ${path}`);
  return found.values;
}

suite('Applying a pattern', () => {
  teardown(closeEditors);

  test('as BSR writes a smaller file, which gives the blocks back that were kept', async () => {
    const { folder, sample } = folderWithSample();
    const before = sha256(sample.fsPath);
    const output = join(folder, 'blocks.safetensors');
    const dense = join(folder, 'dense.safetensors');

    const report = await apply(sample, output, 'bsr');
    await reconstruct(output, dense);

    const source = valuesOf(sample.fsPath);
    const expected = pruned(source);
    assert.deepEqual(valuesOf(dense), expected);
    assert.equal(report.output, output);
    assert.equal(report.outputBytes, statSync(output).size);
    assert.ok(report.outputBytes < report.sourceBytes, `${report.outputBytes} bytes`);
    assert.equal(report.elements, rows * columns);
    assert.equal(report.dropped, rows * columns - kept * edge ** 2);
    assert.ok(Math.abs(report.relativeError - relativeDifference(source, expected)) < 1e-6);
    assert.equal(sha256(sample.fsPath), before);
    assert.deepEqual(valuesOf(dense, 'fc2.weight'), valuesOf(sample.fsPath, 'fc2.weight'));
    assert.deepEqual(filesIn(folder), [
      'blocks.safetensors',
      'dense.safetensors',
      'lenet5-mnist.safetensors',
    ]);
  });

  test('as zeros writes the same file with zeros in the blocks that are dropped', async () => {
    const { folder, sample } = folderWithSample();
    const output = join(folder, 'pruned.safetensors');
    await apply(sample, output, 'zeros');
    const source = readWeights(sample.fsPath);
    const written = readWeights(output);
    assert.deepEqual([...written.keys()], [...source.keys()]);
    for (const [name, { shape, values }] of source) {
      const expected = name === tensor ? pruned(values) : values;
      assert.deepEqual(written.get(name), { shape, values: expected });
    }
  });

  test('as a mask writes an array of booleans in the shape of the tensor', async () => {
    const { folder, sample } = folderWithSample();
    const output = join(folder, 'mask.npy');
    await apply(sample, output, 'mask');
    const bytes = readFileSync(output);
    const start = 10 + bytes.readUInt16LE(8);
    assert.match(bytes.toString('latin1', 0, start), /NUMPY.*'\|b1'.*\(120, 400\)/s);
    const expected = pruned(valuesOf(sample.fsPath)).map((value) => (value === 0 ? 0 : 1));
    assert.deepEqual([...bytes.subarray(start)], [...expected]);
  });

  test('as a Kronecker sum gives back a tensor as far from the source as it says', async () => {
    const { folder, sample } = folderWithSample();
    const output = join(folder, 'sum.safetensors');
    const dense = join(folder, 'dense.safetensors');
    const report = await apply(sample, output, 'kpd');
    await reconstruct(output, dense);
    const error = relativeDifference(valuesOf(sample.fsPath), valuesOf(dense));
    assert.ok(Math.abs(error - report.relativeError) < 1e-5, `${error} measured`);
    assert.ok(error > 0 && error < 1);
    assert.ok(report.outputBytes < report.sourceBytes);
  });

  test('of N:M keeps the largest two of every four', async () => {
    const { folder, sample } = folderWithSample();
    const output = join(folder, 'pruned.safetensors');
    await apply(sample, output, 'zeros', { tensor, pattern: twoOfFour, kept: 2 });
    const source = valuesOf(sample.fsPath);
    const expected = source.map((value, at) => {
      const start = at - (at % 4);
      const group = [...source.subarray(start, start + 4)].map(Math.abs);
      const order = [0, 1, 2, 3].sort((a, b) => group[b] - group[a] || a - b);
      return order.indexOf(at % 4) < 2 ? value : 0;
    });
    assert.deepEqual(valuesOf(output), expected);
  });

  const refused: readonly [what: string, Parameters<typeof apply>[2], PatternSelection, RegExp][] =
    [
      ['a tensor that is not there', 'bsr', { ...selection, tensor: 'fc9' }, /fc9/],
      ['a vector', 'bsr', { ...selection, tensor: 'fc1.bias' }, /fc1\.bias/],
      ['N:M as blocks', 'bsr', { tensor, pattern: twoOfFour, kept: 2 }, /N:M|2:4/],
      ['more blocks than there are', 'bsr', { ...selection, kept: 751 }, /75[01]/],
      ['blocks of nothing', 'zeros', { ...selection, pattern: { ...blocks, block: [0, 8] } }, /0/],
    ];
  for (const [what, as, wanted, reason] of refused) {
    test(`refuses ${what}, and writes nothing`, async () => {
      const { folder, sample } = folderWithSample();
      await assert.rejects(
        async () => apply(sample, join(folder, 'never.safetensors'), as, wanted),
        reason,
      );
      assert.deepEqual(filesIn(folder), ['lenet5-mnist.safetensors']);
    });
  }

  test('does not overwrite the source', async () => {
    const { folder, sample } = folderWithSample();
    const before = sha256(sample.fsPath);
    await assert.rejects(async () => apply(sample, sample.fsPath, 'zeros'), /source file itself/);
    assert.equal(sha256(sample.fsPath), before);
    assert.deepEqual(filesIn(folder), ['lenet5-mnist.safetensors']);
  });

  test('asks for what is missing beside an output', async () => {
    const { folder, sample } = folderWithSample();
    await assert.rejects(
      async () =>
        commands.executeCommand('tensorpress.previewPatterns', sample, {
          output: Uri.file(join(folder, 'never.safetensors')),
        }),
      /selection/,
    );
  });
});

suite('The patterns panel', () => {
  teardown(closeEditors);

  test('opens once for each file', async () => {
    const { sample } = folderWithSample();
    const { sample: other } = folderWithSample();
    const panels = () =>
      window.tabGroups.all
        .flatMap(({ tabs }) => tabs)
        .filter(({ input }) => input instanceof TabInputWebview)
        .filter(({ label }) => label === 'Patterns: lenet5-mnist.safetensors');
    await commands.executeCommand('tensorpress.previewPatterns', sample);
    await until('the panel', () => panels().length === 1);
    await commands.executeCommand('vscode.open', sample);
    await commands.executeCommand('tensorpress.previewPatterns', sample, { tensor: 'fc2.weight' });
    await until('the panel to be in front', () => panels()[0]?.isActive);
    assert.equal(panels().length, 1);
    await commands.executeCommand('tensorpress.previewPatterns', other);
    await until('the panel of the other file', () => panels().length === 2);
  });
});
