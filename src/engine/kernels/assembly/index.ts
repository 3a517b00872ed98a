export { productTileDouble, productTileSingle } from './product';
export { addProducts, addScaled, dot, multiplyInto } from './elementwise';
export { choleskyBlock, invertUpper } from './triangular';
export {
  addMultiple,
  addRows,
  addToRows,
  rotateRows,
  rotateSweep,
  rowDots,
  scaleRow,
  secularSums,
  secularVectors,
  secularWeights,
  symmetricRows,
  zeroRow,
} from './eigen';
export { jacobiRow } from './jacobi';
