// Measures TensorLy and NumPy and TensorPress on the same arrays, one after the other:
//   npm run bench:peers -- [--large] [--rows hosvd,tt] [--threads N] [--sweeps N]
//                          [--peer-sweeps N] [--json FILE]
// --large adds the SVD of a 4096 x 11008 matrix (minutes), --rows takes some rows only (by our
// task, see rows.mjs), --threads is for both sides (all cores by default), --sweeps and --peer-sweeps
// are the CP sweeps measured (5 and 2). The environment variable PYTHON names another interpreter.
import { execFile } from 'node:child_process';
import { rm, writeFile } from 'node:fs/promises';
import { arch, availableParallelism, cpus, platform } from 'node:os';
import { fileURLToPath } from 'node:url';
import { parseArgs, promisify } from 'node:util';
import { bundleProgram } from '../bundle.mjs';
import { largeRows, rows } from './rows.mjs';
import { formatBytes, formatError, formatSeconds, formatTable } from './table.mjs';

const run = promisify(execFile);
const python = process.env.PYTHON || 'python3';
/** Cores in use by others from which a measurement is marked: idle systems show a few hundredths. */
const disturbedFrom = 0.15;
/** Errors of one and the same approximation agree this closely, those below the other are rounding. */
const sameWithin = 1e-3;
const roundingBelow = 1e-4;
const peersProgram = fileURLToPath(new URL('peers.py', import.meta.url));

const { values } = parseOptions();
const threads = positive('threads');
const sweeps = positive('sweeps');
const peerSweeps = positive('peer-sweeps');
const all = [...rows, ...(values.large ? largeRows : [])];
const wanted = values.rows?.split(',');
const unknown = wanted?.find((name) => !all.some(({ ours }) => ours === name));
if (unknown !== undefined) {
  fail(`No row is called "${unknown}"; there are ${all.map(({ ours }) => ours).join(', ')}.`);
}

/** The options given; a wrong one ends the run with what parseArgs says of it. */
function parseOptions() {
  const options = /** @type {const} */ ({
    large: { type: 'boolean', default: false },
    rows: { type: 'string' },
    threads: { type: 'string', default: String(availableParallelism()) },
    sweeps: { type: 'string', default: '5' },
    'peer-sweeps': { type: 'string', default: '2' },
    json: { type: 'string' },
  });
  try {
    return parseArgs({ options });
  } catch (error) {
    return fail(error.message);
  }
}

/** @param {'threads' | 'sweeps' | 'peer-sweeps'} name */
function positive(name) {
  const value = Number(values[name]);
  return Number.isInteger(value) && value > 0
    ? value
    : fail(`--${name} takes a whole number above 0, not "${values[name]}".`);
}

/** @returns {never} */
function fail(message) {
  console.error(message);
  process.exit(2);
}

const program = await bundleProgram(new URL('ours.ts', import.meta.url));

/** Our side, in a process of its own, so that its peak memory is that of the task. */
async function ours(...args) {
  return observed(run(process.execPath, [program, ...args.map(String)]));
}

async function peers(...args) {
  const count = String(threads);
  const env = { ...process.env, OMP_NUM_THREADS: count, OPENBLAS_NUM_THREADS: count };
  return observed(run(python, [peersProgram, ...args.map(String)], { env }));
}

/** What a peer's task resolves to; one that fails (for want of memory, say) is left out. */
async function attempt(task, result) {
  try {
    return await result;
  } catch (error) {
    const reason = String(error.stderr || error.message)
      .trim()
      .split('\n')
      .at(-1);
    console.log(`The peers' ${task} failed and is left out: ${reason}`);
    return undefined;
  }
}

/** What the process prints; `otherCores` is how many cores other processes used meanwhile. */
async function observed(started) {
  const from = { wall: Date.now(), busy: busySeconds() };
  const { stdout } = await started;
  const wall = (Date.now() - from.wall) / 1000;
  const result = JSON.parse(stdout);
  return result.cpuSeconds === undefined
    ? result
    : { ...result, otherCores: (busySeconds() - from.busy - result.cpuSeconds) / wall };
}

/** Whether one side's approximation is another than the other's; rounding errors say nothing. */
function differs(a, b) {
  const larger = Math.max(a, b);
  return larger > roundingBelow && Math.abs(a - b) > sameWithin * larger;
}

