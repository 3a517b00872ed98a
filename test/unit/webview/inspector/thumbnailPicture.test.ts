import { describe, expect, it } from 'vitest';
import { pictureOpacities, pictureSize } from '../../../../webview/inspector/thumbnailPicture';

describe('the picture of a tensor', () => {
  it.each([
    { rows: 24, columns: 24, size: { width: 22, height: 22 } },
    { rows: 24, columns: 12, size: { width: 11, height: 22 } },
    { rows: 6, columns: 24, size: { width: 22, height: 6 } },
    { rows: 3, columns: 2, size: { width: 15, height: 22 } },
  ])('of $rows x $columns tiles keeps their form and fits a row', ({ rows, columns, size }) => {
    expect(pictureSize({ rows, columns })).toEqual(size);
  });

  it('of a vector is a line that can be seen', () => {
    expect(pictureSize({ rows: 1, columns: 24 })).toEqual({ width: 22, height: 4 });
  });

  it('is the stronger the larger the value, and never empty', () => {
    const opacities = pictureOpacities({ values: Uint8Array.of(0, 1, 128, 255).buffer });
    expect(opacities).toEqual([...opacities].sort((a, b) => a - b));
    expect(opacities[0]).toBeGreaterThan(0);
    expect(opacities[3]).toBe(255);
  });
});
