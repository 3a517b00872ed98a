/** @param {number | undefined} seconds */
export function formatSeconds(seconds) {
  if (seconds === undefined) {
    return '-';
  }
  return seconds < 1 ? `${(seconds * 1000).toFixed(0)} ms` : `${seconds.toFixed(2)} s`;
}

/** @param {number | null | undefined} bytes */
export function formatBytes(bytes) {
  return bytes ? `${(bytes / 2 ** 20).toFixed(0)} MiB` : '-';
}

/** @param {number | undefined} error */
export function formatError(error) {
  return error === undefined ? '-' : error.toPrecision(5);
}

/**
 * Columns as wide as their widest cell; the first on the left, the rest on the right.
 * @param {readonly (readonly string[])[]} lines the first holds the titles
 */
export function formatTable(lines) {
  const widths = lines[0].map((_, column) => Math.max(...lines.map((line) => line[column].length)));
  const rows = lines.map((line) =>
    line
      .map((cell, column) =>
        column === 0 ? cell.padEnd(widths[0]) : cell.padStart(widths[column]),
      )
      .join('  ')
      .trimEnd(),
  );
  return [rows[0], '-'.repeat(rows[0].length), ...rows.slice(1)].join('\n');
}
