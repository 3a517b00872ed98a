import { join } from 'node:path';
import { commands, workspace } from 'vscode';
import type { Uri, WebviewPanel } from 'vscode';
import { UsageError, isCancelled, rebuildFailure } from '../../failures';
import { uriOfDisplayPath } from '../../host/compress';
import { logFailure, openFile, revealFile } from '../../host/messages';
import { runWithNotification } from '../../host/progress';
import type { Services } from '../../host/services';
import { readSettings } from '../../host/settings';
import { fileName } from '../../host/weightFiles';
import type { ParamsOf, Rpc, Server } from '../../protocol/rpc';
import type {
  SparseAttempt,
  SparseHost,
  SparseOffer,
  SparsePageEvents,
  SparseState,
} from '../../protocol/sparse';
import { statSource } from '../choices/computeChoices';
import { connectPage } from '../connectPage';
import type { KeyedCache } from '../keyedCache';
import { saveExport } from '../saveExport';
import { watchFile } from '../watchFile';
import { showPage } from '../webview';
import { attemptKey } from './attempts';
import { prepareCheckpoints, pruneCheckpoints } from './checkpoints';
import { OutcomeFeed } from './outcomeFeed';
import { SparseRuns } from './sparseRuns';
import { SparseStore } from './sparseStore';
import type { KeptOutcome } from './sparseStore';
import type { SparseTurns } from './sparseTurns';
import { SparseWriter } from './sparseWriter';

/** Runs that take no longer are shown by the panel alone. */
const quietMs = 1000;
/** A side of the picture of the nonzeros: about a pixel of it for each. */
const spyCells = 256;
/** Why a reading is stopped that another one follows. */
const superseded = Symbol('superseded');

export type SparseCache = KeyedCache<readonly KeptOutcome[]>;

export interface SparseResources {
  readonly services: Services;
  readonly cache: SparseCache;
  readonly turns: SparseTurns;
}

export type InitialSparse = Partial<Pick<SparseState, 'tensor' | 'outcomes'>>;

/** Compressing one sparse matrix or tensor: runs what the page asks for, and writes files. */
export class SparsePanel {
  private readonly store: SparseStore;
  private readonly feed: OutcomeFeed;
  private readonly runs: SparseRuns;
  private readonly writer: SparseWriter;
  private readonly name: string;
  private readonly tensor: string | undefined;
  private readonly checkpoints: string;
  private page: Rpc | undefined;
  private reading: { readonly stop: AbortController; readonly done: Promise<void> } | undefined;
  private stamp: string | undefined;
  /** Attempts that the page had before the window was closed. */
  private wanted: readonly SparseAttempt[];
  private seed = 0;
  private keeping: Promise<void> = Promise.resolve();
  private disposed = false;

  constructor(
    private readonly resources: SparseResources,
    readonly uri: Uri,
    private readonly panel: WebviewPanel,
    { outcomes = [], tensor }: InitialSparse,
  ) {
    const { services, turns } = resources;
    const { context, log } = services;
    this.name = fileName(uri);
    this.tensor = tensor;
    this.wanted = outcomes;
    this.checkpoints = join(context.globalStorageUri.fsPath, 'sparse');
    this.store = new SparseStore({
      uri: uri.toString(),
      file: workspace.asRelativePath(uri),
      ...(tensor !== undefined && { tensor }),
    });
    this.feed = new OutcomeFeed(this.store, {
      model: (model) => this.emit('model', model),
      outcome: (outcome) => this.emit('outcome', outcome),
      progress: (progress) => this.emit('progress', progress),
    });
    this.runs = new SparseRuns({
      store: this.store,
      turns,
      compare: async (attempt, options) => {
        await prepareCheckpoints(this.checkpoints);
        return services.engine.sparseCompare(
          {
            ...(await this.source()),
            attempts: [attempt],
            seed: this.seed,
            checkpoints: this.checkpoints,
          },
          options,
        );
      },
      notify: (run) =>
        runWithNotification({ title: `Compressing ${this.name}`, appearAfterMs: quietMs, run }),
      onChange: (key) => this.feed.note(key),
      onEnd: (key, failure) => {
        if (failure) {
          this.log(`Attempt ${key}`, rebuildFailure(failure));
        }
        this.keep();
      },
    });
    this.writer = new SparseWriter({
      services,
      turns,
      store: this.store,
      source: uri,
      tensor,
      checkpoints: this.checkpoints,
      onProgress: (progress) => this.emit('writeProgress', progress),
      onEnd: () => this.emitModel(),
    });
    const connection = connectPage(
      panel.webview,
      (rpc) => {
        this.page = rpc;
        rpc.serve<SparseHost>(this.createHost());
      },
      (error) => log.error(`Compressing ${this.name}: ${error.message}`),
    );
    const watcher = watchFile(uri, () => void this.readIfChanged());
    panel.onDidDispose(() => {
      this.disposed = true;
      connection.dispose();
      watcher.dispose();
      this.feed.clear();
      this.reading?.stop.abort();
      this.runs.cancel();
    });
    panel.title = `Sparse: ${tensor === undefined ? this.name : `${this.name} › ${tensor}`}`;
    showPage(panel.webview, {
      extensionUri: context.extensionUri,
      name: 'sparse',
      title: panel.title,
    });
    this.read();
  }

  reveal(): void {
    this.panel.reveal();
  }

