import { mkdirSync, readdirSync, utimesSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { prepareCheckpoints, pruneCheckpoints } from '../../../../src/views/sparse/checkpoints';
import { temporaryFolder } from '../../../support/temporaryFolder';

/** Files of these sizes, the first one the oldest. */
function filled(name: string, sizes: readonly number[]): string {
  const into = join(temporaryFolder(), name);
  mkdirSync(into);
  sizes.forEach((size, age) => {
    const path = join(into, `${age}`);
    writeFileSync(path, Buffer.alloc(size));
    utimesSync(path, 1000 + age, 1000 + age);
  });
  return into;
}

const left = (path: string) => readdirSync(path).sort();

describe('the folder of checkpoints', () => {
  it('is made where there is none, and left alone where there is one', async () => {
    const path = join(temporaryFolder(), 'new', 'sparse');
    await prepareCheckpoints(path);
    await prepareCheckpoints(path);
    expect(left(path)).toEqual([]);
  });

  it('need not be there to be kept within its bounds', async () => {
    await expect(pruneCheckpoints(join(temporaryFolder(), 'absent'))).resolves.toBeUndefined();
    const file = join(filled('none', [1]), '0');
    await expect(pruneCheckpoints(file)).rejects.toThrow('ENOTDIR');
  });

  it('loses its oldest files beyond a number of them', async () => {
    const path = filled('many', [1, 1, 1, 1]);
    await pruneCheckpoints(path, { files: 2, bytes: 100 });
    expect(left(path)).toEqual(['2', '3']);
  });

  it('loses its oldest files beyond a number of bytes', async () => {
    const path = filled('large', [10, 40, 30, 30]);
    await pruneCheckpoints(path, { files: 10, bytes: 100 });
    expect(left(path)).toEqual(['1', '2', '3']);
  });

  it('keeps the newest, whatever its size', async () => {
    const path = filled('huge', [10, 500]);
    await pruneCheckpoints(path, { files: 10, bytes: 100 });
    expect(left(path)).toEqual(['1']);
  });

  it('leaves folders alone', async () => {
    const path = filled('with-folder', [10, 10]);
    mkdirSync(join(path, 'kept'));
    await pruneCheckpoints(path, { files: 1, bytes: 100 });
    expect(left(path)).toEqual(['1', 'kept']);
  });
});
