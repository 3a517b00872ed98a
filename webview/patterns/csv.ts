import type { OpenMap } from './openMap';

/** More than the longest line: two indices and two values of nine digits. */
const LINE_BYTES = 48;

/**
 * All cells as a table, row-major: indices and places from 0. Written into one buffer, because a
 * million lines as strings would take many times their bytes.
 */
export function blocksCsv(open: OpenMap, kept: number): ArrayBuffer {
  const [rows, columns] = open.map.grid;
  const head =
    open.kind === 'block'
      ? 'block_row,block_column,score,place,kept\n'
      : 'tile_row,tile_column,norm,lost\n';
  const text = new TextEncoder();
  const bytes = new Uint8Array(head.length + rows * columns * LINE_BYTES);
  let at = text.encodeInto(head, bytes).written;
  for (let row = 0, cell = 0; row < rows; row++) {
    let lines = '';
    for (let column = 0; column < columns; column++, cell++) {
      lines += `${row},${column},${nineDigits(open.scores[cell])},${stateOf(open, kept, cell)}\n`;
    }
    at += text.encodeInto(lines, bytes.subarray(at)).written;
  }
  return bytes.buffer.slice(0, at);
}

function stateOf(open: OpenMap, kept: number, cell: number): string {
  if (open.kind === 'nm') {
    return nineDigits(open.losses[kept]?.[cell]);
  }
  const place = open.places[cell] ?? 0;
  return `${place},${place < kept ? 1 : 0}`;
}

/** As many digits as tell one 32-bit number from another. */
function nineDigits(value = 0): string {
  return String(Number(value.toPrecision(9)));
}
