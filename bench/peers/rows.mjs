/**
 * What is measured: of every row our task, and the peers' tasks. Among those marked `peer` the
 * fastest is the one to compare with; the others are for information.
 */
export const rows = [
  {
    name: 'HOSVD, spatial modes fixed',
    ours: 'hosvd',
    peers: [
      { task: 'hosvd-truncated', peer: true },
      { task: 'hosvd-symeig', peer: true },
      { task: 'hosvd-numpy', peer: false },
    ],
  },
  { name: 'HOOI, spatial modes fixed', ours: 'hooi', peers: [{ task: 'hooi', peer: true }] },
  {
    name: 'TT-SVD',
    ours: 'tt',
    peers: [
      { task: 'tt-truncated', peer: true },
      { task: 'tt-symeig', peer: true },
    ],
  },
  { name: 'CP, one sweep', ours: 'cp', peers: [{ task: 'cp', peer: true }] },
  {
    name: 'product, f32, 2048^3',
    ours: 'product-float32',
    peers: [{ task: 'product-float32', peer: true }],
  },
  {
    name: 'product, f64, 2048^3',
    ours: 'product-float64',
    peers: [{ task: 'product-float64', peer: true }],
  },
];

/** Takes minutes: --large. The peer's one decomposition serves all three levels. */
export const largeRows = [0.1, 0.25, 0.5].map((kept, level) => ({
  name: `SVD of 4096 x 11008, kept ${kept}`,
  ours: `svd-${level}`,
  level,
  peers: [
    { task: 'svd', peer: true },
    { task: 'svd-gram', peer: false },
  ],
}));
