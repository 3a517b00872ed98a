import { appendFileSync, existsSync, readFileSync, renameSync, writeFileSync } from 'node:fs';
import { unattended } from '../src/engine/job';
import {
  publishedTraining,
  settingsOf,
  type NeuKronOptions,
} from '../src/engine/sparse/neukron/options';
import { fingerprintOf, parseState, serialiseState } from '../src/engine/sparse/neukron/state';
import { Trainer } from '../src/engine/sparse/neukron/trainer';
import { readSparse } from '../src/formats/sparse/registry';
import { openLocalFile } from '../src/io/localFile';
import { startEngine } from './engine';

/** Seconds between two savings of the state. */
const saveEvery = 60;

/** Flags by name, in camel case; numbers become numbers. */
function flagsOf(words: readonly string[]): Record<string, string | number> {
  const flags: Record<string, string | number> = {};
  for (let i = 0; i < words.length; i += 2) {
    const name = words[i].replace(/^--/, '').replace(/-(.)/g, (_, c: string) => c.toUpperCase());
    const value = words[i + 1];
    if (!words[i].startsWith('--') || value === undefined) {
      throw new Error(`${words[i]} is no flag with a value.`);
    }
    flags[name] = value.trim() !== '' && !Number.isNaN(Number(value)) ? Number(value) : value;
  }
  return flags;
}

function cpuSeconds(): number {
  const { user, system } = process.cpuUsage();
  return (user + system) / 1e6;
}

async function main(): Promise<void> {
  const [path, ...words] = process.argv.slice(2);
  if (!path) {
    throw new Error('Usage: node bench/neukronTraining.mjs FILE [--FLAG VALUE …]');
  }
  const { csv, state, threads, cpuLimit, wallLimit, recipe, ...options } = flagsOf(words);
  if (recipe !== undefined && recipe !== 'published') {
    throw new Error(
      `There is no recipe "${recipe}"; "published" is the only one beside the default.`,
    );
  }
  await startEngine(Number(threads ?? 1));
  const { tensor: X } = await readSparse(await openLocalFile(path));
  const cpu = cpuSeconds();
  const started = performance.now();
  const wallSeconds = (): number => (performance.now() - started) / 1000;
  const statePath = state === undefined ? undefined : String(state);
  const resumed =
    statePath !== undefined && existsSync(statePath)
      ? parseState(readFileSync(statePath))
      : undefined;
  const settings = settingsOf({
    ...(recipe === 'published' ? publishedTraining : {}),
    ...resumed?.settings,
    ...(options as NeuKronOptions),
  });
  const trainer = new Trainer(X, settings, unattended, resumed?.progress);
  const fingerprint = fingerprintOf(X);
  const save = (): void => {
    if (statePath !== undefined) {
      const { progress } = trainer;
      writeFileSync(
        `${statePath}.new`,
        serialiseState({ settings, dims: X.dims, fingerprint, progress }),
      );
      renameSync(`${statePath}.new`, statePath);
    }
  };
  const say = (line: string): void => {
    if (csv === undefined) {
      console.log(line);
    } else {
      appendFileSync(String(csv), `${line}\n`);
    }
  };
  say(`# ${JSON.stringify({ ...settings, threads: threads ?? 1, node: process.version })}`);
  say('epoch,cpu,wall,loss,best,prefixes,proposed,accepted,gained,tries,orders,gradient,step,sort');
  let saved = 0;
  while (
    !trainer.isDone &&
    cpuSeconds() - cpu < Number(cpuLimit ?? Infinity) &&
    wallSeconds() < Number(wallLimit ?? Infinity)
  ) {
    const { epoch, loss, bestLoss, prefixes, tries, times, ...swaps } = trainer.epoch();
    const { proposed, accepted, gained } = swaps;
    const seconds = [cpuSeconds() - cpu, wallSeconds()].map((value) => value.toFixed(2));
    const phases = [times.orders, times.gradient, times.step, times.sort];
    say(
      [epoch, ...seconds, loss.toFixed(2), bestLoss.toFixed(2), prefixes, proposed, accepted]
        .concat(gained.toFixed(2), tries)
        .concat(phases.map((value) => value.toFixed(0)))
        .join(),
    );
    if (wallSeconds() - saved > saveEvery) {
      saved = wallSeconds();
      save();
    }
  }
  save();
}

main()
  .catch((error: unknown) => {
    console.error(error instanceof Error ? error.message : error);
    process.exitCode = 1;
  })
  .finally(() => process.exit());
