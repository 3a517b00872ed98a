/** Every command of the manifest. */
export const commandIds = {
  compressSparse: 'tensorpress.compressSparse',
  compressWeights: 'tensorpress.compressWeights',
  compressWithPlan: 'tensorpress.compressWithPlan',
  copyLoader: 'tensorpress.copyLoader',
  decompressSparse: 'tensorpress.decompressSparse',
  installNativeBackend: 'tensorpress.installNativeBackend',
  inspectWeights: 'tensorpress.inspectWeights',
  openSample: 'tensorpress.openSample',
  previewPatterns: 'tensorpress.previewPatterns',
  reconstruct: 'tensorpress.reconstruct',
  removeNativeBackend: 'tensorpress.removeNativeBackend',
  restartEngine: 'tensorpress.restartEngine',
  runBenchmark: 'tensorpress.runBenchmark',
  selectBackend: 'tensorpress.selectBackend',
  showLog: 'tensorpress.showLog',
} as const;

export type CommandId = (typeof commandIds)[keyof typeof commandIds];
