import assert from 'node:assert/strict';
import { copyFileSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { performance } from 'node:perf_hooks';
import { ConfigurationTarget, Uri, commands, workspace } from 'vscode';
import type { PlanOverride } from '../../src/protocol/choices';
import type { CompressReport, ReconstructReport } from '../../src/protocol/engine';
import { readWeights, relativeDifference, writeNoise } from '../support/weightsFile';
import { closeEditors, compress, filesIn, folderWithSample, sha256 } from './support';

suite('Compressing', () => {
  teardown(closeEditors);

  test('writes a file of about a quarter, reports its size, and leaves the source alone', async () => {
    const { folder, sample } = folderWithSample();
    const before = sha256(sample.fsPath);
    const output = join(folder, 'small.safetensors');

    const report = await compress(sample, output);

    assert.equal(report.output, output);
    assert.equal(report.outputBytes, statSync(output).size);
    assert.equal(report.sourceBytes, statSync(sample.fsPath).size);
    assert.equal(report.sha256, before);
    assert.ok(report.parameters <= 0.25 * report.denseParameters, `${report.parameters} are kept`);
    assert.ok(report.outputBytes < 0.3 * report.sourceBytes, `${report.outputBytes} bytes remain`);
    assert.equal(sha256(sample.fsPath), before);
    assert.deepEqual(filesIn(folder), ['lenet5-mnist.safetensors', 'small.safetensors']);
  });

  test('gives back dense weights as far from the source as the report says', async () => {
    const { folder, sample } = folderWithSample();
    const pressed = join(folder, 'small.safetensors');
    const dense = join(folder, 'dense.safetensors');
    const report = await compress(sample, pressed);

    const restored = await commands.executeCommand<ReconstructReport>(
      'tensorpress.reconstruct',
      Uri.file(pressed),
      { output: Uri.file(dense) },
    );

    const pressedNames = report.tensors.filter(({ method }) => method !== 'dense');
    assert.deepEqual(
      [...restored.reconstructed].sort(),
      pressedNames.map(({ tensor }) => tensor).sort(),
    );
    const source = readWeights(sample.fsPath);
    const back = readWeights(dense);
    assert.deepEqual([...back.keys()].sort(), [...source.keys()].sort());
    for (const { tensor, relativeError } of report.tensors) {
      const original = source.get(tensor);
      const approximation = back.get(tensor);
      assert.ok(original && approximation, `${tensor} is in both files`);
      assert.deepEqual(approximation.shape, original.shape);
      const error = relativeDifference(original.values, approximation.values);
      // Both files hold 32-bit floats.
      assert.ok(
        Math.abs(error - relativeError) < 1e-5,
        `${tensor}: ${error} measured, ${relativeError} reported`,
      );
    }
  });

  test('gives a bound on the error the smallest choices within it, not just those of a level', async () => {
    const { folder, sample } = folderWithSample();
    const run = (name: string, overrides?: readonly PlanOverride[]) =>
      commands.executeCommand<CompressReport>('tensorpress.compressWeights', sample, {
        budget: { maxError: 0.3 },
        overrides,
        output: Uri.file(join(folder, name)),
      });

    const exact = await run('exact.safetensors');
    // An override may name a level, so that levels are computed.
    const levels = await run('levels.safetensors', [{ tensor: 'fc1.bias', method: 'dense' }]);

    for (const { tensor, relativeError } of exact.tensors) {
      assert.ok(relativeError <= 0.3, `${tensor} has ${relativeError}`);
    }
    assert.ok(exact.parameters < levels.parameters, `${exact.parameters}, ${levels.parameters}`);
  });

  test('uses the methods of the settings only', async () => {
    const { folder, sample } = folderWithSample();
    const settings = workspace.getConfiguration('tensorpress');
    await settings.update('methods', ['kronecker'], ConfigurationTarget.Global);
    try {
      const report = await compress(sample, join(folder, 'small.safetensors'));
      const methods = new Set(report.tensors.map(({ method }) => method));
      assert.deepEqual([...methods].sort(), ['dense', 'kronecker']);
    } finally {
      await settings.update('methods', undefined, ConfigurationTarget.Global);
    }
  });

  test('keeps the host responsive, because a worker computes', async () => {
    const { folder } = folderWithSample();
    const large = join(folder, 'large.safetensors');
    writeNoise(large, { a: [512, 768], b: [768, 512] });
    let longest = 0;
    let last = performance.now();
    const beat = setInterval(() => {
      const now = performance.now();
      longest = Math.max(longest, now - last);
      last = now;
    }, 10);

    const started = performance.now();
    await compress(Uri.file(large), join(folder, 'small.safetensors'), 0.5);
    const elapsed = performance.now() - started;
    clearInterval(beat);

    assert.ok(elapsed > 500, `with ${elapsed} ms there was too little to compute`);
    assert.ok(longest < elapsed / 4, `the host stood still for ${longest} of ${elapsed} ms`);
  });

  test('leaves nothing behind when the engine is stopped half-way, and works again', async () => {
    const { folder, sample } = folderWithSample();
    const large = join(folder, 'large.safetensors');
    writeNoise(large, { a: [1024, 1024], b: [1024, 1024], c: [1024, 1024] });
    const running = compress(Uri.file(large), join(folder, 'never.safetensors'), 0.5).then(
      () => assert.fail('The compression went on.'),
      (error: Error) => error,
    );
    await new Promise((resolve) => setTimeout(resolve, 700));
    await commands.executeCommand('tensorpress.restartEngine');

    const error = await running;
    assert.match(error.message, /engine|restart/i);
    assert.deepEqual(filesIn(folder), ['large.safetensors', 'lenet5-mnist.safetensors']);

    const report = await compress(sample, join(folder, 'small.safetensors'));
    assert.ok(report.outputBytes > 0);
  });

  test('follows a plan, and gives the file that the plan was made for', async () => {
    const { folder, sample } = folderWithSample();
    const planFile = join(folder, 'chosen.press.json');
    const output = join(folder, 'planned.safetensors');
    writeFileSync(
      planFile,
      JSON.stringify({
        version: 1,
        source: { file: 'lenet5-mnist.safetensors' },
        budget: { kept: 0.5 },
        seed: 0,
        tensors: [
          {
            tensor: 'fc1.weight',
            method: 'svd',
            rank: 10,
            kept: (10 * (400 + 120)) / 48_000,
            relativeError: 0.6,
            reason: 'by hand',
          },
        ],
      }),
    );

    const report = await commands.executeCommand<CompressReport>(
      'tensorpress.compressWithPlan',
      Uri.file(planFile),
      { output: Uri.file(output) },
    );

    const [pressed, ...others] = report.tensors.filter(({ method }) => method !== 'dense');
    assert.deepEqual(others, []);
    assert.equal(pressed.tensor, 'fc1.weight');
    assert.equal(pressed.rank, 10);
    assert.equal(pressed.parameters, 10 * (400 + 120));
    assert.deepEqual(
      readWeights(output).get('fc2.weight'),
      readWeights(sample.fsPath).get('fc2.weight'),
    );
  });
});

suite('A file that cannot be pressed', () => {
  const broken: Readonly<Record<string, (sample: string) => void>> = {
    'is cut short': (path) => writeFileSync(path, readFileSync(path).subarray(0, 5000)),
    'is empty': (path) => writeFileSync(path, ''),
    'is a page of a web site': (path) => writeFileSync(path, '<!doctype html><title>404</title>'),
    'is a pointer of Git LFS': (path) =>
      writeFileSync(
        path,
        `version https://git-lfs.github.com/spec/v1\noid sha256:${'0'.repeat(64)}\nsize 248248\n`,
      ),
  };
  for (const [what, spoil] of Object.entries(broken)) {
    test(`that ${what} is refused in one sentence that names it, and nothing is written`, async () => {
      const { folder, sample } = folderWithSample();
      const bad = join(folder, 'bad.safetensors');
      copyFileSync(sample.fsPath, bad);
      spoil(bad);
      await assert.rejects(
        async () => compress(Uri.file(bad), join(folder, 'never.safetensors')),
        (error: Error) => {
          assert.match(error.message, /bad\.safetensors/);
          return true;
        },
      );
      assert.deepEqual(filesIn(folder), ['bad.safetensors', 'lenet5-mnist.safetensors']);
    });
  }

  test('is not overwritten by its own output', async () => {
    const { folder, sample } = folderWithSample();
    const before = sha256(sample.fsPath);
    await assert.rejects(async () => compress(sample, sample.fsPath), /source|itself|same/i);
    assert.equal(sha256(sample.fsPath), before);
    assert.deepEqual(filesIn(folder), ['lenet5-mnist.safetensors']);
  });

  test('is refused when it is dense already and to be reconstructed', async () => {
    const { folder, sample } = folderWithSample();
    await assert.rejects(
      async () =>
        commands.executeCommand('tensorpress.reconstruct', sample, {
          output: Uri.file(join(folder, 'never.safetensors')),
        }),
      /dense already/,
    );
    assert.deepEqual(filesIn(folder), ['lenet5-mnist.safetensors']);
  });
});
