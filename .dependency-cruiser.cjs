// The doors of the house (docs/architecture.md): who may import whom.
const vscode = '^vscode$|^node_modules/@types/vscode/';
const tensorflow = '^node_modules/@tensorflow/|^@tensorflow/';

/** @type {import('dependency-cruiser').IConfiguration} */
module.exports = {
  forbidden: [
    {
      name: 'no-cycles',
      comment: 'Modules that need one another are one module, or lack a third.',
      severity: 'error',
      from: {},
      to: { circular: true },
    },
    {
      name: 'resolvable',
      comment: 'An import leads somewhere.',
      severity: 'error',
      from: {},
      // vscode is given by the host, tfjs-node is optional.
      to: { couldNotResolve: true, pathNot: '^vscode$|^@tensorflow/tfjs-node$' },
    },
    {
      name: 'shipped-packages-are-dependencies',
      comment: 'What runs on the user’s machine is not a development dependency.',
      severity: 'error',
      from: { path: '^(src|webview)/' },
      to: {
        dependencyTypes: ['npm-dev'],
        dependencyTypesNot: ['type-only', 'npm', 'npm-optional'],
        pathNot: '^node_modules/@types/',
      },
    },
    {
      name: 'engine-knows-no-vscode',
      comment:
        'Engine, benchmarks, formats, io, protocol, the worker, the command line and the installer run outside VS Code.',
      severity: 'error',
      from: {
        path: '^src/(engine|benchmarks|formats|io|protocol|worker|cli|native)/|^src/failures',
      },
      to: { path: vscode },
    },
    {
      name: 'engine-stands-alone',
      comment: 'The engine uses formats and io, and nothing of what is built upon it.',
      severity: 'error',
      from: { path: '^src/engine/' },
      to: {
        path: '^(src|webview|test|samples|bench)/',
        pathNot: '^src/(engine|formats|io|protocol)/|^src/failures',
      },
    },
    {
      name: 'installer-takes-only-checks-of-the-engine',
      comment: 'It is bundled with the extension; TensorFlow.js may not come along.',
      severity: 'error',
      from: { path: '^src/native/' },
      to: {
        path: '^(src|webview|test|samples|bench)/|' + tensorflow,
        pathNot:
          '^src/native/|^src/failures|^src/engine/backends/(addon|nativeManifest|tensorflowAddon|tensorflowTrial)',
      },
    },
    {
      name: 'installer-is-asked-by-people-only',
      comment: 'Nothing reaches the network but what somebody has started.',
      severity: 'error',
      from: { path: '^(src|webview)/', pathNot: '^src/(native|commands|cli)/' },
      to: { path: '^src/native/' },
    },
    {
      name: 'engine-takes-only-types-of-the-protocol',
      severity: 'error',
      from: { path: '^src/engine/' },
      to: { path: '^src/protocol/', dependencyTypesNot: ['type-only'] },
    },
    {
      name: 'formats-and-io-take-only-tensors-and-jobs',
      comment: 'Tensors are what files are read into: dense ones, and sparse ones.',
      severity: 'error',
      from: { path: '^src/(formats|io)/' },
      to: {
        path: '^(src|webview|test|samples|bench)/',
        pathNot:
          '^src/(formats|io)/|^src/failures|^src/engine/(tensor/|job\\.ts|sparse/sparseTensor\\.ts)',
      },
    },
    {
      name: 'protocol-is-types-of-the-engine',
      comment: 'Pages import the protocol; no engine code may come along.',
      severity: 'error',
      from: { path: '^src/protocol/' },
      to: {
        path: '^(src|webview|test|samples|bench)/',
        pathNot: '^src/protocol/|^src/failures',
        dependencyTypesNot: ['type-only'],
      },
    },
    {
      name: 'benchmarks-stand-on-the-engine',
      severity: 'error',
      from: { path: '^src/benchmarks/' },
      to: {
        path: '^(src|webview|test|samples|bench)/',
        pathNot: '^src/(benchmarks|engine|protocol)/|^src/failures',
      },
    },
    {
      name: 'benchmarks-take-only-types-of-the-protocol',
      severity: 'error',
      from: { path: '^src/benchmarks/' },
      to: { path: '^src/protocol/', dependencyTypesNot: ['type-only'] },
    },
    {
      name: 'benchmarks-run-in-the-worker',
      comment: 'Views, commands and the command line get reports, and may write them out.',
      severity: 'error',
      from: { path: '^(src|webview|samples|bench)/', pathNot: '^src/(benchmarks|worker)/' },
      to: { path: '^src/benchmarks/', pathNot: '^src/benchmarks/export/' },
    },
    {
      name: 'exports-of-reports-know-the-protocol-only',
      comment: 'They are bundled with the extension; no engine code may come along.',
      severity: 'error',
      from: { path: '^src/benchmarks/export/' },
      to: {
        path: '^(src|webview|test|samples|bench)/',
        pathNot: '^src/(benchmarks/export|protocol)/',
      },
    },
    {
      name: 'pages-import-the-protocol-only',
      severity: 'error',
      from: { path: '^webview/' },
      to: { path: '^(src|test|samples|bench)/|' + vscode, pathNot: '^src/protocol/' },
    },
    {
      name: 'host-reaches-the-engine-through-its-client',
      severity: 'error',
      from: { path: '^src/(views|commands|host)/|^src/extension\\.ts$' },
      to: {
        path: '^src/(engine|formats|io|cli|worker)/',
        pathNot: '^src/worker/engineClient\\.ts$',
      },
    },
    {
      name: 'command-line-stays-out-of-the-extension',
      severity: 'error',
      from: { path: '^src/cli/' },
      to: { path: '^src/(views|commands|host)/|^webview/' },
    },
    {
      name: 'one-door-to-tensorflow',
      severity: 'error',
      from: { path: '^(src|webview)/', pathNot: '^src/engine/(backends|linalg)/' },
      to: { path: tensorflow },
    },
    {
      name: 'one-door-to-the-toolkit',
      comment: 'Upstream has archived it; one module is to be changed when it goes.',
      severity: 'error',
      from: { path: '^webview/', pathNot: '^webview/components/controls\\.ts$' },
      to: { path: '^node_modules/@vscode/webview-ui-toolkit/' },
    },
    {
      name: 'nothing-imports-the-entry',
      severity: 'error',
      from: {},
      to: { path: '^src/extension\\.ts$' },
    },
    {
      name: 'product-imports-no-tests',
      severity: 'error',
      from: { path: '^(src|webview|samples|bench)/' },
      to: { path: '^test/' },
    },
  ],
  options: {
    doNotFollow: { path: 'node_modules' },
    exclude: { path: '^dist/|^src/engine/kernels/assembly/' },
    // Imports of types count: they are doors too.
    tsPreCompilationDeps: true,
    tsConfig: { fileName: 'tsconfig.json' },
    enhancedResolveOptions: {
      extensions: ['.ts', '.js', '.d.ts', '.json'],
      exportsFields: ['exports'],
      conditionNames: ['import', 'require', 'node', 'browser', 'default', 'types'],
    },
  },
};
