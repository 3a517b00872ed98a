import { chmod, mkdir, readdir, readFile, writeFile } from 'node:fs/promises';
import { dirname } from 'node:path';
import Ajv from 'ajv';
import { describe, expect, it } from 'vitest';
import { runCli } from '../../../src/cli/program';
import type { CliContext } from '../../../src/cli/context';
import type { Choice } from '../../../src/engine/selection/choice';
import type { Plan } from '../../../src/engine/selection/plan';
import type { ChoicesResult, CompressReport, FileSummary } from '../../../src/protocol/engine';
import {
  bytesOf,
  inProcessEngine,
  noise,
  readAll,
  smooth,
  useFolder,
  writeWeights,
} from '../../support/pressing';

const at = useFolder();

interface Outcome {
  readonly code: number;
  readonly out: string;
  readonly err: string;
}

async function cli(args: readonly string[], more: Partial<CliContext> = {}): Promise<Outcome> {
  let out = '';
  let err = '';
  const code = await runCli(args, {
    engine: inProcessEngine(),
    useThreads: () => {},
    useBackend: () => {},
    signal: new AbortController().signal,
    stdout: (text) => (out += text),
    stderr: (text) => (err += text),
    stdoutColumns: undefined,
    stderrColumns: undefined,
    ...more,
  });
  return { code, out, err };
}

async function json<T>(...args: readonly string[]): Promise<T> {
  const { code, out, err } = await cli([...args, '--json']);
  expect(err).toBe('');
  expect(code).toBe(0);
  return JSON.parse(out) as T;
}

async function sample(name = 'net.safetensors'): Promise<string> {
  const shape = [12, 8, 3, 3];
  return writeWeights(at(name), [
    { name: 'conv.weight', shape, values: smooth(shape) },
    { name: 'fc.weight', shape: [20, 30], values: smooth([20, 30], 2) },
    { name: 'fc.bias', shape: [20], values: noise(1, [20]) },
  ]);
}

async function files(): Promise<string[]> {
  return (await readdir(dirname(at('x')))).sort();
}

describe('inspect', () => {
  it('prints a table, numbers on the right', async () => {
    const { code, out } = await cli(['inspect', await sample()]);
    expect(code).toBe(0);
    const lines = out.split('\n');
    expect(lines[0]).toBe('net.safetensors: safetensors, 6.02 KB, 3 tensors');
    expect(lines).toContain('conv.weight  12×8×3×3  float32         864  3.38 KB');
    expect(lines).toContain('fc.bias      20        float32          20     80 B');
    expect(lines).toContain('total                                1,484  5.80 KB');
  });

  it('prints the summary as JSON', async () => {
    const summary = await json<FileSummary>('inspect', await sample());
    expect(summary).toMatchObject({ format: 'safetensors', parameters: 1484 });
  });

  it('shows foreign text without obeying it', async () => {
    const path = await writeWeights(
      at('evil.safetensors'),
      [{ name: 'a\u001b]0;title\u0007', shape: [1], values: [1] }],
      { note: '\u001b[2J' },
    );
    const { out } = await cli(['inspect', path]);
    expect(out).not.toContain('\u001b');
    expect(out).not.toContain('\u0007');
  });
});

const choiceSchema = {
  type: 'object',
  required: ['file', 'backend', 'seed', 'elapsedMs', 'choices'],
  properties: {
    file: { type: 'string' },
    backend: { type: 'string' },
    seed: { type: 'integer' },
    elapsedMs: { type: 'number' },
    choices: {
      type: 'array',
      minItems: 1,
      items: {
        type: 'object',
        required: [
          ...['tensor', 'shape', 'method', 'rank', 'parameters', 'denseParameters', 'keptActual'],
          ...['error', 'profitable', 'elapsedMs'],
        ],
        properties: {
          kept: { type: 'number' },
          error: {
            type: 'object',
            required: ['absolute', 'relative', 'scaled'],
            additionalProperties: { type: 'number' },
          },
          profitable: { type: 'boolean' },
          reason: { type: 'string' },
        },
        allOf: [
          {
            if: { properties: { method: { enum: ['svd', 'cp', 'kronecker'] } } },
            then: { properties: { rank: { type: 'integer' } } },
            else: { properties: { rank: { type: 'array', items: { type: 'integer' } } } },
          },
          { if: { properties: { profitable: { const: false } } }, then: { required: ['reason'] } },
        ],
      },
    },
  },
};

