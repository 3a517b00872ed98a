/** What can be installed. */
export type NativeComponent = 'tensorflow' | 'webgpu';

export const nativeComponents: readonly NativeComponent[] = ['tensorflow', 'webgpu'];

/** Where a file comes from; `sources.ts` makes an address of it. */
export type Origin =
  | { readonly registry: 'npm'; readonly package: string; readonly version: string }
  | { readonly registry: 'pypi'; readonly project: string; readonly file: string }
  | { readonly registry: 'storage'; readonly path: string };

export interface Checksum {
  readonly algorithm: 'md5' | 'sha256' | 'sha512';
  readonly hex: string;
}

export interface Artifact {
  /** In words, for progress and plans. */
  readonly title: string;
  readonly origin: Origin;
  /** Left out where its publisher names none: the host's own checksum is compared instead. */
  readonly checksum?: Checksum;
  /** To download, about. */
  readonly bytes: number;
}

export interface Library extends Artifact {
  /** Version of TensorFlow. */
  readonly version: string;
  /** Bytes of what is kept, about. */
  readonly installedBytes: number;
  readonly layout: 'libtensorflow' | 'wheel';
}

export interface Platform {
  /** Alternatives for TensorFlow's library and its headers, the smaller one first. */
  readonly libraries: readonly Library[];
  /** The addon as tfjs-node publishes it, for where there is no compiler; it suits `libtensorflow`. */
  readonly prebuilt?: Artifact;
}

const MB = 2 ** 20;

export const tfjsNodeVersion = '4.22.0';
export const webgpuVersion = '0.6.2';

export const tfjsNode: Artifact = {
  title: `tfjs-node ${tfjsNodeVersion}`,
  origin: { registry: 'npm', package: '@tensorflow/tfjs-node', version: tfjsNodeVersion },
  checksum: sha512(
    'uHrXeUlfgkMxTZqHkESSV7zSdKdV0LlsBeblqkuKU9nnfxB1pC6DtoyYVaLxznzZy7WQSegjcohxxCjAf6Dc7w==',
  ),
  bytes: 0.22 * MB,
};

export const nodeApiHeaders: Artifact = {
  title: 'Node-API headers 1.9.0',
  origin: { registry: 'npm', package: 'node-api-headers', version: '1.9.0' },
  checksum: sha512(
    '2oNILP4jXwRB4ywnYKjVk1YyJ96n2D4EOVJO6S3oYZ5PtbJrw3Yt9TpAuX3nBLMuzn74rnfGQrv13pS9vC+YiA==',
  ),
  bytes: 0.02 * MB,
};

export const webgpu: Artifact = {
  title: `WebGPU for Node ${webgpuVersion} (Dawn)`,
  origin: { registry: 'npm', package: 'webgpu', version: webgpuVersion },
  checksum: sha512(
    '3L4GfmqJLvYUIEWJngEQY+2HQiUlAFkg8+P8NDDj3Xx5hHHIFO/r8JW+ynfqBj7kHN4mbnwO74uB+lrRtLhp4Q==',
  ),
  bytes: 48.9 * MB,
};

