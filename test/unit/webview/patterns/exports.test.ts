import { spawnSync } from 'node:child_process';
import { describe, expect, it } from 'vitest';
import { base64 } from '../../../../webview/base64';
import { colorScale, hexColor, levelRgb } from '../../../../webview/components/heatmap/colorScale';
import type { HeatmapPicture } from '../../../../webview/components/heatmap/picture';
import { blockRows } from '../../../../webview/patterns/blockRows';
import { blocksCsv } from '../../../../webview/patterns/csv';
import { numpyMask, packKept } from '../../../../webview/patterns/numpyMask';
import { mapSvg } from '../../../../webview/patterns/svg';
import { openBlocks, openGroups } from './maps';

const text = (bytes: ArrayBuffer) => new TextDecoder().decode(bytes);

const numpy = spawnSync('python3', ['-c', 'import numpy']).status === 0;

/** Runs the code and prints the mask's shape and flat entries. */
function maskOf(code: string): { shape: number[]; mask: number[] } {
  const print =
    'import json; print(json.dumps({"shape": mask.shape, "mask": mask.astype(int).ravel().tolist()}))';
  const { status, stderr, stdout } = spawnSync('python3', ['-'], {
    input: `${code}\n${print}\n`,
    encoding: 'utf8',
  });
  if (status !== 0) {
    throw new Error(stderr);
  }
  return JSON.parse(stdout) as { shape: number[]; mask: number[] };
}

describe('the mask as Python', () => {
  const scores = Array.from({ length: 35 }, (_, index) => ((index * 37) % 101) + 1);

  it('packs the first block into the highest bit', () => {
    const open = openBlocks([9, 1, 1, 1, 1, 1, 1, 8, 7]);
    expect([...packKept(open, 3)]).toEqual([0b10000001, 0b10000000]);
    expect([...packKept(open, 0)]).toEqual([0, 0]);
    expect([...packKept(open, 9)]).toEqual([255, 128]);
  });

  it('encodes long bitmaps', () => {
    const bytes = Uint8Array.from({ length: 100_003 }, (_, index) => index % 251);
    expect(base64(bytes)).toBe(Buffer.from(bytes).toString('base64'));
  });

  it.skipIf(!numpy)('builds the mask of a matrix whose edge is padded', () => {
    // 5 x 7 blocks of 2 x 3; the matrix ends one row and two columns early.
    const open = openBlocks(scores, {
      columns: 7,
      change: { rows: 9, columns: 19, shape: [9, 19], padding: [1, 2] },
    });
    const kept = 16;
    const { mask, shape } = maskOf(numpyMask(open, kept));
    expect(shape).toEqual([9, 19]);
    const expected = Array.from({ length: 9 * 19 }, (_, entry) => {
      const block = Math.floor(Math.floor(entry / 19) / 2) * 7 + Math.floor((entry % 19) / 3);
      return open.places[block] < kept ? 1 : 0;
    });
    expect(mask).toEqual(expected);
  });

  it.skipIf(!numpy).each([
    ['channel-out', [10, 7, 3, 1]],
    ['channel-in', [2, 21, 5, 1]],
    ['spatial', [3, 5, 2, 7]],
  ] as const)('has the tensor’s own shape for %s', (scheme, shape) => {
    const [t, c, h, w] = shape;
    const open = openBlocks(scores, { columns: 7, change: { shape }, pattern: { scheme } });
    const kept = 12;
    const result = maskOf(numpyMask(open, kept));
    expect(result.shape).toEqual([...shape]);
    const isKept = (row: number, column: number) =>
      open.places[Math.floor(row / 2) * 7 + Math.floor(column / 3)] < kept ? 1 : 0;
    const expected: number[] = [];
    for (let a = 0; a < t; a++) {
      for (let b = 0; b < c; b++) {
        for (let y = 0; y < h; y++) {
          for (let x = 0; x < w; x++) {
            expected.push(
              {
                'channel-out': () => isKept(a, (b * h + y) * w + x),
                'channel-in': () => isKept((a * h + y) * w + x, b),
                spatial: () => isKept(b * h + y, a * w + x),
              }[scheme](),
            );
          }
        }
      }
    }
    expect(result.mask).toEqual(expected);
  });

  it.skipIf(!numpy)('survives a name that is no comment', () => {
    const tensor = 'a\nraise SystemExit(3)\r\u2028"';
    const { mask } = maskOf(numpyMask(openBlocks([1, 2], { change: { tensor } }), 2));
    expect(mask.every((value) => value === 1)).toBe(true);
  });
});