  private createHost(): Server<SparseHost> {
    const { engine, files } = this.resources.services;
    return {
      ready: () => this.store.model,
      run: ({ attempts }) => {
        this.offer();
        this.runs.add(attempts);
        this.emitModel();
      },
      cancel: () => {
        this.reading?.stop.abort();
        this.runs.cancel();
      },
      remove: ({ attempt }) => {
        this.runs.remove(attemptKey(attempt, this.offer()));
        this.emitModel();
        this.keep();
      },
      restart: () => this.restart(),
      compress: (params) =>
        this.logged('Writing', () =>
          this.writer.write(params, { offer: this.offer(), seed: this.seed, stamp: this.stamp }),
        ),
      cancelWrite: () => this.writer.cancel(),
      entries: ({ indices, path }, { signal }) =>
        this.logged('Looking up entries', async () =>
          engine.sparseEntries(
            { path: await files.pathOf(uriOfDisplayPath(path)), indices },
            { signal },
          ),
        ),
      save: ({ content, name }) =>
        this.logged(`Saving ${name}`, () =>
          saveExport(this.uri, {
            name,
            bytes: bytesOf(content),
            what: 'the comparison',
            title: 'Export',
          }),
        ),
      open: ({ path }) => openFile(uriOfDisplayPath(path)),
      reveal: ({ path }) => revealFile(uriOfDisplayPath(path)),
    };
  }

  private async source(): Promise<{ readonly path: string; readonly tensor?: string }> {
    const path = await this.resources.services.files.pathOf(this.uri);
    return this.tensor === undefined ? { path } : { path, tensor: this.tensor };
  }

  /** @throws UsageError before the file has been read. */
  private offer(): SparseOffer {
    const offer = this.store.currentOffer;
    if (!offer) {
      throw new UsageError(`${this.name} has not been read yet.`, { file: this.name });
    }
    return offer;
  }

  private log(doing: string, thrown: unknown): ReturnType<typeof logFailure> {
    return logFailure(this.resources.services.log, `${doing} (${this.name})`, thrown);
  }

  /** The page shows the failure; the log keeps it. */
  private async logged<T>(doing: string, action: () => Promise<T>): Promise<T> {
    try {
      return await action();
    } catch (thrown) {
      if (!isCancelled(thrown)) {
        this.log(doing, thrown);
      }
      throw thrown;
    }
  }

  private emit<K extends keyof SparsePageEvents>(event: K, payload: SparsePageEvents[K]): void {
    this.page?.emit<SparsePageEvents, K>(event, payload);
  }

  private emitModel(): void {
    this.feed.clear();
    this.emit('model', this.store.model);
  }

  private async restart(): Promise<void> {
    // Again and again: two restarts at once wait for the same reading, and one goes first.
    while (this.reading) {
      this.reading.stop.abort(superseded);
      await this.reading.done;
    }
    this.read();
  }

  /** What is known of the file before the change says nothing about it now. */
  private async readIfChanged(): Promise<void> {
    const stamp = await statSource(this.uri).then(
      (stats) => stats.stamp,
      () => undefined,
    );
    if (stamp !== this.stamp && !this.disposed) {
      await this.restart();
    }
  }

  private read(): void {
    if (this.disposed) {
      return;
    }
    const stop = new AbortController();
    const done = this.readUntil(stop.signal)
      .catch((thrown: unknown) => {
        if (stop.signal.reason !== superseded) {
          this.store.failReading(this.log('Reading', thrown));
        }
      })
      .then(() => {
        this.reading = undefined;
        this.emitModel();
      });
    this.reading = { stop, done };
  }

  private async readUntil(signal: AbortSignal): Promise<void> {
    const { services, turns } = this.resources;
    // Before anything is forgotten, so that what a training has come to is kept.
    await this.runs.end();
    this.store.beginReading();
    this.emitModel();
    // Also of a file that cannot be read: only once it has changed, it is tried again.
    this.stamp = undefined;
    this.stamp = (await statSource(this.uri)).stamp;
    this.seed = readSettings(this.uri).seed;
    const source = await this.source();
    if (turns.isTaken) {
      this.store.setProgress({ fraction: 0, message: 'Waiting for the method under way' });
      this.feed.note();
    }
    const offer = await turns.short(() =>
      services.engine.sparseOffer(
        { ...source, cells: spyCells },
        {
          signal,
          onProgress: (progress) => {
            this.store.setProgress(progress);
            this.feed.note();
          },
        },
      ),
    );
    await this.keeping;
    this.store.setOffer(offer, await this.resources.cache.read(this.cacheKey), this.wanted);
    this.wanted = [];
    // Ticks off the walkthrough's step.
    void commands.executeCommand('setContext', 'tensorpress.hasOpenedSparse', true);
  }

  private get cacheKey(): readonly unknown[] {
    const { version } = this.resources.services.context.extension.packageJSON as {
      readonly version: string;
    };
    return [this.uri.toString(), this.stamp, this.tensor ?? null, this.seed, version];
  }

  /** Keeps the points for the next time, and the folder of the trainings within its bounds. */
  private keep(): void {
    const { cache, services } = this.resources;
    const { cacheKey } = this;
    const { kept } = this.store;
    const write = async () => {
      try {
        await cache.write(cacheKey, kept);
        await pruneCheckpoints(this.checkpoints);
      } catch (thrown) {
        services.log.warn(
          `What was found about ${this.name} could not be kept for next time: ${String(thrown)}`,
        );
      }
    };
    // One after the other, so that the newest stays.
    this.keeping = this.keeping.then(write);
  }
}

function bytesOf(content: ParamsOf<SparseHost, 'save'>['content']): Uint8Array {
  return 'text' in content
    ? new TextEncoder().encode(content.text)
    : Buffer.from(content.base64.replace(/^data:[^,]*,/, ''), 'base64');
}
