import { mkdtemp, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { build } from 'esbuild';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { CancelledError } from '../../../src/failures';
import { unattended } from '../../../src/engine/job';
import { fileChoices } from '../../../src/engine/selection/choices';
import type { ChoicesRequest, ChoicesResult } from '../../../src/protocol/engine';
import { Members } from '../../../src/worker/members';
import { stopAfter } from '../../support/stopAfter';
import { smooth, useFolder, withFile, writeWeights } from '../../support/pressing';

const root = fileURLToPath(new URL('../../..', import.meta.url));
const at = useFolder();
let folder = '';
let script = '';

beforeAll(async () => {
  // Inside dist, where a bundle finds the kernels.
  folder = await mkdtemp(join(root, 'dist/test-members-'));
  script = join(folder, 'worker.js');
  await build({
    absWorkingDir: root,
    entryPoints: ['src/worker/worker.ts'],
    outfile: script,
    bundle: true,
    platform: 'node',
    format: 'cjs',
    target: 'node20',
    mainFields: ['module', 'main'],
    external: ['@tensorflow/tfjs-node'],
    logLevel: 'error',
  });
}, 60_000);

afterAll(() => rm(folder, { recursive: true, force: true }));

const request: Omit<ChoicesRequest, 'path'> = {
  methods: ['svd', 'cp', 'tucker', 'tt', 'kronecker'],
  kept: [0.1, 0.5],
  seed: 3,
};

async function network(): Promise<string> {
  // Large enough in all for the team to be asked.
  const convolution = [64, 64, 3, 3];
  return writeWeights(at('net.safetensors'), [
    ...Array.from({ length: 5 }, (_, i) => ({
      name: `conv${i}`,
      shape: convolution,
      values: smooth(convolution, i),
    })),
    { name: 'fc', shape: [60, 96], values: smooth([60, 96], 9) },
  ]);
}

function choicesWith(path: string, team: Members | undefined): Promise<ChoicesResult> {
  return withFile(path, (file) =>
    fileChoices(file, { ...request, path }, unattended, undefined, team),
  );
}

/** Everything but the time it took. */
const figures = ({ choices, skipped }: ChoicesResult) => ({
  skipped,
  choices: choices.map((choice) => ({ ...choice, elapsedMs: 0 })),
});

describe('members of the batch worker', () => {
  it.each([2, 3])(
    '%i of them compute the same choices, bit by bit, as one thread',
    async (size) => {
      const path = await network();
      const alone = await choicesWith(path, undefined);
      const team = new Members(size, script, 1024);
      const asked = vi.spyOn(team, 'run');
      try {
        expect(figures(await choicesWith(path, team))).toEqual(figures(alone));
        expect(asked).toHaveBeenCalled();
      } finally {
        await team.stop(new CancelledError());
      }
    },
  );

  it('stop when the one who waits for them is told to', async () => {
    const path = await network();
    const team = new Members(2, script, 1024);
    try {
      const stopped = withFile(path, (file) =>
        fileChoices(file, { ...request, path }, stopAfter(40), undefined, team),
      );
      await expect(stopped).rejects.toThrow(CancelledError);
    } finally {
      await team.stop(new CancelledError());
    }
  });
});
