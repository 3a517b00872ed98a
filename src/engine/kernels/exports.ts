import type { EigenExports } from './eigen/exports';

/** The kernels' functions (src/engine/kernels/assembly); pointers are byte addresses. */
export interface KernelExports extends EigenExports {
  productTileDouble(
    m: number,
    n: number,
    k: number,
    alpha: number,
    a: number,
    aRow: number,
    aColumn: number,
    aSize: number,
    b: number,
    bRow: number,
    bColumn: number,
    bSize: number,
    c: number,
    cRow: number,
    accumulate: number,
    scratch: number,
  ): void;
  productTileSingle(
    m: number,
    n: number,
    k: number,
    scaleA: number,
    scaleB: number,
    unscale: number,
    a: number,
    aRow: number,
    aColumn: number,
    aSize: number,
    b: number,
    bRow: number,
    bColumn: number,
    bSize: number,
    c: number,
    cRow: number,
    accumulate: number,
    scratch: number,
  ): void;
  packPanels(x: number, rowBytes: number, steps: number, columns: number, to: number): void;
  blockSparseRows(
    firstRow: number,
    endRow: number,
    m: number,
    blockRows: number,
    runStarts: number,
    runs: number,
    valueStarts: number,
    values: number,
    panels: number,
    panelBytes: number,
    columns: number,
    y: number,
    rowBytes: number,
    edge: number,
  ): void;
  multiplyInto(out: number, a: number, b: number, count: number): void;
  addProducts(out: number, a: number, b: number, count: number): void;
  addScaled(out: number, a: number, factor: number, count: number): void;
  dot(a: number, b: number, count: number): number;
  choleskyBlock(
    a: number,
    rowStride: number,
    n: number,
    diagonal: number,
    tolerance: number,
  ): number;
  invertUpper(u: number, rowStride: number, n: number, inverse: number): void;
  jacobiRow(
    left: number,
    m: number,
    right: number,
    k: number,
    squares: number,
    n: number,
    p: number,
    tolerance: number,
  ): number;
  activate(kind: number, x: number, out: number, count: number): void;
  trieItem(
    model: number,
    keys: number,
    prefix: number,
    values: number,
    y: number,
    bounds: number,
    item: number,
    work: number,
    rows: number,
    levelRows: number,
    gradient: number,
    gradientBytes: number,
  ): void;
  stencilTable(
    share: number,
    grouping: number,
    count: number,
    groups: number,
    meetings: number,
  ): void;
  stencilLines(
    pointers: number,
    columns: number,
    values: number,
    grouping: number,
    groups: number,
    shares: number,
    count: number,
    which: number,
    lines: number,
    target: number,
    rows: number,
  ): void;
  addByLabel(labels: number, rows: number, count: number, groups: number, blocks: number): void;
  nearestLabels(
    rows: number,
    count: number,
    groups: number,
    padded: number,
    norms: number,
    terms: number,
    room: number,
    labels: number,
  ): void;
  nearerDistances(
    rows: number,
    count: number,
    width: number,
    centre: number,
    distances: number,
  ): void;
  gibbsStart(state: number, labels: number, residual: number, count: number): void;
  gibbsLines(
    state: number,
    labels: number,
    residual: number,
    uniforms: number,
    count: number,
  ): number;
  digitsOf(digits: number, of: number, count: number, power: number, out: number): void;
  kroneckerInner(
    power: number,
    theta: number,
    rowDigits: number,
    columnDigits: number,
    rows: number,
    columns: number,
    values: number,
    count: number,
    inner: number,
  ): void;
  kroneckerGradient(
    power: number,
    theta: number,
    rowDigits: number,
    columnDigits: number,
    rows: number,
    columns: number,
    values: number,
    count: number,
    inner: number,
    gradient: number,
    before: number,
  ): void;
  kroneckerGains(
    power: number,
    theta: number,
    digits: number,
    others: number,
    pointers: number,
    columns: number,
    values: number,
    known: number,
    of: number,
    lines: number,
    targets: number,
    count: number,
    gains: number,
  ): void;
}
