import type { MeasuredPoint } from './plotData';

const head = [
  'method',
  'settings',
  'options',
  'parameters',
  'bytes',
  'order_bytes',
  'squared_error',
  'relative_error',
  'elapsed_ms',
  'entry_us',
  'paused_at_epoch',
];

/** All points as comma-separated values; bytes whole, errors with all their digits. */
export function pointsCsv(points: readonly MeasuredPoint[]): string {
  const lines = points.map(({ label, method, point }) =>
    [
      method,
      label,
      JSON.stringify(point.attempt.options),
      point.parameters,
      point.bytes,
      point.orderBytes,
      point.squaredError,
      point.relativeError,
      Math.round(point.elapsedMs),
      point.entryMicroseconds,
      point.paused?.epoch ?? '',
    ]
      .map(field)
      .join(','),
  );
  return [head.join(','), ...lines, ''].join('\n');
}

/** As RFC 4180 has it. */
function field(value: string | number): string {
  const text = String(value);
  return /[",\n\r]/.test(text) ? `"${text.replaceAll('"', '""')}"` : text;
}
