// Four f64 rows times a small matrix in panels of four columns: a tile of 4 x 4 stays in registers.
import { multiplyAdd } from './lanes';

/**
 * out[r][c] = sum over `steps` of rows[r][step] panels[step][c], r < 4; `rowBytes` apart the rows,
 * `outBytes` apart those of `out`. Every panel has steps x 4 numbers.
 */
export function fourRowsTimesPanels(
  rows: usize, rowBytes: usize, steps: usize, panels: usize, count: usize,
  out: usize, outBytes: usize,
): void {
  const end = rows + steps * 8;
  for (let panel: usize = 0; panel < count; panel++, out += 32) {
    let s00 = f64x2.splat(0);
    let s01 = f64x2.splat(0);
    let s10 = f64x2.splat(0);
    let s11 = f64x2.splat(0);
    let s20 = f64x2.splat(0);
    let s21 = f64x2.splat(0);
    let s30 = f64x2.splat(0);
    let s31 = f64x2.splat(0);
    let r1 = rows + rowBytes;
    let r2 = r1 + rowBytes;
    let r3 = r2 + rowBytes;
    for (let r0 = rows; r0 < end; r0 += 8, panels += 32) {
      const p0 = v128.load(panels);
      const p1 = v128.load(panels, 16);
      const x0 = v128.load_splat<f64>(r0);
      s00 = multiplyAdd(x0, p0, s00);
      s01 = multiplyAdd(x0, p1, s01);
      const x1 = v128.load_splat<f64>(r1);
      s10 = multiplyAdd(x1, p0, s10);
      s11 = multiplyAdd(x1, p1, s11);
      const x2 = v128.load_splat<f64>(r2);
      s20 = multiplyAdd(x2, p0, s20);
      s21 = multiplyAdd(x2, p1, s21);
      const x3 = v128.load_splat<f64>(r3);
      s30 = multiplyAdd(x3, p0, s30);
      s31 = multiplyAdd(x3, p1, s31);
      r1 += 8;
      r2 += 8;
      r3 += 8;
    }
    v128.store(out, s00);
    v128.store(out, s01, 16);
    let to = out + outBytes;
    v128.store(to, s10);
    v128.store(to, s11, 16);
    to += outBytes;
    v128.store(to, s20);
    v128.store(to, s21, 16);
    to += outBytes;
    v128.store(to, s30);
    v128.store(to, s31, 16);
  }
}
