import { mkdir, readFile, readdir, writeFile } from 'node:fs/promises';
import { dirname } from 'node:path';
import { describe, expect, it } from 'vitest';
import { calibrate, fitSpeed } from '../../../../src/engine/backends/calibration';
import { keepCalibration, readCalibration } from '../../../../src/engine/backends/calibrationFile';
import { calibrationOf } from '../../../../src/engine/backends/auto';
import { predictedMs } from '../../../../src/engine/backends/productRoute';
import type { Calibration } from '../../../../src/protocol/backends';
import { useFolder } from '../../../support/pressing';

const at = useFolder();

const calibration = (subject: string): Calibration => ({
  subject,
  measuredAt: '2026-01-01T00:00:00.000Z',
  elapsedMs: 10,
  speeds: [{ backend: 'wasm', overheadMs: 0, msPerMultiplyAdd: 1e-8, msPerElement: 0 }],
});

describe('fitSpeed', () => {
  const sizes = [
    { m: 128, n: 128, k: 128 },
    { m: 1024, n: 1024, k: 64 },
    { m: 512, n: 512, k: 512 },
    { m: 1024, n: 1024, k: 1024 },
  ];

  it.each([
    { overheadMs: 0.5, msPerMultiplyAdd: 2e-8, msPerElement: 3e-6 },
    { overheadMs: 4, msPerMultiplyAdd: 3e-10, msPerElement: 6e-6 },
    { overheadMs: 0, msPerMultiplyAdd: 3e-8, msPerElement: 0 },
  ])('recovers what times were made of (%o)', (speed) => {
    const timed = sizes.map((size) => ({
      ...size,
      ms: predictedMs(size, { backend: 'wasm', ...speed }),
    }));
    const found = { backend: 'wasm' as const, ...fitSpeed(timed) };
    for (const { ms, ...size } of timed) {
      expect(predictedMs(size, found) / ms).toBeCloseTo(1, 2);
    }
    const other = { m: 2048, n: 2048, k: 2048 };
    const expected = predictedMs(other, { backend: 'wasm', ...speed });
    expect(predictedMs(other, found) / expected).toBeCloseTo(1, 1);
  });

  it('has no negative part, whatever noise the times have', () => {
    const timed = sizes.map((size, i) => ({ ...size, ms: [1, 0.2, 5, 3][i] }));
    const found = fitSpeed(timed);
    expect(Math.min(...Object.values(found))).toBeGreaterThanOrEqual(0);
  });
});

describe('calibrate', () => {
  it('leaves out what fails', async () => {
    const found = await calibrate('here', [
      {
        name: 'webgpu',
        version: 'broken',
        workPerCall: 2 ** 30,
        maxElements: 2 ** 26,
        guard: () => Promise.reject(new Error('no')),
      },
    ]);
    expect(found.subject).toBe('here');
    expect(found.speeds.map(({ backend }) => backend)).toEqual(['wasm']);
    expect(found.speeds[0].msPerMultiplyAdd).toBeGreaterThan(0);
  });
});

describe('the file of measurements', () => {
  it('keeps one for each subject, and leaves no other file', async () => {
    const path = at('some/folder/calibration.json');
    await keepCalibration(path, calibration('a'));
    await keepCalibration(path, calibration('b'));
    await keepCalibration(path, { ...calibration('a'), elapsedMs: 20 });
    expect(await readCalibration(path, 'a')).toEqual({ ...calibration('a'), elapsedMs: 20 });
    expect(await readCalibration(path, 'b')).toEqual(calibration('b'));
    expect(await readCalibration(path, 'c')).toBeUndefined();
    expect(await readdir(dirname(path))).toEqual(['calibration.json']);
  });

  it('forgets the oldest of many', async () => {
    const path = at('calibration.json');
    for (let i = 0; i < 12; i++) {
      await keepCalibration(path, calibration(`machine ${i}`));
    }
    expect(await readCalibration(path, 'machine 0')).toBeUndefined();
    expect(await readCalibration(path, 'machine 11')).toBeDefined();
  });

  it.each([
    'not JSON',
    '[]',
    '{"formatVersion":99,"calibrations":[]}',
    '{"formatVersion":1,"calibrations":[{"subject":"a","speeds":[{"backend":"wasm"}]}]}',
    '{"formatVersion":1,"calibrations":[{"subject":"a","measuredAt":"","elapsedMs":1,"speeds":[{"backend":"wasm","overheadMs":-1,"msPerMultiplyAdd":1,"msPerElement":1}]}]}',
  ])('takes a damaged file for none: %s', async (text) => {
    const path = at('calibration.json');
    await writeFile(path, text);
    expect(await readCalibration(path, 'a')).toBeUndefined();
    await keepCalibration(path, calibration('a'));
    expect(await readCalibration(path, 'a')).toEqual(calibration('a'));
  });

  it('does without a file that cannot be written', async () => {
    await mkdir(at('calibration.json'));
    await expect(keepCalibration(at('calibration.json'), calibration('a'))).resolves.not.toThrow();
  });

  it('is read instead of measuring again, until something changes', async () => {
    const path = at('calibration.json');
    const slow = (version: string) => ({
      name: 'tensorflow' as const,
      version,
      workPerCall: 2 ** 30,
      maxElements: 2 ** 26,
      guard: () => Promise.reject(new Error('not here')),
    });
    const first = await calibrationOf([slow('1')], { calibrationFile: path });
    expect(await calibrationOf([slow('1')], { calibrationFile: path })).toEqual(first);
    const changed = await calibrationOf([slow('2')], { calibrationFile: path });
    expect(changed.subject).not.toBe(first.subject);
    expect(JSON.parse(await readFile(path, 'utf8'))).toMatchObject({
      calibrations: [changed, first],
    });
  });
});
