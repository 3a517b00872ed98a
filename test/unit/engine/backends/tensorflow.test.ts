import { copyFileSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { manifestName, sha256Of } from '../../../../src/engine/backends/nativeManifest';
import { findPackages } from '../../../../src/engine/backends/packageSearch';
import { withVariables } from '../../../../src/engine/backends/processVariables';
import { restoreRemovedUtilities } from '../../../../src/engine/backends/removedUtilities';
import { loadTensorFlow, tensorflowPackages } from '../../../../src/engine/backends/tensorflow';
import { explainLoader, findAddon } from '../../../../src/engine/backends/tensorflowAddon';
import { tryTensorFlowOnce } from '../../../../src/engine/backends/tensorflowTrial';
import { temporaryFolder } from '../../../support/temporaryFolder';

/** Makes `<folder>/node_modules/<name>` with a package.json. */
function makePackage(folder: string, name: string = tensorflowPackages[1]): string {
  const place = join(folder, 'node_modules', name);
  mkdirSync(place, { recursive: true });
  writeFileSync(join(place, 'package.json'), JSON.stringify({ name, version: '4.22.0' }));
  return place;
}

function addonOf(place: string, version = 8): string {
  const folder = join(place, 'lib', `napi-v${version}`);
  mkdirSync(folder, { recursive: true });
  return join(folder, 'tfjs_binding.node');
}

/** The reason why what is in `folder` does not load. */
async function reasonFor(folder: string): Promise<string> {
  const load = await loadTensorFlow({ nativeFolder: folder, ownFolder: folder });
  expect(load).toMatchObject({ loaded: false, installed: true });
  return load.loaded ? '' : load.reason;
}

describe('findPackages', () => {
  it("looks into the user's folder, the installed one and our own, in this order", () => {
    const folders = Array.from({ length: 4 }, () => temporaryFolder());
    const [user, installed, own] = folders;
    const ownFolder = join(own, 'dist/deep');
    const checkout = join(own, 'node_modules/.tensorpress-native');
    const expected = [user, installed, checkout, own].map((folder) => makePackage(folder));
    const found = findPackages(tensorflowPackages, {
      nativeFolder: user,
      installedFolder: installed,
      ownFolder,
    });
    expect(found.map(({ folder }) => folder)).toEqual(expected);
  });

  it('prefers the package for graphics cards in the same place', () => {
    const folder = temporaryFolder();
    const [gpu, cpu] = tensorflowPackages.map((name) => makePackage(folder, name));
    const found = findPackages(tensorflowPackages, { nativeFolder: folder, ownFolder: folder });
    expect(found.map(({ folder: place }) => place)).toEqual([gpu, cpu]);
  });

  it('understands a folder that is node_modules or the package itself', () => {
    const folder = temporaryFolder();
    const place = makePackage(folder);
    for (const nativeFolder of [folder, join(folder, 'node_modules'), place]) {
      const [found] = findPackages(tensorflowPackages, { nativeFolder, ownFolder: '/' });
      expect(found).toMatchObject({ folder: place, version: '4.22.0' });
    }
  });

  it('passes over a package.json that is damaged or of another package', () => {
    const folder = temporaryFolder();
    const place = makePackage(folder);
    for (const text of ['{', 'null', '{"name":"other","version":"1"}']) {
      writeFileSync(join(place, 'package.json'), text);
      const search = { nativeFolder: folder, ownFolder: folder };
      expect(findPackages(tensorflowPackages, search)).toEqual([]);
    }
  });
});

describe('loadTensorFlow', () => {
  it('says how to install what is not there', async () => {
    const ownFolder = temporaryFolder();
    const load = await loadTensorFlow({ ownFolder });
    expect(load).toMatchObject({ loaded: false, installed: false });
    expect(!load.loaded && load.reason).toMatch(
      /not installed\. .*"TensorPress: Install Native Backend…".*"tensorpress native install"/,
    );
    const named = await loadTensorFlow({ ownFolder, nativeFolder: '/nowhere' });
    expect(!named.loaded && named.reason).toMatch(
      /\/nowhere \(setting tensorpress\.nativeFolder\)/,
    );
  });

  it('says that an installation did not finish', async () => {
    const folder = temporaryFolder();
    makePackage(folder);
    expect(await reasonFor(folder)).toMatch(/has no native addon for this Node\.js \(v\d+/);
  });

  it('sees what is no native library without loading it', async () => {
    const folder = temporaryFolder();
    writeFileSync(addonOf(makePackage(folder)), 'corrupt');
    expect(await reasonFor(folder)).toMatch(
      /is damaged: its addon tfjs_binding\.node is no native library.*To repair it/,
    );
  });

  it('compares with what the installer left', async () => {
    const folder = temporaryFolder();
    const place = makePackage(folder);
    const addon = addonOf(place);
    copyFileSync(process.execPath, addon);
    const { platform, arch } = process;
    const entry = { bytes: readFileSync(addon).length, sha256: await sha256Of(addon) };
    const write = (changes: object) =>
      writeFileSync(
        join(place, manifestName),
        JSON.stringify({ format: 1, platform, arch, files: {}, ...changes }),
      );
    write({ arch: 'mips' });
    expect(await reasonFor(folder)).toMatch(/was installed for \w+ mips; this is/);
    // As after a repair: what failed is tried again when the file is another one.
    const other = temporaryFolder();
    const second = makePackage(other);
    copyFileSync(process.execPath, addonOf(second));
    writeFileSync(
      join(second, manifestName),
      JSON.stringify({
        format: 1,
        platform,
        arch,
        files: { 'lib/napi-v8/tfjs_binding.node': entry, 'deps/lib/libtensorflow.so.2': entry },
      }),
    );
    expect(await reasonFor(other)).toMatch(/lacks its file deps\/lib\/libtensorflow\.so\.2/);
  });

  it('outlives a library that is no addon, which only a process of its own can tell', async () => {
    const folder = temporaryFolder();
    // The header is right, the rest is not.
    const whole = readFileSync(process.execPath);
    whole.fill(0xff, 4096, 1_000_000);
    writeFileSync(addonOf(makePackage(folder)), whole);
    expect(await reasonFor(folder)).toMatch(/does not work: /);
  });

  it('gives the reasons of all that were found', async () => {
    const folder = temporaryFolder();
    writeFileSync(addonOf(makePackage(folder, tensorflowPackages[0])), 'corrupt');
    makePackage(folder, tensorflowPackages[1]);
    const reason = await reasonFor(folder);
    expect(reason).toMatch(/tfjs-node-gpu 4\.22\.0 .*is no native library.*tfjs-node 4\.22\.0 in/);
    expect(reason.match(/To repair it/g)?.length).toBe(1);
  });
});

describe('findAddon', () => {
  it('takes the one for the newest Node-API that this Node.js has', () => {
    const place = makePackage(temporaryFolder());
    for (const version of [3, 8, 9]) {
      writeFileSync(addonOf(place, version), '');
    }
    expect(findAddon(place, 8)).toBe(addonOf(place, 8));
    expect(findAddon(place, 9)).toBe(addonOf(place, 9));
    expect(findAddon(place, 7)).toBe(addonOf(place, 3));
    expect(findAddon(place, 2)).toBeUndefined();
  });
});

describe('explainLoader', () => {
  it('puts what the loader says into words', () => {
    const missing = 'libtensorflow.so.2: cannot open shared object file: No such file or directory';
    expect(explainLoader(missing)).toBe('the library libtensorflow.so.2 that it needs is missing');
    expect(explainLoader("/lib/libc.so.6: version `GLIBC_2.99' not found (required by x)")).toBe(
      'it needs a newer Linux (GLIBC_2.99)',
    );
    expect(explainLoader('undefined symbol: TF_Version.')).toBe('undefined symbol: TF_Version');
  });
});

describe('tryTensorFlowOnce', () => {
  it('remembers a success until a file changes, and tries a failure again', async () => {
    const folder = temporaryFolder();
    const addon = join(folder, 'addon.node');
    writeFileSync(addon, 'one');
    let attempts = 0;
    let works = true;
    const attempt = async () => {
      attempts++;
      return works
        ? ({ works, report: { tensorflow: '2' } } as const)
        : ({ works: false, reason: 'no' } as const);
    };
    expect(await tryTensorFlowOnce(folder, addon, attempt)).toMatchObject({ works: true });
    expect(await tryTensorFlowOnce(folder, addon, attempt)).toEqual({
      works: true,
      report: { tensorflow: '2' },
    });
    expect(attempts).toBe(1);
    mkdirSync(join(folder, 'deps/lib'), { recursive: true });
    writeFileSync(join(folder, 'deps/lib/libtensorflow.so.2'), 'another library');
    await tryTensorFlowOnce(folder, addon, attempt);
    expect(attempts).toBe(2);
    writeFileSync(addon, 'another');
    works = false;
    await tryTensorFlowOnce(folder, addon, attempt);
    await tryTensorFlowOnce(folder, addon, attempt);
    expect(attempts).toBe(4);
  });
});

describe('withVariables', () => {
  it('sets what is missing while it runs, and leaves no trace', () => {
    process.env.TENSORPRESS_TEST_SET = 'mine';
    const variables = { TENSORPRESS_TEST_SET: 'theirs', TENSORPRESS_TEST_NEW: 'new' };
    const seen = withVariables(variables, () => [
      process.env.TENSORPRESS_TEST_SET,
      process.env.TENSORPRESS_TEST_NEW,
    ]);
    expect(seen).toEqual(['mine', 'new']);
    expect('TENSORPRESS_TEST_NEW' in process.env).toBe(false);
    expect(() =>
      withVariables(variables, () => {
        throw new Error('no');
      }),
    ).toThrow('no');
    expect('TENSORPRESS_TEST_NEW' in process.env).toBe(false);
    delete process.env.TENSORPRESS_TEST_SET;
  });
});

describe('restoreRemovedUtilities', () => {
  it('puts back what is missing and leaves what is there', () => {
    const isArray = () => 'mine';
    const utilities: Record<string, (value: unknown) => unknown> = { isArray };
    restoreRemovedUtilities(utilities);
    expect(utilities.isArray).toBe(isArray);
    expect([null, undefined, 0, ''].map((value) => utilities.isNullOrUndefined(value))).toEqual([
      true,
      true,
      false,
      false,
    ]);
    expect(utilities.isString('x')).toBe(true);
    expect(utilities.isObject(null)).toBe(false);
  });
});
