import { randomBytes } from 'node:crypto';
import { mkdir, readFile, readdir, rename, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { UsageError } from '../../failures';
import type { BenchmarkHistoryEntry, BenchmarkReport } from '../../protocol/benchmarks';
import { formatReport, historyEntry, parseReport } from './storedReport';

/** Reports kept; the oldest beyond these are removed. */
const keptReports = 50;

/** `20260131T235959123Z-decompositions-1a2b3c4d`: by name is by time. */
const keyPattern = /^\d{8}T\d{9}Z-[\w-]+-[0-9a-f]{8}$/;

/** The finished reports on disk, a JSON file each; windows share them. */
export interface BenchmarkHistory {
  /** Newest first. Files that hold no report are passed over, and never touched. */
  list(): Promise<readonly BenchmarkHistoryEntry[]>;
  /** Undefined where there is no such report, or none that can be read. */
  read(key: string): Promise<BenchmarkReport | undefined>;
  /** @returns the key of the report in the history. */
  add(report: BenchmarkReport): Promise<string>;
  /** @throws UsageError when `key` is none of this history. */
  remove(key: string): Promise<void>;
}

export function createBenchmarkHistory(folder: string): BenchmarkHistory {
  const pathOf = (key: string) => join(folder, `${key}.json`);

  const read = async (key: string): Promise<BenchmarkReport | undefined> => {
    if (!keyPattern.test(key)) {
      return undefined;
    }
    try {
      return parseReport(await readFile(pathOf(key), 'utf8'));
    } catch {
      // Removed meanwhile, by another window perhaps.
      return undefined;
    }
  };

  /** Newest first. */
  const reports = async () => {
    const found = await Promise.all(
      (await keysIn(folder)).map(async (key) => ({ key, report: await read(key) })),
    );
    return found.flatMap(({ key, report }) => (report ? [historyEntry(key, report)] : []));
  };

  return {
    list: reports,
    read,
    add: async (report) => {
      const key = keyOf(report);
      const unfinished = join(folder, `${key}.part`);
      await mkdir(folder, { recursive: true });
      try {
        await writeFile(unfinished, formatReport(report), { flush: true });
        await rename(unfinished, pathOf(key));
      } catch (error) {
        await rm(unfinished, { force: true });
        throw error;
      }
      const old = (await reports()).slice(keptReports);
      await Promise.all(old.map((entry) => rm(pathOf(entry.key), { force: true })));
      return key;
    },
    remove: async (key) => {
      if (!keyPattern.test(key)) {
        throw new UsageError('There is no such report in the history of benchmarks.', {
          value: key,
        });
      }
      await rm(pathOf(key), { force: true });
    },
  };
}

function keyOf({ id, startedAt }: BenchmarkReport): string {
  const time = new Date(startedAt).toISOString().replace(/[-:.]/g, '');
  // Two windows may start the same benchmark in the same millisecond.
  return `${time}-${id.replace(/[^\w-]/g, '_')}-${randomBytes(4).toString('hex')}`;
}

async function keysIn(folder: string): Promise<readonly string[]> {
  let names: readonly string[];
  try {
    names = await readdir(folder);
  } catch {
    // Nothing has been kept yet.
    return [];
  }
  return names
    .filter((name) => name.endsWith('.json'))
    .map((name) => name.slice(0, -'.json'.length))
    .filter((key) => keyPattern.test(key))
    .sort()
    .reverse();
}
