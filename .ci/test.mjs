// npm test: sets the checkout up and runs every check. The last line counts them.
import { existsSync, mkdirSync, readFileSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { installNative } from './native.mjs';
import { root, run, setUp } from './setup.mjs';

/**
 * @typedef {{ passed: number, failed: number, skipped: number, failures: string[] }} Outcome
 * @typedef {{ name: string, check: () => Promise<Outcome>, needsVSCode?: boolean }} Stage
 */

const results = join(root, 'test-results');
const node = process.execPath;
const bin = (/** @type {string} */ name) => join(root, 'node_modules', name);

/**
 * Under way since the set-up; why there is none, or undefined.
 * @type {Promise<string | undefined>}
 */
let native = Promise.resolve('');

/**
 * The same of WebGPU for Node.
 * @type {Promise<string | undefined>}
 */
let dawn = Promise.resolve('');

/** @type {Stage[]} */
const stages = [
  {
    name: 'Type check',
    check: () =>
      every([
        [bin('typescript/bin/tsc'), '-p', '.'],
        [bin('typescript/bin/tsc'), '-p', 'webview'],
      ]),
  },
  {
    name: 'Lint',
    check: () =>
      every([
        [bin('eslint/bin/eslint.js'), '.'],
        [bin('dependency-cruiser/bin/dependency-cruise.mjs'), 'src', 'webview', 'test', 'samples'],
        [bin('prettier/bin/prettier.cjs'), '--check', '--log-level=warn', '.'],
      ]),
  },
  { name: 'Unit tests', check: () => vitest('unit', []) },
  { name: 'Engine on TensorFlow’s native library', check: () => onTensorFlow() },
  { name: 'Conformance of wasm', check: () => conformance('wasm') },
  { name: 'Conformance of tensorflow', check: () => conformance('tensorflow') },
  {
    name: 'Inside VS Code’s extension host',
    needsVSCode: true,
    check: () => insideVSCode(),
  },
  {
    name: 'In VS Code’s workbench',
    needsVSCode: true,
    check: () => vitest('e2e', ['--config', 'test/e2e/vitest.config.mts']),
  },
  // Last, because Chromium, which brings a graphics driver, is there by now.
  { name: 'Conformance of webgpu', check: () => conformance('webgpu') },
];

/**
 * Programs that must all succeed: one check.
 * @param {string[][]} programs
 * @returns {Promise<Outcome>}
 */
async function every(programs) {
  const failures = [];
  for (const program of programs) {
    const { code } = await run(node, program, { show: true });
    if (code !== 0) {
      failures.push(program.join(' ').replace(`${bin('')}`, ''));
    }
  }
  return failures.length > 0
    ? { passed: 0, failed: 1, skipped: 0, failures }
    : { passed: 1, failed: 0, skipped: 0, failures };
}

/**
 * @param {string} name
 * @param {string[]} args
 * @param {Record<string, string>} [env]
 * @returns {Promise<Outcome>}
 */
async function vitest(name, args, env) {
  const file = join(results, `${name}.json`);
  rmSync(file, { force: true });
  const reporters = ['--reporter=default', '--reporter=json', `--outputFile.json=${file}`];
  const { code } = await run(node, [bin('vitest/vitest.mjs'), 'run', ...args, ...reporters], {
    show: true,
    env,
  });
  const outcome = { passed: 0, failed: 0, skipped: 0, failures: /** @type {string[]} */ ([]) };
  const { testResults } = existsSync(file)
    ? JSON.parse(readFileSync(file, 'utf8'))
    : { testResults: [] };
  for (const { name: path, status, message, assertionResults } of testResults) {
    for (const test of assertionResults) {
      const kind =
        test.status === 'passed' ? 'passed' : test.status === 'failed' ? 'failed' : 'skipped';
      outcome[kind]++;
      if (kind === 'failed') {
        outcome.failures.push(test.fullName);
      }
    }
    if (status === 'failed' && message) {
      // The file itself, before or after its tests.
      outcome.failed++;
      outcome.failures.push(`${path}: ${message.split('\n')[0]}`);
    }
  }
  return withExitCode(outcome, code);
}

/**
 * The tests of the engine once more, on the optional native backend.
 * @returns {Promise<Outcome>}
 */
async function onTensorFlow() {
  const problem = await native;
  if (problem !== undefined) {
    console.log(`Skipped, TensorFlow’s library is optional and not to be had here: ${problem}`);
    return { passed: 0, failed: 0, skipped: 1, failures: [] };
  }
  const folders = ['linalg', 'decompositions', 'selection', 'press'];
  return vitest(
    'tensorflow',
    folders.map((folder) => `test/unit/engine/${folder}`),
    {
      TENSORPRESS_TEST_BACKEND: 'tensorflow',
    },
  );
}

/**
 * What every backend must agree on: products, decompositions, choices, memory.
 * @param {'wasm' | 'tensorflow' | 'webgpu'} backend
 * @returns {Promise<Outcome>}
 */
async function conformance(backend) {
  const missing = { wasm: undefined, tensorflow: await native, webgpu: await dawn };
  const problem = missing[backend] ?? (backend === 'webgpu' ? missingDriver() : undefined);
  if (problem !== undefined) {
    console.log(`Skipped, this backend is optional and not to be had here: ${problem}`);
    return { passed: 0, failed: 0, skipped: 1, failures: [] };
  }
  return vitest(`conformance-${backend}`, ['--config', 'test/conformance/vitest.config.mts'], {
    TENSORPRESS_TEST_BACKEND: backend,
    ...(backend === 'webgpu' && softwareDriver()),
  });
}

const chromium = '/usr/lib/chromium';
const swiftShader = join(chromium, 'vk_swiftshader_icd.json');

/**
 * Chromium brings a Vulkan driver that computes on the processor, and a Vulkan to load it: slow, and
 * the same everywhere.
 * @returns {Record<string, string>}
 */
function softwareDriver() {
  const path = [process.env.LD_LIBRARY_PATH, chromium].filter(Boolean).join(':');
  return existsSync(swiftShader) ? { VK_DRIVER_FILES: swiftShader, LD_LIBRARY_PATH: path } : {};
}

/** @returns {string | undefined} */
function missingDriver() {
  return process.platform !== 'linux' || existsSync(swiftShader) || process.env.VK_DRIVER_FILES
    ? undefined
    : `there is no ${swiftShader}, the graphics driver of Debian’s package chromium.`;
}

/** @returns {Promise<Outcome>} */
async function insideVSCode() {
  const file = join(results, 'integration.json');
  rmSync(file, { force: true });
  const { code } = await run(
    node,
    ['test/vscode/run.mjs', 'test/integration/launchInBrowser.ts', file],
    { show: true },
  );
  const outcome = existsSync(file)
    ? JSON.parse(readFileSync(file, 'utf8'))
    : { passed: 0, failed: 0, skipped: 0, failures: [] };
  return withExitCode(outcome, code);
}

/**
 * A program that fails without a failed test has failed all the same.
 * @param {Outcome} outcome
 * @param {number} code
 * @returns {Outcome}
 */
function withExitCode(outcome, code) {
  const { passed, failed, failures } = outcome;
  if (failed === 0 && (code !== 0 || passed === 0)) {
    const reason = code !== 0 ? `ended with exit code ${code}` : 'ran no test';
    return { ...outcome, failed: 1, failures: [...failures, reason] };
  }
  return outcome;
}

/** @param {string} text */
function heading(text) {
  console.log(`\n── ${text} ${'─'.repeat(Math.max(0, 76 - text.length))}`);
}

async function main() {
  /** @type {{ name: string, outcome: Outcome, seconds: number }[]} */
  const done = [];
  /** @param {string} name @param {() => Promise<Outcome>} check */
  const record = async (name, check) => {
    const start = Date.now();
    const outcome = await check();
    done.push({ name, outcome, seconds: (Date.now() - start) / 1000 });
    return outcome;
  };
  /** @param {string} reason @returns {Outcome} */
  const failure = (reason) => ({ passed: 0, failed: 1, skipped: 0, failures: [reason] });

  mkdirSync(results, { recursive: true });
  heading('Set-up');
  try {
    await setUp({ tests: true });
  } catch (error) {
    console.error(error instanceof Error ? error.message : error);
    await record('Set-up', async () => failure('the checkout could not be set up: see above'));
    return done;
  }
  // Mostly waiting for the network: done while the other checks compute.
  native = installNative();
  dawn = native.then(() => installNative({ component: 'webgpu' }));
  const preparation = run(node, ['test/vscode/run.mjs', 'test/vscode/prepare.ts']);

  for (const { name, check, needsVSCode } of stages) {
    heading(name);
    if (needsVSCode) {
      const { code, output } = await preparation;
      if (code !== 0) {
        const reason = `no VS Code to run in: ${output.trim()}`;
        console.log(`Skipped: ${reason}`);
        await record(name, async () =>
          process.env.CI
            ? failure(`skipped, which CI does not allow; ${reason}`)
            : { passed: 0, failed: 0, skipped: 1, failures: [] },
        );
        continue;
      }
    }
    await record(name, check);
  }
  return done;
}

const done = await main();
heading('Summary');
const total = { passed: 0, failed: 0, skipped: 0 };
for (const { name, outcome, seconds } of done) {
  const { passed, failed, skipped, failures } = outcome;
  total.passed += passed;
  total.failed += failed;
  total.skipped += skipped;
  const counts = `${passed} passed, ${failed} failed, ${skipped} skipped`;
  console.log(`${name.padEnd(34)} ${counts.padEnd(36)} ${seconds.toFixed(0).padStart(4)} s`);
  failures.forEach((failure) => console.log(`    ✗ ${failure}`));
}
console.log(`\n${total.passed} passed, ${total.failed} failed, ${total.skipped} skipped`);
process.exitCode = total.failed > 0 ? 1 : 0;
