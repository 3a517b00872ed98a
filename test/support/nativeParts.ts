import { createHash } from 'node:crypto';
import { chmodSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { InstallPlan, PlannedDownload } from '../../src/native/plan';
import type { Library } from '../../src/native/recipes';
import { tarGz, zip } from './archives';
import { files, serve, type TestServer } from './httpServer';

export interface FakeParts {
  readonly plan: InstallPlan;
  readonly server: TestServer;
}

/**
 * Small stand-ins for everything that TensorFlow's backend is put together from, on a server of
 * their own, and the plan that names them. The compiler is a program that runs `compilerScript`,
 * which writes `built` to the output when left out.
 */
export async function fakeParts(
  folder: string,
  changes: Partial<InstallPlan> & {
    readonly compilerScript?: string;
    /** TensorFlow's own archive and tfjs-node's own addon, in place of wheel and compiler. */
    readonly isReadyMade?: boolean;
  } = {},
): Promise<FakeParts> {
  const { compilerScript, isReadyMade = false, ...planned } = changes;
  const served = {
    '/tfjs-node.tgz': tarGz([
      { name: 'package/package.json', content: '{"name":"@tensorflow/tfjs-node"}' },
      { name: 'package/dist/nodejs_kernel_backend.js', content: '// backend' },
      { name: 'package/dist/kernels/Add.js', content: '// kernel' },
      { name: 'package/dist/image_test.js', content: '// test' },
      { name: 'package/binding/tfjs_backend.cc', content: '// C++' },
      { name: 'package/binding/tfjs_binding.cc', content: '// C++' },
    ]),
    '/headers.tgz': tarGz([{ name: 'package/include/node_api.h', content: '// header' }]),
    '/tensorflow.whl': await zip({
      'tensorflow/libtensorflow_cc.so.2': 'library',
      'tensorflow/libtensorflow_framework.so.2': 'framework',
      'tensorflow/include/tensorflow/c/c_api.h': '// header',
      'tensorflow/python/large.py': 'nobody needs this',
      'tensorflow_cpu-2.13.1.dist-info/LICENSE': 'Apache',
    }),
    '/libtensorflow.tar.gz': tarGz([
      { name: './LICENSE', content: 'Apache' },
      { name: './include/tensorflow/c/c_api.h', content: '// header' },
      { name: './lib/libtensorflow.so', to: 'libtensorflow.so.2' },
      { name: './lib/libtensorflow.so.2', to: 'libtensorflow.so.2.9.1' },
      { name: './lib/libtensorflow.so.2.9.1', content: 'library' },
      { name: './lib/libtensorflow_framework.so.2', content: 'framework' },
      { name: './lib/pkgconfig.txt', content: 'nobody needs this' },
    ]),
    '/CPU-linux.tar.gz': tarGz([{ name: 'napi-v8/tfjs_binding.node', content: 'ready-made' }]),
  };
  const server = await serve(files(served));
  const item = (role: PlannedDownload['role'], path: keyof typeof served): PlannedDownload => ({
    role,
    place: { url: server.url + path.slice(1), headers: {} },
    artifact: {
      title: path,
      origin: { registry: 'storage', path },
      bytes: served[path].length,
      checksum: {
        algorithm: 'sha256',
        hex: createHash('sha256').update(served[path]).digest('hex'),
      },
    },
  });
  const downloads = [
    item('package', '/tfjs-node.tgz'),
    isReadyMade ? item('addon', '/CPU-linux.tar.gz') : item('headers', '/headers.tgz'),
    item('library', isReadyMade ? '/libtensorflow.tar.gz' : '/tensorflow.whl'),
  ];
  const library: Library = {
    ...downloads[2].artifact,
    version: '2.13.1',
    installedBytes: 1000,
    layout: isReadyMade ? 'libtensorflow' : 'wheel',
  };
  const plan: InstallPlan = {
    component: 'tensorflow',
    title: 'TensorFlow for tests',
    recipe: 'one',
    packageName: join('@tensorflow', 'tfjs-node'),
    versions: { tensorflow: '2.13.1' },
    downloads,
    downloadBytes: downloads.reduce((sum, { artifact }) => sum + artifact.bytes, 0),
    installedBytes: 1000,
    library,
    ...(!isReadyMade && { compiler: fakeCompiler(folder, compilerScript) }),
    ...planned,
  };
  return { plan, server };
}

/** The compiler below `folder`; it keeps its arguments in a file `.arguments` beside it. */
export function fakeCompilerOf(folder: string): string {
  return join(folder, 'fake-compiler');
}

/** Keeps its arguments beside itself and writes an addon. */
function fakeCompiler(folder: string, script = 'printf built > "$output"'): string {
  const path = fakeCompilerOf(folder);
  writeFileSync(
    path,
    `#!/bin/sh\nprintf '%s\\n' "$@" > "${path}.arguments"\nfor output; do :; done\n${script}\n`,
  );
  chmodSync(path, 0o755);
  return path;
}