function busySeconds() {
  return cpus().reduce((sum, { times }) => sum + times.user + times.nice + times.sys, 0) / 1000;
}

const peerVersions = await peers('versions').catch(() => undefined);
if (!peerVersions) {
  console.log(
    `"${python}" does not run NumPy and TensorLy, so only TensorPress is measured; install them (pip install numpy tensorly) or set PYTHON.`,
  );
}
const engine = await ours('versions', '-', threads);
const machine = { cpu: cpus()[0]?.model ?? 'unknown', cores: availableParallelism() };
const versions = { node: process.version, platform: `${platform()} ${arch()}` };
console.log(
  `${machine.cpu}, ${machine.cores} cores; ${threads} threads on each side; Node ${versions.node}, kernels ${engine.simd}.`,
);
if (peerVersions) {
  const { python: version, numpy, tensorly, blas } = peerVersions;
  console.log(`Python ${version}, NumPy ${numpy} (${blas}), TensorLy ${tensorly}.`);
}

const inputs = await ours('prepare', values.large ? 'large' : 'small');
const results = [];
/** Tasks that serve several rows run once. */
const done = new Map();
try {
  for (const row of all.filter((each) => !wanted || wanted.includes(each.ours))) {
    console.error(`${row.name} ...`);
    const own = await ours(row.ours, inputs.folder, threads, sweeps, peerSweeps);
    const others = [];
    for (const { task, peer } of peerVersions ? row.peers : []) {
      if (!done.has(task)) {
        done.set(task, await attempt(task, peers(task, inputs.folder, peerSweeps)));
      }
      const other = done.get(task);
      if (!other) {
        continue;
      }
      const error = Array.isArray(other.error) ? other.error[row.level] : other.error;
      others.push({ task, peer, ...other, error, ratio: other.seconds / own.seconds });
    }
    const fastest = Math.min(...others.filter(({ peer }) => peer).map(({ seconds }) => seconds));
    const marked = others.map((other) => ({ ...other, peer: other.seconds === fastest }));
    const knownError = row.level === undefined ? undefined : inputs.knownErrors[row.level];
    results.push({ name: row.name, ours: own, peers: marked, knownError });
  }
} finally {
  await rm(inputs.folder, { recursive: true, force: true });
}

const lines = [['', 'seconds', 'peer / ours', 'relative error', 'peak memory']];
const notes = [];
for (const { name, ours: own, peers: others, knownError } of results) {
  lines.push([name, '', '', knownError === undefined ? '' : `${formatError(knownError)} *`, '']);
  lines.push(lineOf('ours', own, ''));
  for (const other of others) {
    const ratio = `${other.ratio.toFixed(2)}${other.peer ? '' : ' i'}`;
    const mark = differs(other.error, own.error) ? ' ≠' : '';
    lines.push(lineOf(`${other.task}${mark}`, other, ratio));
  }
  notes.push(`${name}:`, ...[own, ...others].map(({ called }) => `  ${called}`));
}

function lineOf(label, { seconds, error, peakBytes, otherCores }, ratio) {
  return [
    `  ${label}${otherCores > disturbedFrom ? ' !' : ''}`,
    formatSeconds(seconds),
    ratio,
    formatError(error),
    formatBytes(peakBytes),
  ];
}

console.log(`\n${formatTable(lines)}\n`);
if (peerVersions) {
  console.log(
    'i: for information, being written by hand in NumPy, or slower than another way of the same library.',
  );
}

if (results.some((row) => [row.ours, ...row.peers].some((m) => m.otherCores > disturbedFrom))) {
  console.log(
    '!: other programs were computing meanwhile; measure again when the machine is idle.',
  );
}
if (results.some(({ ours: own, peers: all }) => all.some((m) => differs(m.error, own.error)))) {
  console.log('≠: the errors are not the same, so the two sides computed different things.');
}
if (values.large) {
  console.log('*: known from the construction of the matrix, before rounding to bfloat16.');
}
console.log(`\nWhat was called, in the order of the table:\n${notes.join('\n')}`);
if (values.json) {
  const settings = { threads, sweeps, peerSweeps };
  const report = { machine, versions, engine, peers: peerVersions, settings, rows: results };
  await writeFile(values.json, `${JSON.stringify(report, undefined, 2)}\n`);
}
