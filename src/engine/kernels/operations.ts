import type { Operation } from './operation';
import { productItem } from './tiles';

/** Every operation by its number; all threads are given the same list. */
export const operations: readonly Operation[] = [productItem];

export const operationKinds = { product: 0 } as const;
