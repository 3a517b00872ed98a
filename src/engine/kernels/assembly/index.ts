export { productTileDouble, productTileSingle } from './product';
export { addProducts, addScaled, dot, multiplyInto } from './elementwise';
export { choleskyBlock, invertUpper } from './triangular';
