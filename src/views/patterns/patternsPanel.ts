import { commands, env, window, workspace } from 'vscode';
import type { Uri, WebviewPanel } from 'vscode';
import { UsageError, isCancelled } from '../../failures';
import { applyPattern, defaultPatternOutput, patternFileKind } from '../../host/applyPattern';
import { uriOfDisplayPath } from '../../host/compress';
import { logFailure, openFile, revealFile } from '../../host/messages';
import type { Services } from '../../host/services';
import { fileName } from '../../host/weightFiles';
import type { Progress } from '../../protocol/engine';
import type {
  PatternReport,
  PatternsHost,
  PatternsPageEvents,
  PatternsState,
} from '../../protocol/patterns';
import type { ParamsOf, Rpc, Server } from '../../protocol/rpc';
import { connectPage } from '../connectPage';
import { saveExport } from '../saveExport';
import { watchFile } from '../watchFile';
import { showPage } from '../webview';
import { PatternsStore } from './patternsStore';

export type InitialPatterns = Partial<Pick<PatternsState, 'tensor'>>;

/** The block-sparse patterns of one file: answers the page from the engine, and writes files. */
export class PatternsPanel {
  private readonly store: PatternsStore;
  private readonly name: string;
  private page: Rpc | undefined;
  private loading: Promise<void>;
  private applying: AbortController | undefined;

  constructor(
    private readonly services: Services,
    readonly uri: Uri,
    private readonly panel: WebviewPanel,
    { tensor }: InitialPatterns,
  ) {
    const { context, log } = services;
    this.name = fileName(uri);
    this.store = new PatternsStore({ uri: uri.toString(), file: workspace.asRelativePath(uri) });
    if (tensor !== undefined) {
      this.store.choose(tensor);
    }
    const connection = connectPage(
      panel.webview,
      (rpc) => {
        this.page = rpc;
        rpc.serve<PatternsHost>(this.createHost(rpc));
      },
      (error) => log.error(`Patterns of ${this.name}: ${error.message}`),
    );
    const watcher = watchFile(uri, () => void this.load().then(() => this.emitModel()));
    panel.onDidDispose(() => {
      connection.dispose();
      watcher.dispose();
    });
    panel.title = `Patterns: ${this.name}`;
    showPage(panel.webview, {
      extensionUri: context.extensionUri,
      name: 'patterns',
      title: panel.title,
    });
    this.loading = this.load();
  }

  /** Comes to the front, with `tensor` where one is given. */
  reveal({ tensor }: InitialPatterns): void {
    this.panel.reveal();
    if (tensor !== undefined && tensor !== this.store.model.selected) {
      this.store.choose(tensor);
      void this.loaded().then(() => this.emitModel());
    }
  }

  private createHost(rpc: Rpc): Server<PatternsHost> {
    const { engine } = this.services;
    const at = this.at.bind(this);
    return {
      ready: async ({ state }) => {
        if (state) {
          this.store.adopt(state);
        }
        await this.loaded();
        // A page that asks again, or is opened again, is the way to try again.
        if (this.store.failed) {
          await this.load();
        }
        return this.store.model;
      },
      info: ({ tensor }, { signal }) => {
        // What the page shows now is what it is to show when it comes back.
        this.store.choose(tensor);
        return this.logged(`Patterns of ${tensor}`, async () =>
          engine.patternInfo({ path: await this.path(), tensor }, { signal }),
        );
      },
      map: (params, { signal }) =>
        this.logged(`Pattern of ${params.tensor}`, async () =>
          engine.patternMap(await at(params), { signal }),
        ),
      curves: (params, { emit, signal }) =>
        this.logged(`Curves of ${params.tensor}`, async () =>
          engine.patternCurves(await at(params), { signal, onProgress: emit }),
        ),
      kpd: (params, { signal }) =>
        this.logged(`Kronecker form of ${params.selection.tensor}`, async () =>
          engine.patternKpd(await at(params), { signal }),
        ),
      speed: (params, { signal }) =>
        this.logged('Measuring the speed of a pattern', () =>
          engine.patternSpeed(params, { signal }),
        ),
      apply: (params, { signal }) =>
        this.logged('Applying a pattern', () => this.apply(params, rpc, signal)),
      cancelApply: () => this.applying?.abort(),
      save: (params) =>
        this.logged(`Saving ${params.name}`, () =>
          saveExport(this.uri, { ...params, what: 'the pattern', title: 'Export Pattern' }),
        ),
      copy: async ({ text, what }) => {
        await env.clipboard.writeText(text);
        window.setStatusBarMessage(`TensorPress: ${what} is on the clipboard`, 5000);
      },
      open: ({ path }) => openFile(uriOfDisplayPath(path)),
      reveal: ({ path }) => revealFile(uriOfDisplayPath(path)),
    };
  }

