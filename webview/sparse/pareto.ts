import type { SparseMethod } from '../../src/protocol/sparse';

/** A point by what it costs and what it loses. */
export interface Measured {
  readonly key: string;
  readonly method: SparseMethod;
  readonly title: string;
  readonly label: string;
  readonly bytes: number;
  readonly error: number;
}

/** The points that no other one undercuts: from small to large, each of smaller error. */
export function paretoFront<Point extends Measured>(points: readonly Point[]): readonly Point[] {
  const sorted = [...points].sort((a, b) => a.bytes - b.bytes || a.error - b.error);
  let least = Infinity;
  return sorted.filter(({ error }) => {
    const isBetter = error < least;
    least = Math.min(least, error);
    return isBetter;
  });
}

/** At most so many of a front, its ends included, evenly spread by ratio of bytes. */
export function frontSample<Point extends Measured>(
  front: readonly Point[],
  most: number,
): readonly Point[] {
  if (front.length <= most) {
    return front;
  }
  const [low, high] = [front[0], front.at(-1)].map((point) => Math.log(point?.bytes ?? 1)) as [
    number,
    number,
  ];
  const wanted = Array.from({ length: most }, (_, at) => low + ((high - low) * at) / (most - 1));
  const near = (value: number) =>
    front.reduce((best, point) =>
      Math.abs(Math.log(point.bytes) - value) < Math.abs(Math.log(best.bytes) - value)
        ? point
        : best,
    );
  const chosen = new Set(wanted.map(near));
  return front.filter((point) => chosen.has(point));
}

/** A point of a method, and one of another method that is no larger and loses no more. */
export interface Undercut<Point extends Measured> {
  readonly point: Point;
  readonly by: Point;
}

/** Where other methods do better than `method`, from its smallest point to its largest. */
export function undercuts<Point extends Measured>(
  points: readonly Point[],
  method: SparseMethod,
): readonly Undercut<Point>[] {
  const others = points.filter((point) => point.method !== method);
  return points
    .filter((point) => point.method === method)
    .sort((a, b) => a.bytes - b.bytes)
    .flatMap((point) => {
      const better = others
        .filter(
          ({ bytes, error }) =>
            bytes <= point.bytes &&
            error <= point.error &&
            (bytes < point.bytes || error < point.error),
        )
        .sort((a, b) => a.error - b.error || a.bytes - b.bytes);
      const [by] = better;
      return by ? [{ point, by }] : [];
    });
}