describe('choices', () => {
  it('prints JSON of the documented form, one choice per tensor, method and level', async () => {
    const path = await sample();
    const result = await json<ChoicesResult>('choices', path, '--kept', '0.5,0.1,0.95');
    const validate = new Ajv({ allowUnionTypes: true }).compile(choiceSchema);
    expect(validate(result), JSON.stringify(validate.errors)).toBe(true);
    expect(result.file).toBe(path);
    expect(result.choices).toHaveLength(2 * 5 * 3);
    const ranks = (method: string) => result.choices.find((one) => one.method === method)?.rank;
    expect(ranks('tucker')).toHaveLength(4);
    expect(ranks('tt')).toHaveLength(5);
  });

  it('takes globs, methods and a seed', async () => {
    const result = await json<ChoicesResult>(
      ...['choices', await sample(), '--tensor', 'fc*', 'zz', '--methods', 'tt,svd'],
      ...['--kept', '0.25', '--seed', '9'],
    );
    expect(result.seed).toBe(9);
    expect(result.choices.map(({ tensor, method }) => [tensor, method])).toEqual([
      ['fc.weight', 'tt'],
      ['fc.weight', 'svd'],
    ]);
  });

  it('takes a rank in place of levels for one method', async () => {
    const path = await sample();
    const { choices } = await json<ChoicesResult>(
      ...['choices', path, '--methods', 'tucker', '--rank', '4,3,3,3', '--tensor', 'conv*'],
    );
    expect(choices).toMatchObject<Partial<Choice>[]>([{ rank: [4, 3, 3, 3] }]);
    const { code, err } = await cli(['choices', path, '--rank', '3']);
    expect([code, err]).toEqual([2, expect.stringContaining('one method only')]);
  });

  it('takes errors or energies in place of levels, and shows what was asked for', async () => {
    const path = await sample();
    const { choices } = await json<ChoicesResult>('choices', path, '--error', '0.3,0.2');
    expect(choices.map(({ askedError }) => askedError).slice(0, 2)).toEqual([0.2, 0.3]);
    for (const { askedError, error } of choices) {
      expect(error.relative).toBeLessThanOrEqual(askedError ?? NaN);
    }
    const table = await cli(['choices', path, '--error', '0.2', '--methods', 'svd']);
    expect(table).toMatchObject({ code: 0, err: '' });
    expect(table.out).toMatch(/^SVD +\d+ +error 20 % /m);
    const energy = await cli(['choices', path, '--energy', '0.9999,0.9', '--methods', 'svd,cp']);
    expect(energy).toMatchObject({ code: 0, err: '' });
    expect(energy.out).toMatch(/^CP +\d+ +energy 90 % /m);
    expect(energy.out).toContain(
      '  fc.weight (20×30): at least 99.99 % of the energy takes more parameters than the dense ' +
        'tensor has (SVD, CP)',
    );
  });

  it('prints tables with what does not pay and what has no choices', async () => {
    const { out } = await cli(['choices', await sample(), '--kept', '0.5,1']);
    expect(out).toContain('does not pay: ');
    expect(out).toContain('  fc.bias (20): 1-D tensor');
    expect(out).toMatch(/20 choices in .*, backend \w+, seed 0\./);
  });

  it('shows progress on a terminal and takes it away again', async () => {
    const quiet = await cli(['choices', await sample()]);
    expect(quiet.err).toBe('');
    const { err } = await cli(['choices', at('net.safetensors')], { stderrColumns: 60 });
    expect(err).toContain('Computing choices [');
    expect(err.endsWith('\r\u001b[2K')).toBe(true);
    const lines = err.split('\r\u001b[2K');
    expect(Math.max(...lines.map((line) => line.length))).toBeLessThan(60);
  });
});