describe('the blocks as a table', () => {
  it('are exported with score, place and state', () => {
    const open = openBlocks([1, 4, 2, 0.25], { columns: 2 });
    expect(text(blocksCsv(open, 2))).toBe(
      'block_row,block_column,score,place,kept\n0,0,1,2,0\n0,1,4,0,1\n1,0,2,1,1\n1,1,0.25,3,0\n',
    );
  });

  it('are tiles with their loss for N:M', () => {
    expect(text(blocksCsv(openGroups(), 2))).toBe(
      'tile_row,tile_column,norm,lost\n0,0,1,0.25\n1,0,3,0.125\n',
    );
  });

  it('never lack room for a line', () => {
    const open = openBlocks(Array.from({ length: 50 }, () => 1.234_567_891e-30));
    const lines = text(blocksCsv(open, 50)).trimEnd().split('\n');
    expect(lines).toHaveLength(51);
    expect(lines.at(-1)).toMatch(/^0,49,1\.234567\d\de-30,49,1$/);
  });

  it('list what is in sight, what is kept first, or what is next to the threshold', () => {
    const open = openBlocks([1, 4, 2, 8, 3, 5], { columns: 3 });
    const window = { rows: [0, 2], columns: [1, 3] } as const;
    const names = (extent: 'view' | 'first' | 'threshold') =>
      blockRows(open, 2, extent, window).rows.map(({ name }) => name);
    expect(names('view')).toEqual(['0,1', '0,2', '1,1', '1,2']);
    expect(names('first')).toEqual(['1,0', '1,2', '0,1', '1,1', '0,2', '0,0']);
    const many = openBlocks(Array.from({ length: 5000 }, (_, index) => index + 1));
    const near = blockRows(many, 4800, 'threshold', window);
    expect(near).toMatchObject({ of: 5000 });
    expect(near.rows).toHaveLength(2000);
    expect(near.rows[0]?.place).toBe(3000);
    expect(near.rows.filter(({ kept }) => kept)).toHaveLength(1800);
  });
});

describe('the map as SVG', () => {
  const theme = {
    isDark: true,
    isHighContrast: false,
    background: [31, 31, 31],
    foreground: [204, 204, 204],
  } as const;
  const colors = colorScale(theme, 'dim');
  const picture: HeatmapPicture = {
    cells: { levels: Uint8Array.of(10, 200, 200, 30), places: Uint32Array.of(3, 0, 1, 2) },
    colors,
    range: { scale: 'linear', low: 0, high: 2 },
    background: theme.background,
    foreground: theme.foreground,
  };
  const view = {
    title: 'a < b & "c"\u0007',
    caption: '4 x 4',
    rows: 2,
    columns: 2,
    kept: 3,
    width: 100,
    height: 100,
    legendTitle: 'norm',
    format: String,
  };

  it('draws every cell once, in the colour of its level and state', () => {
    const svg = mapSvg(view, picture);
    const path = (level: number) =>
      new RegExp(`<path fill="${hexColor(levelRgb(colors, level))}" d="([^"]*)"/>`).exec(svg)?.[1];
    expect(path(200)).toBe('M1 0h1v1h-1zM0 1h1v1h-1z');
    expect(path(30)).toBe('M1 1h1v1h-1z');
    expect(path(256 + 10)).toBe('M0 0h1v1h-1z');
    expect(svg.match(/h1v1h-1z/g)).toHaveLength(4);
  });

  it('escapes what a tensor’s name may hold', () => {
    const svg = mapSvg(view, picture);
    expect(svg).toContain('<title>a &lt; b &amp; &quot;c&quot;\ufffd</title>');
    expect(svg).toContain('>2</text>');
  });

  it('takes a picture for a large grid', () => {
    const svg = mapSvg(view, picture, 'data:image/png;base64,AAAA');
    expect(svg).toContain('href="data:image/png;base64,AAAA"');
    expect(svg).not.toContain('h1v1h-1z');
  });
});