  private async path(): Promise<string> {
    return this.services.files.pathOf(this.uri);
  }

  private async at<P extends object>(params: P): Promise<P & { readonly path: string }> {
    return { ...params, path: await this.path() };
  }

  /** The page shows the failure; the log keeps it, unless it only made way for a newer request. */
  private async logged<T>(doing: string, action: () => Promise<T>): Promise<T> {
    try {
      return await action();
    } catch (thrown) {
      if (!isCancelled(thrown)) {
        logFailure(this.services.log, `${doing} (${this.name})`, thrown);
      }
      throw thrown;
    }
  }

  /** Reads the file's table; the newest reading is the one that counts. */
  private load(): Promise<void> {
    const reading = this.read().then((take) => {
      if (this.loading === reading) {
        take();
      }
    });
    this.loading = reading;
    return reading;
  }

  /** Resolves when no reading is under way, one that has overtaken another among them. */
  private async loaded(): Promise<void> {
    let awaited: Promise<void>;
    do {
      awaited = this.loading;
      await awaited;
    } while (awaited !== this.loading);
  }

  private async read(): Promise<() => void> {
    const { engine, log } = this.services;
    try {
      const file = await engine.inspect({ path: await this.path() });
      // Ticks off the walkthrough's step.
      void commands.executeCommand('setContext', 'tensorpress.hasPreviewedPatterns', true);
      return () => this.store.setFile(file);
    } catch (thrown) {
      const failure = logFailure(log, `Patterns of ${this.name}`, thrown);
      return () => this.store.fail(failure);
    }
  }

  private emitModel(): void {
    this.emit('model', this.store.model);
  }

  private emit<K extends keyof PatternsPageEvents>(event: K, payload: PatternsPageEvents[K]): void {
    this.page?.emit<PatternsPageEvents, K>(event, payload);
  }

  private async apply(
    { as, rank, selection }: ParamsOf<PatternsHost, 'apply'>,
    caller: Rpc,
    signal: AbortSignal,
  ): Promise<PatternReport | undefined> {
    this.assertIdle();
    const output = await window.showSaveDialog({
      title: 'Apply Pattern',
      saveLabel: 'Write',
      defaultUri: defaultPatternOutput(this.uri, selection.tensor, as),
      filters: patternFileKind(this.uri, as),
    });
    if (!output || signal.aborted) {
      return undefined;
    }
    // Another call may have got its name first.
    this.assertIdle();
    const stop = new AbortController();
    this.applying = stop;
    const show = (progress: Progress) => this.emit('applyProgress', progress);
    show({ fraction: 0 });
    try {
      const report = await applyPattern(this.services, {
        source: this.uri,
        selection,
        as,
        rank,
        output,
        signal: stop.signal,
        onProgress: show,
      });
      this.store.setWritten(report);
      return report;
    } finally {
      this.applying = undefined;
      if (this.page !== caller) {
        // A page that was hidden meanwhile began anew, and does not get the answer.
        this.emitModel();
      }
    }
  }

  private assertIdle(): void {
    if (this.applying) {
      throw new UsageError(`A pattern is being applied to ${this.name} already.`, {
        file: this.name,
      });
    }
  }
}