describe('compress', () => {
  it('writes beside the source, within the budget, and shows before and after', async () => {
    const { code, out, err } = await cli(['compress', await sample(), '--kept', '0.3']);
    expect(err).toBe('');
    expect(code).toBe(0);
    expect(await files()).toEqual(['net.pressed.safetensors', 'net.safetensors']);
    expect(out).toMatch(/^total +1,484 {2}→ +\d+ +(2\d|30)\.\d %/m);
    expect(out).toContain('before  ████');
    expect(out).toContain('read back and compared');
  });

  it('saves a plan that gives the same file again', async () => {
    const path = await sample();
    const report = await json<CompressReport & { planFile: string }>(
      ...['compress', path, '--kept', '0.3', '-o', at('one.safetensors')],
      ...['--save-plan', at('net.press.json')],
    );
    expect(report.planFile).toBe(at('net.press.json'));
    const plan = JSON.parse(await readFile(at('net.press.json'), 'utf8')) as {
      source: { sha256: string };
    };
    expect(plan.source.sha256).toBe(report.sha256);
    await json('compress', path, '--plan', at('net.press.json'), '-o', at('two.safetensors'));
    expect(
      (await bytesOf(at('two.safetensors'))).equals(await bytesOf(at('one.safetensors'))),
    ).toBe(true);
  });

  it('keeps every tensor within --max-error', async () => {
    const report = await json<CompressReport>('compress', await sample(), '--max-error', '0.3');
    const errors = report.tensors.map(({ relativeError }) => relativeError);
    expect(Math.max(...errors)).toBeLessThanOrEqual(0.3);
    expect(report.parameters).toBeLessThan(report.denseParameters);
  });

  it('takes the smallest choice of all methods within --error, and says why tensors stay', async () => {
    const path = await sample();
    const report = await json<CompressReport & { plan: Plan }>('compress', path, '--error', '0.21');
    const { choices } = await json<ChoicesResult>('choices', path, '--error', '0.21');
    for (const { tensor, parameters, relativeError } of report.tensors.slice(0, 2)) {
      const own = choices.filter((one) => one.tensor === tensor && one.profitable);
      expect(parameters).toBe(Math.min(...own.map((one) => one.parameters)));
      // The factors are stored in f32, in which the error is measured.
      expect(relativeError).toBeLessThanOrEqual(0.21 + 1e-6);
    }
    expect(report.plan.budget).toEqual({ maxError: 0.21 });
    const levels = await json<CompressReport>(
      ...['compress', path, '--max-error', '0.21', '--levels', '0.3,0.6,0.9'],
      ...['-o', at('levels.safetensors')],
    );
    expect(report.parameters).toBeLessThan(levels.parameters);
    const strict = await json<CompressReport>(
      ...['compress', path, '--error', '0.001', '-o', at('strict.safetensors')],
    );
    expect(strict.tensors.map(({ method, reason }) => [method, reason]).slice(0, 2)).toEqual(
      Array.from({ length: 2 }, () => [
        'dense',
        'stays dense: a relative error of at most 0.1 % takes more parameters than the dense tensor has',
      ]),
    );
  });

  it('considers only the methods, levels and tensors it is told to', async () => {
    const report = await json<CompressReport>(
      ...['compress', await sample(), '--methods', 'tucker', '--levels', '0.25'],
      ...['--tensor', 'conv*', '--kept', '0.6'],
    );
    expect(report.tensors.map(({ method }) => method)).toEqual(['tucker', 'dense', 'dense']);
  });

  it('fails, writing nothing, when the budget cannot be met', async () => {
    const { code, err } = await cli(['compress', await sample(), '--kept', '0.001']);
    expect(code).toBe(1);
    expect(err).toContain('cannot be reached');
    expect(await files()).toEqual(['net.safetensors']);
  });

  it('replaces files only when told to', async () => {
    const path = await sample();
    await writeFile(at('net.pressed.safetensors'), 'mine');
    await writeFile(at('p.press.json'), 'mine too');
    const refused = await cli(['compress', path]);
    expect(refused).toMatchObject({ code: 2, err: expect.stringContaining('--force') as string });
    const plan = await cli([
      ...['compress', path, '-o', at('o.safetensors'), '--save-plan', at('p.press.json')],
    ]);
    expect(plan).toMatchObject({ code: 2, err: expect.stringContaining('p.press.json') as string });
    expect((await bytesOf(at('net.pressed.safetensors'))).toString()).toBe('mine');
    expect(await cli(['compress', path, '--force'])).toMatchObject({ code: 0 });
    expect((await readAll(at('net.pressed.safetensors'))).size).toBeGreaterThan(0);
  });

  it('never writes over its source, even when forced', async () => {
    const path = await sample();
    const before = await bytesOf(path);
    const { code, err } = await cli(['compress', path, '-o', path, '--force']);
    expect([code, err]).toEqual([2, expect.stringContaining('source file itself')]);
    const plan = await cli(['compress', path, '--save-plan', path, '--force']);
    expect(plan.code).toBe(2);
    expect((await bytesOf(path)).equals(before)).toBe(true);
  });

  it('says before computing that a folder cannot be written to', async () => {
    const path = await sample();
    const missing = await cli(['compress', path, '-o', at('no/where.safetensors')]);
    expect(missing).toMatchObject({ code: 1, err: expect.stringContaining('no') as string });
    await mkdir(at('locked'));
    await chmod(at('locked'), 0o500);
    const locked = await cli(['compress', path, '-o', at('locked/x.safetensors')]);
    await chmod(at('locked'), 0o700);
    // The superuser may write anywhere.
    expect(locked.code).toBe(process.getuid?.() === 0 ? 0 : 1);
  });

  it('stops when cancelled, with nothing left behind', async () => {
    const path = await sample();
    const controller = new AbortController();
    const engine = inProcessEngine();
    const { code, err } = await cli(['compress', path], {
      signal: controller.signal,
      engine: {
        ...engine,
        compress: (params, options) => {
          controller.abort();
          return engine.compress(params, options);
        },
      },
    });
    expect([code, err]).toEqual([130, 'tensorpress: Cancelled.\n']);
    expect(await files()).toEqual(['net.safetensors']);
  });

  it('names what is wrong with a plan', async () => {
    await writeFile(at('bad.press.json'), '{"version":1}');
    const path = await sample();
    const bad = await cli(['compress', path, '--plan', at('bad.press.json')]);
    expect([bad.code, bad.err]).toEqual([1, expect.stringContaining('"bad.press.json"')]);
    const missing = await cli(['compress', path, '--plan', at('gone.press.json')]);
    expect([missing.code, missing.err]).toEqual([1, expect.stringContaining('does not exist')]);
  });
});

