/** Every command of the manifest. */
export const commandIds = {
  compressWeights: 'tensorpress.compressWeights',
  compressWithPlan: 'tensorpress.compressWithPlan',
  copyLoader: 'tensorpress.copyLoader',
  inspectWeights: 'tensorpress.inspectWeights',
  openSample: 'tensorpress.openSample',
  previewPatterns: 'tensorpress.previewPatterns',
  reconstruct: 'tensorpress.reconstruct',
  restartEngine: 'tensorpress.restartEngine',
  runBenchmark: 'tensorpress.runBenchmark',
  showLog: 'tensorpress.showLog',
} as const;

export type CommandId = (typeof commandIds)[keyof typeof commandIds];
