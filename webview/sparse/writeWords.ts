import type { SparseMethodOffer, SparsePoint } from '../../src/protocol/sparse';
import { formatBytes } from '../format';

/** How a point is written. */
export interface WriteOptions {
  readonly withOrders: boolean;
  readonly type: 'float32' | 'float16';
}

export interface WriteSubject {
  readonly offer: SparseMethodOffer;
  readonly point: SparsePoint;
  readonly options: WriteOptions;
}

/** About how large the file will be. */
export function writeWords({ offer, options, point }: WriteSubject): string {
  const orders = options.withOrders ? point.orderBytes : 0;
  if (offer.writes === 'neukron') {
    const numbers = point.parameters * (options.type === 'float16' ? 2 : 4);
    return `About ${formatBytes(numbers + orders)}.`;
  }
  return `A .safetensors file; ${formatBytes(point.bytes + orders)} by the method’s own count.`;
}