describe('reconstruct', () => {
  it('writes dense weights in the format of the source', async () => {
    const npz = await writeWeights(at('net.npz'), [
      { name: 'fc', shape: [20, 30], values: smooth([20, 30]) },
      { name: 'b', shape: [2], values: [1, 2] },
    ]);
    await json('compress', npz);
    await json('reconstruct', at('net.pressed.safetensors'));
    expect(await files()).toEqual(['net.dense.npz', 'net.npz', 'net.pressed.safetensors']);
    expect((await readAll(at('net.dense.npz'))).get('b')).toEqual(Float64Array.of(1, 2));
    const again = await cli(['reconstruct', at('net.pressed.safetensors')]);
    expect([again.code, again.err]).toEqual([2, expect.stringContaining('--force')]);
  });

  it('refuses a file that is not pressed', async () => {
    const { code, err } = await cli(['reconstruct', await sample()]);
    expect([code, err]).toEqual([2, expect.stringContaining('dense already')]);
  });
});

it('backends says which one is in use', async () => {
  const { backends } = await json<{ backends: { active: boolean }[] }>('backends');
  expect(backends.some(({ active }) => active)).toBe(true);
  expect((await cli(['backends'])).out).toContain('in use');
});

describe('--backend', () => {
  it('reaches the engine before its first call, before or after the command', async () => {
    const seen: string[] = [];
    const useBackend = (choice: string) => void seen.push(choice);
    await cli(['--backend', 'wasm', 'backends'], { useBackend });
    await cli(['backends', '--backend', 'auto'], { useBackend });
    await cli(['backends'], { useBackend });
    expect(seen).toEqual(['wasm', 'auto']);
  });

  it('is wrong usage with a name that is none', async () => {
    const { code, err } = await cli(['backends', '--backend', 'cuda']);
    expect(code).toBe(2);
    expect(err).toContain('auto, wasm, tensorflow, webgpu');
  });

  it('is told of a measured choice, and of what went wrong', async () => {
    const engine = {
      ...inProcessEngine(),
      backends: async () => ({
        choice: 'auto' as const,
        backends: [],
        route: [
          { from: 1, backend: 'wasm' as const },
          { from: 512, backend: 'tensorflow' as const },
        ],
        adapters: ['Left', 'Right'],
        problem: 'The webgpu backend stopped working.',
        calibration: {
          subject: 'here',
          measuredAt: '2026-02-03T04:05:06.000Z',
          elapsedMs: 900,
          speeds: [],
        },
      }),
    };
    const { out } = await cli(['backends'], { engine });
    expect(out).toContain('The webgpu backend stopped working.');
    expect(out).toContain('Graphics adapters: Left, Right.');
    expect(out).toContain('go to wasm, from n = 512 to tensorflow.');
  });
});

