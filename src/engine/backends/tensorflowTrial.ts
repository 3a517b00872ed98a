import { readFile, readdir, stat, writeFile } from 'node:fs/promises';
import { cpus } from 'node:os';
import { basename, join } from 'node:path';
import { tryInProcess, type Trial, type TrialOptions } from './addonTrial';

/** What a successful trial says of the library. */
export interface TensorFlowReport {
  /** Version of TensorFlow. */
  readonly tensorflow: string;
  readonly usesGpu: boolean;
}

/** Loads the addon and multiplies two matrices: what crashes later would crash here. */
const code = `
const addon = { exports: {} };
process.dlopen(addon, process.argv[1]);
const tf = addon.exports;
const matrix = () => tf.createTensor([2, 2], tf.TF_FLOAT, new Float32Array([1, 2, 3, 4]));
const [product] = tf.executeOp('MatMul', [
  { name: 'transpose_a', type: tf.TF_ATTR_BOOL, value: false },
  { name: 'transpose_b', type: tf.TF_ATTR_BOOL, value: false },
  { name: 'T', type: tf.TF_ATTR_TYPE, value: tf.TF_FLOAT },
], [matrix(), matrix()], 1);
const values = Array.from(tf.tensorDataSync(product.id));
if (String(values) !== '7,10,15,22') throw new Error('it multiplies wrongly: ' + values);
report({ tensorflow: tf.TF_Version, usesGpu: tf.isUsingGpuDevice() });
`;

const trialName = 'tensorpress-trial.json';

/** Loads `addon` in a process of its own, and multiplies two small matrices with it. */
export function tryTensorFlow(addon: string, options: TrialOptions = {}): Promise<Trial> {
  return tryInProcess(code, [addon], {
    ...options,
    env: { TF_CPP_MIN_LOG_LEVEL: '3', TF_FORCE_GPU_ALLOW_GROWTH: 'true', ...options.env },
  });
}

/**
 * As {@link tryTensorFlow}, but a success is kept in the package's folder, where that can be
 * written, until addon, libraries, system or processor change. A failure is tried again.
 */
export async function tryTensorFlowOnce(
  folder: string,
  addon: string,
  attempt: (addon: string) => Promise<Trial> = tryTensorFlow,
): Promise<Trial> {
  const subject = await subjectOf(folder, addon);
  const file = join(folder, trialName);
  const kept = await readFile(file, 'utf8')
    .then(
      (text) => JSON.parse(text) as { subject?: unknown; report?: unknown },
      () => undefined,
    )
    .catch(() => undefined);
  if (kept?.subject === subject && typeof kept.report === 'object' && kept.report !== null) {
    return { works: true, report: kept.report as Record<string, unknown> };
  }
  const trial = await attempt(addon);
  if (trial.works) {
    const text = JSON.stringify({ subject, report: trial.report });
    // A folder that cannot be written only means that it is tried again next time.
    await writeFile(file, text).catch(() => {});
  }
  return trial;
}

async function subjectOf(folder: string, addon: string): Promise<string> {
  const libraries = join(folder, 'deps', 'lib');
  const names = await readdir(libraries).catch(() => []);
  const files = [addon, ...names.sort().map((name) => join(libraries, name))];
  const states = await Promise.all(
    files.map(async (path) => {
      const state = await stat(path).catch(() => undefined);
      return `${basename(path)} ${state?.size} ${state?.mtimeMs}`;
    }),
  );
  const { platform, arch, version } = process;
  return [...states, platform, arch, version, cpus()[0]?.model].join(' | ');
}
