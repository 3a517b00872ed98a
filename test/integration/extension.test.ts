import assert from 'node:assert/strict';
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import {
  TabInputCustom,
  TabInputWebview,
  Uri,
  commands,
  env,
  languages,
  window,
  workspace,
} from 'vscode';
import { commandIds } from '../../src/commands/ids';
import { closeEditors, filesIn, folderWithSample, sha256, theExtension, until } from './support';

interface Manifest {
  readonly contributes: { readonly commands: readonly { readonly command: string }[] };
}

suite('The extension', () => {
  teardown(closeEditors);

  test('activates, and registers exactly the commands of its manifest', async () => {
    await theExtension().activate();
    const { contributes } = theExtension().packageJSON as Manifest;
    const declared = contributes.commands.map(({ command }) => command).sort();
    const registered = (await commands.getCommands(true)).filter((id) =>
      Object.values<string>(commandIds).includes(id),
    );
    assert.deepEqual(declared, Object.values(commandIds).sort());
    assert.deepEqual(registered.sort(), declared);
  });

  test('opens a .safetensors file in the Weights Inspector', async () => {
    const { sample } = folderWithSample();
    await commands.executeCommand('vscode.open', sample);
    await until('the inspector’s tab', () => {
      const input = window.tabGroups.activeTabGroup.activeTab?.input;
      return (
        input instanceof TabInputCustom &&
        input.viewType === 'tensorpress.inspector' &&
        input.uri.fsPath === sample.fsPath
      );
    });
  });

  test('opens one Decomposition Choices panel per file', async () => {
    const { sample } = folderWithSample();
    const panels = () =>
      window.tabGroups.all
        .flatMap(({ tabs }) => tabs)
        .filter(({ input }) => input instanceof TabInputWebview)
        .filter(({ label }) => label === 'Choices: lenet5-mnist.safetensors');
    await commands.executeCommand('tensorpress.compressWeights', sample);
    await until('the panel', () => panels().length === 1);
    await commands.executeCommand('vscode.open', sample);
    await commands.executeCommand('tensorpress.compressWeights', sample);
    await until('the panel to be in front', () => panels()[0]?.isActive);
    assert.equal(panels().length, 1);
  });

  test('restores its panels after a reload', () => {
    for (const viewType of [
      'tensorpress.choices',
      'tensorpress.benchmarks',
      'tensorpress.patterns',
      'tensorpress.sparse',
    ]) {
      // VS Code takes one serializer for each kind of panel.
      assert.throws(
        () =>
          window.registerWebviewPanelSerializer(viewType, {
            deserializeWebviewPanel: async () => {},
          }),
        /already/,
      );
    }
  });

  test('puts a loader for PyTorch on the clipboard', async () => {
    await env.clipboard.writeText('');
    await commands.executeCommand('tensorpress.copyLoader');
    const loader = await env.clipboard.readText();
    assert.equal(
      loader,
      readFileSync(join(theExtension().extensionPath, 'media/loader.py'), 'utf8'),
    );
    assert.match(loader, /^import .*\btorch\b/m);
  });

  test('puts the sample where it is told, and does not replace one that is there', async () => {
    const { folder } = folderWithSample();
    const target = Uri.file(join(folder, 'sub'));
    await workspace.fs.createDirectory(target);
    const opened = await commands.executeCommand<Uri>('tensorpress.openSample', { folder: target });
    const original = join(theExtension().extensionPath, 'samples/lenet5-mnist.safetensors');
    assert.equal(sha256(opened.fsPath), sha256(original));

    writeFileSync(opened.fsPath, 'mine');
    await commands.executeCommand('tensorpress.openSample', { folder: target });
    assert.equal(readFileSync(opened.fsPath, 'utf8'), 'mine');
    assert.deepEqual(filesIn(target.fsPath), ['lenet5-mnist.safetensors']);
  });

  test('checks plans against their schema', async () => {
    const { folder } = folderWithSample();
    const plan = Uri.file(join(folder, 'wrong.press.json'));
    writeFileSync(
      plan.fsPath,
      JSON.stringify({
        version: 1,
        source: { file: 'a.safetensors' },
        budget: { kept: 7 },
        seed: 0,
        tensors: [{ tensor: 'w', method: 'zip' }],
      }),
    );
    await window.showTextDocument(plan);
    const messages = () => languages.getDiagnostics(plan).map(({ message }) => message);
    await until('complaints about method and budget', () => {
      const all = messages().join('\n');
      return /svd/.test(all) && messages().length >= 2;
    });
  });
});