describe('--threads', () => {
  it('reaches the engine before its first call, before or after the command', async () => {
    const seen: number[] = [];
    const useThreads = (count: number) => void seen.push(count);
    await cli(['--threads', '3', 'backends'], { useThreads });
    await cli(['backends', '--threads', '5'], { useThreads });
    await cli(['backends'], { useThreads });
    expect(seen).toEqual([3, 5]);
  });

  it.each(['0', '1.5', 'many', '65'])('is wrong usage as %s', async (count) => {
    const { code, err } = await cli(['backends', '--threads', count]);
    expect(code).toBe(2);
    expect(err).toContain('1 to 64');
  });
});

describe('wrong usage ends with code 2 and one sentence', () => {
  it.each<[string[], string]>([
    [['choices', 'x', '--kept', '0'], 'above 0 and at most 1'],
    [['choices', 'x', '--kept', '0.5,'], 'not a kept fraction'],
    [['choices', 'x', '--methods', 'svd,magic'], '"magic" is not a method'],
    [['choices', 'x', '--seed', '-1'], 'whole number'],
    [['choices', 'x', '--rank', '1.5', '--methods', 'svd'], 'whole numbers'],
    [['choices', 'x', '--rank', '3', '--kept', '0.5'], 'cannot be used with'],
    [['choices', 'x', '--error', '0.1', '--kept', '0.5'], 'cannot be used with'],
    [['choices', 'x', '--energy', '0.9', '--error', '0.1'], 'cannot be used with'],
    [['choices', 'x', '--energy', '0.9', '--rank', '3', '--methods', 'svd'], 'cannot be used with'],
    [['choices', 'x', '--error', '0.1,1.5'], '1.5 is not a relative error'],
    [['choices', 'x', '--energy', '90'], '90 is not a share of the energy'],
    [['choices', 'x', '--energy', ''], '"" is not a share'],
    [['compress', 'x', '--error', '0.1', '--kept', '0.5'], 'cannot be used with'],
    [['compress', 'x', '--error', '2'], '2 is not a relative error'],
    [['compress', 'x', '--kept', '25'], '25 is not a kept fraction'],
    [['compress', 'x', '--max-error', '-0.1'], 'not a relative error'],
    [['compress', 'x', '--kept', '0.5', '--max-error', '0.1'], 'cannot be used with'],
    [['compress', 'x', '--plan', 'p', '--methods', 'svd'], 'cannot be used with'],
    [['compress', 'x', '--plan', 'p', '--seed', '3'], 'cannot be used with'],
    [['compress'], "missing required argument 'file'"],
    [['inspect', 'a', 'b'], 'too many arguments'],
    [['squash', 'x'], "unknown command 'squash'"],
    [['inspect', 'x', '--fast'], "unknown option '--fast'"],
  ])('%o', async (args, message) => {
    const { code, out, err } = await cli(args);
    expect([code, out]).toEqual([2, '']);
    expect(err).toContain(message);
  });
});

it('a missing file is a failure with code 1, whatever the command', async () => {
  for (const command of ['inspect', 'choices', 'compress', 'reconstruct', 'patterns']) {
    const { code, err } = await cli([command, at('missing.safetensors')]);
    expect([code, err]).toEqual([1, expect.stringContaining('does not exist')]);
  }
});

it('help and version end with code 0', async () => {
  expect(await cli(['--help'])).toMatchObject({ code: 0, err: '' });
  expect((await cli(['compress', '--help'])).out).toContain('--save-plan');
  expect((await cli(['--version'])).out).toMatch(/^\d+\.\d+\.\d+\n$/);
});
