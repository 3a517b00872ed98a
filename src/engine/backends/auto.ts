import { cpus } from 'node:os';
import type { Calibration } from '../../protocol/backends';
import { kernelInfo } from '../kernels';
import { toolVersion } from '../press/toolVersion';
import type { Accelerator } from './accelerator';
import { calibrate } from './calibration';
import { keepCalibration, readCalibration } from './calibrationFile';

/** The speeds of kernels and accelerators: those kept from before, or measured now and kept. */
export async function calibrationOf(
  accelerators: readonly Accelerator[],
  { calibrationFile }: { readonly calibrationFile?: string },
): Promise<Calibration> {
  const subject = subjectOf(accelerators);
  const kept =
    calibrationFile === undefined ? undefined : await readCalibration(calibrationFile, subject);
  if (kept) {
    return kept;
  }
  const measured = await calibrate(subject, accelerators);
  if (calibrationFile !== undefined) {
    await keepCalibration(calibrationFile, measured);
  }
  return measured;
}

/** All that the figures depend on. */
function subjectOf(accelerators: readonly Accelerator[]): string {
  const { threads, simd } = kernelInfo();
  return [
    `TensorPress ${toolVersion}`,
    `Node ${process.versions.node}`,
    `${cpus()[0]?.model.trim() ?? process.arch}, ${threads} threads, ${simd}`,
    ...accelerators.map(({ name, version, device }) =>
      [name, version, ...(device === undefined ? [] : [device])].join(' '),
    ),
  ].join('; ');
}
