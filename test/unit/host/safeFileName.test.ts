import { describe, expect, it } from 'vitest';
import { safeFileName } from '../../../src/host/safeFileName';

describe('safeFileName', () => {
  it.each([
    ['layer2.0.conv1.weight', 'layer2.0.conv1.weight'],
    ['encoder/block_3/kernel:0.csv', 'encoder_block_3_kernel_0.csv'],
    ['../../etc/passwd', '__.._etc_passwd'],
    ['..\\up.npy', '__up.npy'],
    ['<img src=x onerror="boom">.weight', '_img_src_x_onerror_boom_.weight'],
    ['Gewicht-größe.重み', 'Gewicht-größe.重み'],
    ['', '_'],
  ])('makes of "%s" the name %s', (name, expected) => {
    expect(safeFileName(name)).toBe(expected);
  });

  it('keeps the end of a long name, with its extension', () => {
    const name = safeFileName(`${'layer.'.repeat(100)}weight.csv`);
    expect(name).toMatch(/\.weight\.csv$/);
    expect(name).toHaveLength(80);
  });
});
