import { stat, writeFile } from 'node:fs/promises';
import { beforeEach, describe, expect, it } from 'vitest';
import type { CliContext } from '../../../src/cli/context';
import { runCli } from '../../../src/cli/program';
import { CancelledError } from '../../../src/failures';
import { fakePoint, fakeSparse, type FakeSparse } from '../../support/fakeSparse';
import { inProcessEngine, useFolder } from '../../support/pressing';

const at = useFolder();
let source = '';

beforeEach(async () => {
  source = at('fake.mtx.gz');
  await writeFile(source, 'never read');
});

async function cli(
  args: readonly string[],
  { engine }: FakeSparse = fakeSparse(),
  more: Partial<CliContext> = {},
): Promise<{ code: number; out: string; err: string }> {
  let out = '';
  let err = '';
  const code = await runCli(['sparse', ...args], {
    engine: { ...inProcessEngine(), ...engine },
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

function paramsOf({ calls }: FakeSparse, method: string): unknown {
  return calls.find((call) => call.method === method)?.params;
}

async function json(args: readonly string[], fake?: FakeSparse): Promise<unknown> {
  const { code, out, err } = await cli([...args, '--json'], fake);
  expect([code, err]).toEqual([0, '']);
  return JSON.parse(out) as unknown;
}

describe('sparse methods', () => {
  it('lists what each method may be told, and what to try', async () => {
    const { code, out, err } = await cli(['methods', source]);
    expect([code, err]).toEqual([0, '']);
    expect(out).toContain('tsvd: Truncated SVD\n  Two thin matrices.\n  Writes .safetensors.\n');
    expect(out).toMatch(/^ {2}rank +10 +a whole number from 1 to 30 +Singular values/m);
    expect(out).toMatch(/^ {2}gamma +10 +a number from 0, or infinity +/m);
    expect(out).toMatch(/^ {2}scale +closed-form +closed-form, learned +/m);
    expect(out).toMatch(/^ {2}gammaPerSquare +false +true, false +/m);
    expect(out).toMatch(/from 1 to 30, or 2, one for each mode, separated by commas/);
    expect(out).toContain("  --try 'tsvd rank=2'\n");
    expect(out).toContain('  Not available: It is for tensors of three modes or more.\n');
  });

  it('needs no file for the settings, and suggests nothing then', async () => {
    const fake = fakeSparse();
    const { code, out, err } = await cli(['methods'], fake);
    expect([code, err]).toEqual([0, '']);
    const { path } = paramsOf(fake, 'sparseOffer') as { path: string };
    expect(path).toMatch(/any\.mtx$/);
    await expect(stat(path)).rejects.toThrow('ENOENT');
    expect(out).toMatch(/^ {2}rank +10 +a whole number from 1 to 30 +Singular values/m);
    expect(out).not.toContain('--try');
    const { methods } = (await json(['methods'])) as { methods: { suggested?: unknown }[] };
    expect(methods.map(({ suggested }) => suggested)).toEqual(methods.map(() => undefined));
    const tensor = await cli(['methods', '--tensor', 'fc']);
    expect([tensor.code, tensor.err]).toEqual([
      2,
      'tensorpress: --tensor names a tensor of a file: give the file as well.\n',
    ]);
  });
});

describe('sparse compare', () => {
  it('runs what is suggested for all methods that can be', async () => {
    const fake = fakeSparse();
    const { code, out, err } = await cli(['compare', source, '--seed', '3'], fake);
    expect([code, err]).toEqual([0, '']);
    expect(paramsOf(fake, 'sparseCompare')).toEqual({
      path: source,
      attempts: [
        { method: 'neukron', options: { hidden: 5 } },
        { method: 'tsvd', options: { rank: 1 } },
        { method: 'tsvd', options: { rank: 2 } },
      ],
      seed: 3,
    });
    expect(out.split('\n')).toEqual([
      'Method       Settings  Bytes  With orders  Squared error  Relative    Time  µs per entry',
      '───────────  ────────  ─────  ───────────  ─────────────  ────────  ──────  ────────────',
      'coordinates            1,600        1,600              0       0 %',
      'neukron      hidden=5    200          249             64    80.0 %  1.50 s         0.512',
      'tsvd         rank=1      568          568             50    70.7 %  1.50 s         0.512',
      'tsvd         rank=2    1,136        1,136        33.3333    57.7 %  1.50 s         0.512',
      '',
      'Smallest error for the size, from small to large (sizes without orders): neukron hidden=5 (200 B, 80.0 %), tsvd rank=1 (568 B, 70.7 %), tsvd rank=2 (1.11 KB, 57.7 %).',
      'neukron hidden=5: A note.',
      'tucker is not available: It is for tensors of three modes or more.',
      'Seed 3, 4.00 s, threads: 2.',
      '',
    ]);
  });

  it('takes settings by their kind', async () => {
    const fake = fakeSparse();
    const tries = [
      ...['--try', 'neukron hidden=7 gamma=inf scale=learned gammaPerSquare=true'],
      ...['--try', ' tsvd   rank=3 '],
      ...['--try', 'cp ranks=4,5', '--try', 'cp ranks=6', '--try', 'cp'],
    ];
    await json(['compare', source, ...tries], fake);
    expect(paramsOf(fake, 'sparseCompare')).toMatchObject({
      attempts: [
        {
          method: 'neukron',
          options: { hidden: 7, gamma: 'infinity', scale: 'learned', gammaPerSquare: true },
        },
        { method: 'tsvd', options: { rank: 3 } },
        { method: 'cp', options: { ranks: [4, 5] } },
        { method: 'cp', options: { ranks: 6 } },
        { method: 'cp', options: {} },
      ],
    });
  });

  it('takes the suggestions of the methods that are named, and what to try beside them', async () => {
    const fake = fakeSparse();
    await json(['compare', source, '--methods', 'neukron', '--try', 'tsvd rank=9'], fake);
    expect(paramsOf(fake, 'sparseCompare')).toMatchObject({
      attempts: [
        { method: 'neukron', options: { hidden: 5 } },
        { method: 'tsvd', options: { rank: 9 } },
      ],
    });
  });

  it.each([
    [['--try', 'svd rank=2'], '"svd" is not a method; choose from neukron, kronfit, tsvd'],
    [['--try', 'tsvd rank'], '"rank" is not a setting; give its name and value, e.g. rank=20.'],
    [['--try', 'tsvd rank=1 rank=2'], '"rank" is given twice.'],
    [['--try', 'tsvd hidden=2'], 'tsvd has no setting "hidden"; it has rank.'],
    [
      ['--try', 'tsvd rank=0'],
      'rank=0 is not possible for tsvd; give a whole number from 1 to 30.',
    ],
    [['--try', 'tsvd rank=31'], 'rank=31 is not possible'],
    [['--try', 'tsvd rank=1.5'], 'rank=1.5 is not possible'],
    [['--try', 'tsvd rank=inf'], 'rank=inf is not possible'],
    [['--try', 'cp ranks=4,5,6'], 'a whole number from 1 to 30, or 2, one for each mode'],
    [['--try', 'cp ranks=4,'], 'ranks=4, is not possible'],
    [['--try', 'neukron scale=best'], 'choose from closed-form, learned.'],
    [['--try', 'neukron gammaPerSquare=maybe'], 'choose from true, false.'],
    [['--try', 'neukron gamma=x'], 'give a number from 0, or infinity.'],
    [['--methods', 'tsvd,pca'], '"pca" is not a method'],
    [['--minutes', '0'], 'Give a number of minutes above 0'],
  ])('refuses %s', async (args, message) => {
    const fake = fakeSparse();
    const { code, out, err } = await cli(['compare', source, ...args], fake);
    expect([code, out]).toEqual([2, '']);
    expect(err).toContain(message);
    expect(paramsOf(fake, 'sparseCompare')).toBeUndefined();
  });

  it('says why nothing can be run', async () => {
    const { code, err } = await cli(['compare', source, '--methods', 'tucker']);
    expect(code).toBe(1);
    expect(err).toBe(
      'tensorpress: "fake.mtx": tucker is not available: It is for tensors of three modes or more.\n',
    );
  });

  it('goes on after a failure, and fails itself only when every attempt does', async () => {
    const one = await cli(['compare', source, '--try', 'tsvd rank=13', '--try', 'tsvd rank=1']);
    expect(one.code).toBe(0);
    expect(one.out).toContain('tsvd rank=13 failed: Too large.\n');
    const all = await cli(['compare', source, '--try', 'tsvd rank=13', '--json']);
    expect(all.code).toBe(1);
    expect(JSON.parse(all.out)).toMatchObject({
      outcomes: [{ failure: { kind: 'memory', message: 'Too large.' } }],
    });
    expect(all.out).not.toContain('stack');
    expect(all.err).toBe('tensorpress: None of the attempts gave a result.\n');
  });

  it('gives all of it as JSON', async () => {
    expect(
      await json(['compare', source, '--orders', '--try', 'tsvd rank=29', '--try', 'neukron']),
    ).toEqual({
      file: source,
      ...{ seed: 0, threads: 2, elapsedMs: 4000, withOrders: true },
      bytes: { raw: 1600, orders: 49 },
      outcomes: [
        {
          attempt: { method: 'tsvd', options: { rank: 29 } },
          // Larger than the coordinates, and so not of the front.
          point: fakePoint({ method: 'tsvd', options: { rank: 29 } }),
        },
        {
          attempt: { method: 'neukron', options: {} },
          point: fakePoint({ method: 'neukron', options: {} }),
        },
      ],
      front: [1],
      unavailable: [],
    });
  });

  it('passes over what is larger without being closer, with orders or without', async () => {
    // NeuKron has an error of 64 in 200 bytes, 249 with orders; the other one lies between.
    const fake = fakeSparse();
    const sparseCompare = fake.engine.sparseCompare!;
    const engine = {
      ...fake.engine,
      sparseCompare: (async (...call) => {
        const result = await sparseCompare(...call);
        const [network, other] = result.outcomes;
        const point = { ...other.point!, bytes: 227, squaredError: 71 };
        return { ...result, outcomes: [network, { ...other, point }] };
      }) satisfies typeof sparseCompare,
    };
    const front = async (...more: string[]) => {
      const args = ['compare', source, '--methods', 'neukron', '--try', 'tsvd rank=1', ...more];
      const { out } = await cli([...args, '--json'], { ...fake, engine });
      return (JSON.parse(out) as { front: number[] }).front;
    };
    expect(await front()).toEqual([0]);
    expect(await front('--orders')).toEqual([1, 0]);
  });

  const training = ['--try', 'tsvd rank=1', '--try', 'neukron hidden=99', '--try', 'tsvd rank=2'];

  it('keeps at Ctrl-C what is finished, and says how far a training came', async () => {
    const stop = new AbortController();
    const fake = fakeSparse({}, () => stop.abort());
    const { code, out, err } = await cli(['compare', source, ...training], fake, {
      signal: stop.signal,
    });
    expect(code).toBe(130);
    expect(err).toBe('tensorpress: Cancelled; 1 of 3 attempts were finished before.\n');
    expect(out).toMatch(/^tsvd +rank=1 +568/m);
    expect(out).not.toMatch(/^tsvd +rank=2/m);
    expect(out).toContain(
      'neukron hidden=99: stopped after epoch 2, with a squared error of 87.\nStopped: 1 of 3 attempts are finished.\n',
    );
  });

  it('stops when the time is up, which is no failure', async () => {
    const { code, out, err } = await cli(
      ['compare', source, ...training, '--minutes', '0.001', '--json'],
      fakeSparse(),
    );
    expect([code, err]).toEqual([0, '']);
    expect(JSON.parse(out)).toMatchObject({
      stopped: 'minutes',
      outcomes: [{ point: { bytes: 568 } }, { reached: { epoch: 2 } }, {}],
    });
  });

  it('shows the epochs of a training on a terminal', async () => {
    const stop = new AbortController();
    const { err } = await cli(
      ['compare', source, ...training],
      fakeSparse({}, () => stop.abort()),
      { signal: stop.signal, stderrColumns: 120 },
    );
    expect(err).toContain('1/3 tsvd rank=1: busy');
    expect(err).toContain('2/3 neukron hidden=99: epoch 2, squared error 88, best 87');
  });
});

describe('what is stopped with a result', () => {
  it('has the point of a training as far as it came', async () => {
    const stop = new AbortController();
    const fake = fakeSparse();
    const attempt = { method: 'neukron' as const, options: { hidden: 5 } };
    const engine = {
      ...fake.engine,
      sparseCompare: async () => {
        stop.abort();
        const paused = { epoch: 3, epochs: 9 };
        const point = { ...fakePoint(attempt), paused, notes: ['It stopped.'] };
        return {
          ...{ file: 'fake.mtx', seed: 0, threads: 2, elapsedMs: 4000 },
          outcomes: [{ attempt, point }],
        };
      },
    };
    const { code, out } = await cli(
      ['compare', source, '--try', 'neukron hidden=5', '--try', 'tsvd rank=1'],
      { ...fake, engine },
      { signal: stop.signal },
    );
    expect(code).toBe(130);
    expect(out).toMatch(/^neukron +hidden=5 +200/m);
    expect(out).toContain(
      'neukron hidden=5: It stopped.\nStopped: 0 of 2 attempts are finished.\n',
    );
  });

  it('says it when a comparison was whole in spite of Ctrl-C', async () => {
    const stop = new AbortController();
    const fake = fakeSparse();
    const sparseCompare = fake.engine.sparseCompare!;
    const engine = {
      ...fake.engine,
      sparseCompare: (async (...call) => {
        const result = await sparseCompare(...call);
        stop.abort();
        return result;
      }) satisfies typeof sparseCompare,
    };
    const args = ['compare', source, '--try', 'tsvd rank=1'];
    const { code } = await cli(args, { ...fake, engine }, { signal: stop.signal });
    expect(code).toBe(0);
  });
});

describe('--checkpoints', () => {
  it('makes the folder, and refuses a file in its place', async () => {
    const fake = fakeSparse();
    const args = ['compare', source, '--try', 'neukron', '--checkpoints'];
    expect((await cli([...args, at('a/b')], fake)).code).toBe(0);
    expect(paramsOf(fake, 'sparseCompare')).toMatchObject({ checkpoints: at('a/b') });
    expect((await stat(at('a/b'))).isDirectory()).toBe(true);
    for (const path of [source, `${source}/in`]) {
      const { code, err } = await cli([...args, path]);
      expect([code, err]).toEqual([
        2,
        `tensorpress: "${path}" is not a folder; --checkpoints names one.\n`,
      ]);
    }
  });
});

describe('a file that is compressed already', () => {
  it.each([['methods'], ['compare'], ['compress', '--method', 'tsvd']])(
    'is none for sparse %s',
    async (command, ...more) => {
      await writeFile(at('x.neukron'), 'NEUKRON');
      const { code, err } = await cli([command, at('x.neukron'), ...more]);
      expect(code).toBe(2);
      expect(err).toContain('"x.neukron" is a compressed matrix or tensor already; `sparse info`');
    },
  );
});

describe('sparse compress', () => {
  it('writes beside the source, by the name of the method', async () => {
    const fake = fakeSparse();
    const args = ['--method', 'tsvd', '--set', 'rank=2', '--seed', '5'];
    const report = await json(['compress', source, ...args], fake);
    expect(paramsOf(fake, 'sparseCompress')).toEqual({
      path: source,
      attempt: { method: 'tsvd', options: { rank: 2 } },
      seed: 5,
      withOrders: false,
      output: {
        path: at('fake.tsvd.safetensors'),
        temporary: expect.stringContaining('.press.tmp') as string,
      },
    });
    expect(report).toMatchObject({
      source,
      output: at('fake.tsvd.safetensors'),
      squaredError: 25,
      check: { entries: 1000, largestDifference: 1e-7 },
    });
  });

  it('says in words what was written and whether places are kept', async () => {
    const args = ['--method', 'neukron', '--set', 'hidden=4', '--set', 'gamma=1'];
    const { code, out, err } = await cli(['compress', source, ...args, '-o', at('x.neukron')]);
    expect([code, err]).toEqual([0, '']);
    expect(out.split('\n')).toEqual([
      `Wrote ${at('x.neukron')} in 10 ms: 400 B, 25.0 % of the coordinates (1.56 KB; the source file has 500 B).`,
      'neukron hidden=4 gamma=1: 12 parameters, squared error 25, relative error 50.0 %, measured from the file.',
      "Opened again: 1,000 entries differ from the model's by at most 1e-7.",
      'Rows and columns come in an order of the model’s own: the file holds no orders.',
      'A note.',
      '',
    ]);
  });

  it('hands on every option', async () => {
    const fake = fakeSparse();
    const args = ['--method', 'neukron', '--orders', '--type', 'float16', '--tensor', 'a/b'];
    await json(
      ['compress', source, ...args, '--checkpoints', at('states'), '--as-it-stands'],
      fake,
    );
    expect(paramsOf(fake, 'sparseCompress')).toMatchObject({
      tensor: 'a/b',
      withOrders: true,
      type: 'float16',
      asItStands: true,
      checkpoints: at('states'),
      output: { path: at('fake.a_b.neukron') },
    });
  });

  it.each([
    [[], "required option '--method <name>' not specified"],
    [['--method', 'best'], '"best" is not a method'],
    [['--method', 'tsvd', '--set', 'rank'], '"rank" is not a setting'],
    [['--method', 'tsvd', '--set', 'rank=1', '--set', 'rank=2'], '"rank" is given twice.'],
    [['--method', 'tsvd', '--set', 'size=1'], 'tsvd has no setting "size"; it has rank.'],
    [['--method', 'tsvd', '--type', 'float16'], '--type is of the numbers of a network'],
    [['--method', 'neukron', '--type', 'int8'], 'Allowed choices are float32, float16.'],
    [['--method', 'tsvd', '--checkpoints', 'x'], '--checkpoints is for neukron.'],
    [['--method', 'neukron', '--as-it-stands'], 'name the folder it was kept in'],
    [['--method', 'neukron', '-o', 'x.safetensors'], 'neukron is written to a .neukron file'],
    [['--method', 'tsvd', '-o', 'x.neukron'], 'tsvd is written to a .safetensors file'],
  ])('refuses %s', async (args, message) => {
    const fake = fakeSparse();
    const { code, out, err } = await cli(['compress', source, ...args], fake);
    expect([code, out]).toEqual([2, '']);
    expect(err).toContain(message);
    expect(paramsOf(fake, 'sparseCompress')).toBeUndefined();
  });

  it('refuses a method that the tensor cannot have, a missing source and a file that is there', async () => {
    const tucker = await cli(['compress', source, '--method', 'tucker']);
    expect([tucker.code, tucker.err]).toEqual([
      1,
      'tensorpress: "fake.mtx": tucker is not available: It is for tensors of three modes or more.\n',
    ]);
    const missing = await cli(['compress', at('no.mtx'), '--method', 'tsvd']);
    expect([missing.code, missing.err]).toEqual([
      1,
      `tensorpress: "${at('no.mtx')}" does not exist; check the name.\n`,
    ]);
    await writeFile(at('fake.neukron'), 'here');
    const there = await cli(['compress', source, '--method', 'neukron']);
    expect(there.code).toBe(2);
    expect(there.err).toContain('exists already; give another name, or --force to replace it.');
    expect((await cli(['compress', source, '--method', 'neukron', '--force'])).code).toBe(0);
  });

  it('says at Ctrl-C how a training goes on', async () => {
    const run = async (...more: string[]) => {
      const stop = new AbortController();
      const args = ['compress', source, '--method', 'neukron', '--set', 'hidden=99', ...more];
      const { code, err } = await cli(
        args,
        fakeSparse({}, () => stop.abort()),
        { signal: stop.signal },
      );
      expect(code).toBe(130);
      return err;
    };
    expect(await run()).toBe(
      'tensorpress: Cancelled after epoch 7; with --checkpoints FOLDER a training can be continued.\n',
    );
    expect(await run('--checkpoints', at('states'))).toContain(
      'after epoch 7; the same command goes on from there, and with --as-it-stands writes what there is.',
    );
  });
});

describe('sparse decode', () => {
  it('writes what is above a threshold, or so many of the largest', async () => {
    const fake = fakeSparse();
    const path = at('fake.neukron');
    const { code, out, err } = await cli(['decode', path, '--threshold', '0.5', '--round'], fake);
    expect([code, err]).toEqual([0, '']);
    expect(paramsOf(fake, 'sparseDecode')).toMatchObject({
      path,
      keep: { threshold: 0.5 },
      round: true,
      output: { path: at('fake.decoded.mtx') },
    });
    expect(out).toBe(
      `Wrote ${at('fake.decoded.mtx')}: 40×30 with 9 entries, the smallest of magnitude 0.25, 70 B, in 5 ms.\n` +
        'Rows and columns come in an order of the model’s own: the file holds no orders.\n',
    );
    const other = fakeSparse({ dims: [4, 3, 2] });
    await json(['decode', at('fake.cp.safetensors'), '--largest', '7'], other);
    expect(paramsOf(other, 'sparseDecode')).toMatchObject({
      keep: { largest: 7 },
      output: { path: at('fake.decoded.tns') },
    });
  });

  it('keeps as many as the source had, where the file says', async () => {
    const fake = fakeSparse({ nonzeros: 77, hasOrders: true });
    const { out } = await cli(['decode', at('fake.neukron'), '-o', at('x.tns')], fake);
    expect(paramsOf(fake, 'sparseDecode')).toMatchObject({ keep: { largest: 77 } });
    expect(out).not.toContain('order');
  });

  it('shows entries, which count from 0', async () => {
    const fake = fakeSparse();
    const args = ['decode', at('fake.neukron'), '--entry', '0,0', '--entry', '39,29'];
    const { code, out } = await cli(args, fake);
    expect(code).toBe(0);
    expect(paramsOf(fake, 'sparseEntries')).toMatchObject({
      indices: [
        [0, 0],
        [39, 29],
      ],
    });
    expect(out.split('\n').slice(2)).toEqual([
      '  0, 0      0',
      '39, 29   3929',
      '1.5 µs each; indices count from 0.',
      '',
    ]);
    expect(await json(args)).toMatchObject({
      entries: [
        { index: [0, 0], value: 0 },
        { index: [39, 29], value: 3929 },
      ],
      microseconds: 1.5,
    });
  });

  it.each([
    [[], 'does not say how many nonzeros its source had; give --threshold or --largest.'],
    [['--threshold', '1', '--largest', '2'], "'--largest <number>' cannot be used with option"],
    [['--threshold', '-1'], 'Give a number from 0'],
    [['--largest', '0'], 'Give a whole number of at least 1.'],
    [['--entry', '-1,1'], '"-1,1" is not a place'],
    [['--entry', ',1'], '",1" is not a place'],
    [['--entry', '40,1'], 'There is no entry 40,1; give 2 indices from 0, at most 39, 29.'],
    [['--entry', '1'], 'There is no entry 1;'],
    [['--entry', '1,1', '--round'], 'cannot be used with option'],
    [['--largest', '1', '-o', 'x.npz'], '"x.npz" ends neither in .mtx (MatrixMarket) nor in .tns'],
  ])('refuses %s', async (args, message) => {
    const { code, out, err } = await cli(['decode', at('fake.neukron'), ...args]);
    expect([code, out]).toEqual([2, '']);
    expect(err).toContain(message);
  });

  it('has no .mtx for a tensor of three modes', async () => {
    const { code, err } = await cli(
      ['decode', at('fake.neukron'), '--largest', '1', '-o', at('x.mtx')],
      fakeSparse({ dims: [4, 3, 2] }),
    );
    expect(code).toBe(2);
    expect(err).toContain('A tensor of 3 modes is written to a .tns file (FROSTT)');
  });

  it('ends with 130 at Ctrl-C', async () => {
    const fake = fakeSparse();
    const engine = {
      ...fake.engine,
      sparseDecode: () => Promise.reject(new CancelledError()),
    };
    const { code, err } = await cli(['decode', at('fake.neukron'), '--largest', '1'], {
      ...fake,
      engine,
    });
    expect([code, err]).toEqual([130, 'tensorpress: Cancelled.\n']);
  });
});

describe('sparse info of a compressed file', () => {
  it('says what it holds, recognised by its name or its first bytes', async () => {
    for (const name of ['fake.neukron', 'renamed']) {
      await writeFile(at(name), 'NEUKRON…');
      const { code, out, err } = await cli(['info', at(name)]);
      expect([code, err]).toEqual([0, '']);
      expect(out.split('\n')).toEqual([
        'fake.neukron: neukron, 400 B',
        '40×30',
        '12 parameters',
        'Rows and columns come in an order of the model’s own: the file holds no orders.',
        '  hidden: 5',
        '  ranks: 2, 3',
        '',
      ]);
    }
    expect(await json(['info', at('fake.neukron')])).toMatchObject({
      file: at('fake.neukron'),
      method: 'neukron',
      hasOrders: false,
    });
  });
});
