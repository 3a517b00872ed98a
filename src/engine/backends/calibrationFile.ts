import { mkdir, readFile } from 'node:fs/promises';
import { dirname } from 'node:path';
import type { Calibration, ProductSpeed } from '../../protocol/backends';
import { writeAtomically } from '../../io/atomicWrite';

const formatVersion = 1;
/** Machines that share a home folder, and versions before the last. */
const mostKept = 8;

/** The measurement of `subject` in the file; undefined when there is none that can be used. */
export async function readCalibration(
  path: string,
  subject: string,
): Promise<Calibration | undefined> {
  return (await readAll(path)).find((calibration) => calibration.subject === subject);
}

/** Adds a measurement, in place of one of the same subject. What cannot be written is not kept. */
export async function keepCalibration(path: string, calibration: Calibration): Promise<void> {
  const others = (await readAll(path)).filter(({ subject }) => subject !== calibration.subject);
  const calibrations = [calibration, ...others].slice(0, mostKept);
  const text = JSON.stringify({ formatVersion, calibrations }, undefined, 2);
  // Several workers may write at a time; each whole file is a good one.
  const temporary = `${path}.${process.pid}-${Math.random().toString(36).slice(2)}.tmp`;
  try {
    await mkdir(dirname(path), { recursive: true });
    await writeAtomically({ path, temporary }, (sink) => sink.write(Buffer.from(text)));
  } catch {
    // Measuring again costs a second.
  }
}

/** All that is in the file; nothing where it is missing, damaged or of another version. */
async function readAll(path: string): Promise<Calibration[]> {
  try {
    const value: unknown = JSON.parse(await readFile(path, 'utf8'));
    if (isRecord(value) && value.formatVersion === formatVersion) {
      return Array.isArray(value.calibrations) ? value.calibrations.filter(isCalibration) : [];
    }
  } catch {
    // As if it were not there.
  }
  return [];
}

function isCalibration(value: unknown): value is Calibration {
  return (
    isRecord(value) &&
    typeof value.subject === 'string' &&
    typeof value.measuredAt === 'string' &&
    isTime(value.elapsedMs) &&
    Array.isArray(value.speeds) &&
    value.speeds.every(isSpeed)
  );
}

function isSpeed(value: unknown): value is ProductSpeed {
  return (
    isRecord(value) &&
    ['wasm', 'tensorflow', 'webgpu'].includes(String(value.backend)) &&
    [value.overheadMs, value.msPerMultiplyAdd, value.msPerElement].every(isTime)
  );
}

function isTime(value: unknown): value is number {
  return typeof value === 'number' && Number.isFinite(value) && value >= 0;
}

function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
