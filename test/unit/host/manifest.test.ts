import { existsSync, readFileSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import manifest from '../../../package.json';
import strings from '../../../package.nls.json';
import { commandIds } from '../../../src/commands/ids';
import { defaultMethods, methods } from '../../../src/engine/decompositions/decomposition';
import { supportedExtensions } from '../../../src/formats/registry';
import { compressedSparseExtensions, sparseExtensions } from '../../../src/host/sparseExtensions';
import { weightExtensions } from '../../../src/host/weightExtensions';
import { benchmarksViewType } from '../../../src/protocol/benchmarks';
import { choicesViewType } from '../../../src/protocol/choices';
import { inspectorViewTypes } from '../../../src/protocol/inspector';
import { patternsViewType } from '../../../src/protocol/patterns';
import { sparseViewType } from '../../../src/protocol/sparse';

const root = join(import.meta.dirname, '../../..');
const { contributes } = manifest;
const properties: Readonly<Record<string, { default: unknown; markdownDescription: string }>> =
  contributes.configuration.properties;
const withDots = weightExtensions.map((extension) => `.${extension}`);

/** All strings of a JSON value. */
function stringsOf(value: unknown): string[] {
  if (typeof value === 'string') {
    return [value];
  }
  return typeof value === 'object' && value !== null ? Object.values(value).flatMap(stringsOf) : [];
}

/** Which of `names` a menu offers a command for, by the first of its entries. */
function namesOffered(
  menu: keyof typeof contributes.menus,
  id: string,
  names: readonly string[],
): readonly string[] {
  const item = contributes.menus[menu].find(({ command }) => command === id);
  const pattern = /^resourceFilename =~ \/(.*?)\/(i)(?: \|\||$)/.exec(item?.when ?? '');
  const condition = new RegExp(pattern?.[1] ?? '(?!)', pattern?.[2]);
  return names.filter((name) => condition.test(name));
}

const placeholders = stringsOf(manifest)
  .map((text) => /^%(.+)%$/.exec(text)?.[1])
  .filter((key) => key !== undefined);

describe('the manifest', () => {
  it('names exactly the extensions that the formats support', () => {
    expect([...withDots].sort()).toEqual([...supportedExtensions].sort());
  });

  it('opens each of them in the Weights Inspector, by default only safetensors', () => {
    const inspectors: readonly string[] = Object.values(inspectorViewTypes);
    const editors = contributes.customEditors
      .filter(({ viewType }) => inspectors.includes(viewType))
      .map(({ priority, selector, viewType }) => ({
        viewType,
        priority,
        patterns: selector.map(({ filenamePattern }) => filenamePattern),
      }));
    expect(editors.map(({ viewType }) => viewType)).toEqual(inspectors);
    expect(editors.flatMap(({ patterns }) => patterns)).toEqual(withDots.map((dot) => `*${dot}`));
    const defaults = editors.filter(({ priority }) => priority === 'default');
    expect(defaults.flatMap(({ patterns }) => patterns)).toEqual(['*.safetensors']);
  });

  it('shows what a .neukron holds when it is opened', () => {
    const editor = contributes.customEditors.find(
      ({ viewType }) => viewType === 'tensorpress.sparseModel',
    );
    expect(editor).toMatchObject({
      priority: 'default',
      selector: [{ filenamePattern: '*.neukron' }],
    });
  });

  it.each(
    (['explorer/context', 'editor/title'] as const).flatMap((menu) =>
      [commandIds.compressWeights, commandIds.previewPatterns].map((id) => [id, menu] as const),
    ),
  )('offers %s for each of them, and for nothing else, in %s', (id, menu) => {
    const item = contributes.menus[menu].find(({ command }) => command === id);
    const pattern = /^resourceExtname =~ \/(.*)\/(i)$/.exec(item?.when ?? '');
    const condition = new RegExp(pattern?.[1] ?? '(?!)', pattern?.[2]);
    const offered = [...withDots, '.NPZ', '.json', '.npyz', '.pt', ''].filter((extension) =>
      condition.test(extension),
    );
    expect(offered).toEqual([...withDots, '.NPZ']);
  });

  const sparseDots = sparseExtensions.map((extension) => `.${extension}`);
  it.each([
    ['explorer/context', [...sparseDots, ...withDots]],
    ['editor/title', sparseDots],
  ] as const)('offers to compress as sparse, in %s, what can be', (menu, extensions) => {
    const names = namesOffered(menu, commandIds.compressSparse, [
      ...[...sparseDots, ...withDots].map((dot) => `file${dot}`),
      'FILE.MTX',
      'file.neukron',
      'file.csv',
      'mtx',
      'file.mtx.bak',
    ]);
    expect(names).toEqual([...extensions.map((dot) => `file${dot}`), 'FILE.MTX']);
  });

  it.each(['explorer/context', 'editor/title'] as const)(
    'offers to decompress, in %s, files that are called as they are when written',
    (menu) => {
      const written = compressedSparseExtensions.map((extension) => `file.${extension}`);
      const names = namesOffered(menu, commandIds.decompressSparse, [
        ...written,
        'file.safetensors',
        'tsvd.safetensors',
        'neukron',
        'file.mtx',
      ]);
      expect(names).toEqual(written);
      const item = contributes.menus[menu].find(
        ({ command }) => command === commandIds.decompressSparse,
      );
      expect(item?.when).toContain('resourcePath in tensorpress.compressedSparseFiles');
    },
  );

  it('contributes exactly the commands of ids.ts, with a category and a title in Title Case', () => {
    expect(contributes.commands.map(({ command }) => command).sort()).toEqual(
      Object.values(commandIds).sort(),
    );
    for (const { category, title } of contributes.commands) {
      expect(category).toBe('TensorPress');
      const text = strings[title.slice(1, -1) as keyof typeof strings];
      expect(text).toMatch(/^[A-Z]\w*([ -][A-Z]\w*| in| with)*…?$/);
    }
  });

  it('puts only its own commands into menus', () => {
    const used = Object.values(contributes.menus).flatMap((items) =>
      items.map(({ command }) => command),
    );
    const known: readonly string[] = Object.values(commandIds);
    expect(used.filter((command) => !known.includes(command))).toEqual([]);
  });

  it('has a string for each placeholder, and no others', () => {
    expect([...new Set(placeholders)].sort()).toEqual(Object.keys(strings).sort());
  });

  it('offers exactly the methods of the engine', () => {
    const setting = contributes.configuration.properties['tensorpress.methods'];
    expect(setting.items.enum).toEqual([...methods]);
    expect(setting.default).toEqual([...defaultMethods]);
  });

  it('has a default and a description for each setting, and each is read', () => {
    const source = readFileSync(join(root, 'src/host/settings.ts'), 'utf8');
    const read = [...source.matchAll(/(?:read|atLeast|text|get<unknown>)\(\s*'(\w+)'/g)].map(
      ([, name]) => `tensorpress.${name}`,
    );
    expect(Object.keys(properties).sort()).toEqual(read.sort());
    for (const setting of Object.values(properties)) {
      expect(setting.default).toBeDefined();
      expect(setting.markdownDescription).toMatch(/^%setting\./);
    }
  });

  it('wakes up for the panels that a reload brings back', () => {
    expect([...manifest.activationEvents].sort()).toEqual(
      [benchmarksViewType, choicesViewType, patternsViewType, sparseViewType].map(
        (viewType) => `onWebviewPanel:${viewType}`,
      ),
    );
  });

  it('refers only to pictures and schemas that exist, and uses every picture', () => {
    const steps = contributes.walkthroughs.flatMap((walkthrough) => walkthrough.steps);
    const pictures = steps.map(({ media }) => media.svg);
    const schemas = contributes.jsonValidation.map(({ url }) => url);
    for (const file of [manifest.icon, ...pictures, ...schemas]) {
      expect(existsSync(join(root, file)), file).toBe(true);
    }
    expect(pictures.sort()).toEqual(
      readdirSync(join(root, 'media/walkthrough'))
        .map((name) => `media/walkthrough/${name}`)
        .sort(),
    );
  });

  it('links the walkthrough to commands that exist', () => {
    const known: readonly string[] = Object.values(commandIds);
    const linked = Object.values(strings).flatMap((text) =>
      [...text.matchAll(/\(command:([\w.]+)\)/g)].map(([, command]) => command ?? ''),
    );
    expect(linked.length).toBeGreaterThan(0);
    expect(linked.filter((command) => !known.includes(command))).toEqual([]);
  });
});