/** TensorFlow's library, by `process.platform` and `process.arch`. Checksums are pinned. */
export const platforms: Readonly<Record<string, Platform>> = {
  'linux-x64': {
    libraries: [
      libtensorflow('tensorflow/libtensorflow/libtensorflow-cpu-linux-x86_64-2.9.1.tar.gz', {
        version: '2.9.1',
        sha256: '7f510d2546e3db5e10b1d119463689003d587842892ad3c95bca51cf82820173',
        bytes: 110 * MB,
        installedBytes: 360 * MB,
      }),
      wheel('tensorflow-cpu', {
        file: 'tensorflow_cpu-2.13.1-cp311-cp311-manylinux_2_17_x86_64.manylinux2014_x86_64.whl',
        sha256: '87be6e61314b2c0fa062f71e26e41d6a17e162ffe4da72c820fe8f1fc94d97fe',
        bytes: 178 * MB,
        installedBytes: 535 * MB,
      }),
    ],
    prebuilt: prebuilt(`CPU-linux-${tfjsNodeVersion}.tar.gz`),
  },
  'linux-arm64': {
    libraries: [
      libtensorflow('tf-builds/libtensorflow_r2_7_linux_arm64.tar.gz', {
        version: '2.7',
        sha256: '9395d1ff39f5b6847f5121e679ff4e599dc7061a2a7f87ceac061c78e908e6e3',
        bytes: 90 * MB,
        installedBytes: 350 * MB,
      }),
      wheel('tensorflow-cpu-aws', {
        file: 'tensorflow_cpu_aws-2.13.1-cp311-cp311-manylinux_2_17_aarch64.manylinux2014_aarch64.whl',
        sha256: '583d982a420df1b9735392a38125785da1dd89e6cd2b3524a831279aad890ff0',
        bytes: 237 * MB,
        installedBytes: 650 * MB,
      }),
    ],
  },
  'darwin-x64': {
    libraries: [
      libtensorflow('tensorflow/libtensorflow/libtensorflow-cpu-darwin-x86_64-2.9.1.tar.gz', {
        version: '2.9.1',
        sha256: '56f83d3320ba0f69aaafd6c058645e1b7fbc75fb9a3fc36d6be98de1291ca226',
        bytes: 110 * MB,
        installedBytes: 360 * MB,
      }),
      wheel('tensorflow-cpu', {
        file: 'tensorflow_cpu-2.13.1-cp311-cp311-macosx_10_15_x86_64.whl',
        sha256: '20f278a756665c4eccd04423035cde334d65d4cfc7bb6f7f42cf8067764de982',
        bytes: 206 * MB,
        installedBytes: 600 * MB,
      }),
    ],
    prebuilt: prebuilt(`CPU-darwin-${tfjsNodeVersion}.tar.gz`),
  },
  'darwin-arm64': {
    libraries: [
      libtensorflow('tf-builds/libtensorflow_r2_7_darwin_arm64_cpu.tar.gz', {
        version: '2.7',
        sha256: '13ab22b97e2af06e431aaeb7b42fb89981965dd01aa16da035d8210aa4183d79',
        bytes: 80 * MB,
        installedBytes: 300 * MB,
      }),
      wheel('tensorflow-macos', {
        file: 'tensorflow_macos-2.13.1-cp311-cp311-macosx_12_0_arm64.whl',
        sha256: '8f95c332ee60a32691963adab31b6afa29a2302de05fc4cd6009cd96866a6886',
        bytes: 181 * MB,
        installedBytes: 550 * MB,
      }),
    ],
  },
  'win32-x64': {
    libraries: [
      libtensorflow('tensorflow/libtensorflow/libtensorflow-cpu-windows-x86_64-2.9.1.zip', {
        version: '2.9.1',
        sha256: '56fa7e84c984144311563b405bd0e565568f3cbe2c15ac4713e9c8174a02b00f',
        bytes: 66 * MB,
        installedBytes: 240 * MB,
      }),
    ],
    prebuilt: prebuilt(`CPU-windows-${tfjsNodeVersion}.zip`),
  },
};

interface LibraryFile {
  readonly version: string;
  readonly sha256: string;
  readonly bytes: number;
  readonly installedBytes: number;
}

/** TensorFlow's C library, as its makers publish it. */
function libtensorflow(path: string, { sha256, ...rest }: LibraryFile): Library {
  return {
    title: `TensorFlow ${rest.version} (C library)`,
    origin: { registry: 'storage', path },
    checksum: { algorithm: 'sha256', hex: sha256 },
    layout: 'libtensorflow',
    ...rest,
  };
}

/** The same library inside TensorFlow's package for Python; nothing of Python is kept. */
function wheel(
  project: string,
  { file, sha256, bytes, installedBytes }: Omit<LibraryFile, 'version'> & { file: string },
): Library {
  const version = '2.13.1';
  return {
    title: `TensorFlow ${version} (library of the package ${project})`,
    origin: { registry: 'pypi', project, file },
    checksum: { algorithm: 'sha256', hex: sha256 },
    layout: 'wheel',
    version,
    bytes,
    installedBytes,
  };
}

function prebuilt(file: string): Artifact {
  return {
    title: 'addon of tfjs-node',
    origin: {
      registry: 'storage',
      path: `tf-builds/pre-built-binary/napi-v8/${tfjsNodeVersion}/${file}`,
    },
    bytes: 0.4 * MB,
  };
}

/** As npm writes it, in base64. */
function sha512(base64: string): Checksum {
  return { algorithm: 'sha512', hex: Buffer.from(base64, 'base64').toString('hex') };
}
