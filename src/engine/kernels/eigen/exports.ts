/** Rows `from` to `to` of y += A x, of the upper triangle of A. */
export type SymmetricRows = (
  n: number,
  a: number,
  stride: number,
  from: number,
  to: number,
  x: number,
  y: number,
) => void;

/** The functions of assembly/eigen.ts, rows.ts, secular.ts and symmetricSingle.ts; pointers and strides are in bytes, counts in elements. */
export interface EigenExports {
  symmetricRows: SymmetricRows;
  symmetricRowsSingle: SymmetricRows;
  rowDots(count: number, rows: number, stride: number, n: number, x: number, out: number): void;
  addRows(
    count: number,
    rows: number,
    stride: number,
    n: number,
    coefficients: number,
    coefficientStride: number,
    factor: number,
    target: number,
  ): void;
  addToRows(
    count: number,
    rows: number,
    stride: number,
    n: number,
    coefficients: number,
    factor: number,
    x: number,
  ): void;
  scaleRow(n: number, factor: number, x: number): void;
  zeroBytes(at: number, count: number): void;
  packColumnsSingle(
    rows: number,
    stride: number,
    steps: number,
    lines: number,
    width: number,
    to: number,
  ): void;
  updateRowsSingle(
    from: number,
    to: number,
    columns: number,
    steps: number,
    left: number,
    right: number,
    c: number,
    stride: number,
  ): void;
  narrow(count: number, from: number, to: number): void;
  widen(count: number, from: number, to: number): void;
  addWidened(count: number, from: number, to: number): void;
  rotateRows(n: number, x: number, y: number, c: number, s: number): void;
  rotateSweep(count: number, n: number, row: number, stride: number, rotations: number): void;
  secularSums(
    count: number,
    split: number,
    d: number,
    zz: number,
    origin: number,
    tau: number,
    out: number,
  ): void;
  secularWeights(
    from: number,
    to: number,
    count: number,
    d: number,
    origin: number,
    tau: number,
    out: number,
  ): void;
  secularVectors(
    from: number,
    to: number,
    count: number,
    d: number,
    z: number,
    origin: number,
    tau: number,
    out: number,
    stride: number,
  ): void;
}
