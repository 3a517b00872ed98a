import { randomBytes } from 'node:crypto';
import { mkdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { writeAtomically } from '../../../io/atomicWrite';
import { errorCode } from '../../../io/fileErrors';
import type { TrainingStates } from '../methods';
import { checkpointBytes, parseCheckpoint, type Standing } from './checkpoint';

/** Between two writings of a training that goes on. */
const writeIntervalMs = 30_000;
/** Bytes of states that may be dropped which are held all the same. */
const heldBytes = 2 ** 28;

interface Held {
  readonly standing: Standing;
  /** Over, or written to a file. */
  readonly mayBeDropped: boolean;
}

/** Trainings of this worker, by their ids, those dealt with last at the end. */
const held = new Map<string, Held>();

/** One run of a training: what it goes on from, and what is kept of it, in memory and in a file. */
export class TrainingKeeper {
  private written: Standing | undefined;
  private lastWrite = performance.now();
  private writing: Promise<void> = Promise.resolve();
  private isWriting = false;
  private failure: string | undefined;

  /** @param folder where a file is kept of each training; in memory alone when left out. */
  constructor(
    private readonly id: string,
    private readonly folder: string | undefined,
  ) {}

  /** Where it stands. A file that cannot be used is left alone; `defect` is why, a sentence. */
  async find(): Promise<{ readonly standing?: Standing; readonly defect?: string }> {
    const standing = held.get(this.id)?.standing;
    if (standing || this.path === undefined) {
      return { standing };
    }
    try {
      this.written = parseCheckpoint(await readFile(this.path), this.id);
      this.hold(this.written, true);
      return { standing: this.written };
    } catch (error) {
      if (errorCode(error) === 'ENOENT') {
        return {};
      }
      const reason = error instanceof Error ? error.message : String(error);
      return {
        defect: `The state kept of this training cannot be used (${reason.replace(/\.$/, '')}).`,
      };
    }
  }

  /** After an epoch; writes it when the last time is long enough ago, without waiting for the end. */
  keep(standing: Standing): void {
    this.hold(standing, false);
    if (!this.isWriting && performance.now() - this.lastWrite >= writeIntervalMs) {
      this.writing = this.write(standing);
    }
  }

  /**
   * At the end of the run: waits until the last state is written. A training that is over may be
   * forgotten, one that is not is held in memory unless it is in a file.
   * @returns why it could not be written, a sentence.
   */
  async settle(isOver: boolean): Promise<string | undefined> {
    await this.writing;
    const standing = held.get(this.id)?.standing;
    if (standing && standing !== this.written) {
      await this.write(standing);
    }
    if (standing) {
      this.hold(standing, isOver || standing === this.written);
    }
    return this.failure;
  }

  private get path(): string | undefined {
    return this.folder === undefined ? undefined : join(this.folder, `${this.id}.state`);
  }

  private hold(standing: Standing, mayBeDropped: boolean): void {
    held.delete(this.id);
    held.set(this.id, { standing, mayBeDropped });
    let total = [...held.values()].reduce((sum, one) => sum + bytesOf(one.standing.states), 0);
    for (const [id, { standing: old, mayBeDropped: isFree }] of held) {
      if (total > heldBytes && isFree && id !== this.id) {
        held.delete(id);
        total -= bytesOf(old.states);
      }
    }
  }

  private async write(standing: Standing): Promise<void> {
    const { path, folder } = this;
    if (path === undefined || folder === undefined) {
      return;
    }
    this.isWriting = true;
    try {
      await mkdir(folder, { recursive: true });
      const temporary = `${path}.${randomBytes(6).toString('hex')}.tmp`;
      const bytes = checkpointBytes(this.id, standing);
      await writeAtomically({ path, temporary }, (sink) => sink.write(bytes));
      this.written = standing;
      this.failure = undefined;
    } catch (error) {
      // The training is worth more than its copy.
      const reason = error instanceof Error ? error.message : String(error);
      this.failure = `The state of the training could not be kept: ${reason}`;
    } finally {
      this.isWriting = false;
      this.lastWrite = performance.now();
    }
  }
}

/** Drops what is held in memory, as the end of the worker does. */
export function forgetTrainings(): void {
  held.clear();
}

function bytesOf(states: TrainingStates): number {
  return states.reduce((sum, state) => {
    const orders = state?.progress.positions.reduce((all, { byteLength }) => all + byteLength, 0);
    return sum + 2 * (orders ?? 0) + 24 * (state?.progress.parameters.length ?? 0);
  }, 0);
}
