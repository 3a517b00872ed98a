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
}
