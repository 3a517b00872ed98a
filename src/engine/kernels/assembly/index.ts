export { productTileDouble, productTileSingle } from './product';
